import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { cancelExecution, readExecution, startDocument } from '../../../lib/adapters/engine/documentEngine.ts';
import { ending, newBase, plain, start, until } from './execution.ts';

const base = newBase();
afterAll(() => rmSync(base, { recursive: true, force: true }));

const pidIn = (folder: string, name: string) =>
  until(() => (existsSync(join(folder, name)) ? Number(readFileSync(join(folder, name), 'utf8').split(',')[0]) : null));
const written = (path: string) =>
  until(() => (existsSync(path) && readFileSync(path, 'utf8') !== '' ? readFileSync(path, 'utf8') : null));
const processesOf = (folder: string) =>
  readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(folder));
/** Empty where the process ended between the two looks. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
const gone = (pid: number) =>
  until(() => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')')).startsWith(') Z') ? true : null;
    } catch {
      return true;
    }
  });

describe('an end that is not the script’s own', () => {
  test('a timeout or a cancel ends the whole group, also one that ignores TERM or has lost its supervisor', async () => {
    const lines = ['#!/bin/bash', 'sleep 300 & echo $! > child', 'echo began', 'wait'];
    const [shebang = '', ...rest] = lines;
    const [late, deaf, orphan] = await Promise.all([
      start(base, plain(lines, '5')),
      start(base, plain([shebang, 'trap "" TERM', ...rest])),
      start(base, plain([shebang, 'head -c 5000000 /dev/zero', ...rest], '5')),
    ]);
    const all = [late, deaf, orphan];
    const children = await Promise.all(all.map((folder) => written(join(folder, '../work/child'))));
    cancelExecution(deaf);
    // Cut output shows that the watch has begun: the child is there after all of the flood was.
    await until(() => (statSync(join(orphan, 'stdout')).size < 5_000_000 ? true : null));
    process.kill(await pidIn(orphan, 'supervisor'), 'SIGKILL');
    const [timedOut, cancelled, alone] = await Promise.all([ending(late), ending(deaf), ending(orphan)]);
    expect(timedOut).toMatchObject({ state: 'timed-out', exitCode: 143, output: { stdout: 'began\n' } });
    expect(timedOut.endedAt - (timedOut.startedAt ?? 0)).toBeGreaterThanOrEqual(4000);
    expect(cancelled).toMatchObject({ state: 'cancelled', exitCode: 137 });
    expect(alone).toMatchObject({ state: 'timed-out', exitCode: null });
    await Promise.all(children.map((pid) => gone(Number(pid))));
  });

  test('a killed supervisor whose script still runs: running, then failed with an unknown code', async () => {
    const folder = await start(base, plain(['until [ -e gate ]; do sleep 0.02; done', 'echo done']));
    const [supervisor, script] = [await pidIn(folder, 'supervisor'), await pidIn(folder, 'script')];
    process.kill(supervisor, 'SIGKILL');
    await gone(supervisor);
    expect(readExecution(folder)).toMatchObject({ state: 'running' });
    writeFileSync(join(folder, '../work/gate'), '');
    await gone(script);
    const status = await ending(folder);
    expect(status).toMatchObject({ state: 'failed', exitCode: null, output: { stdout: 'done\n' } });
    expect(status.output.stderr).toContain('not known');
    expect(readExecution(folder)).toEqual(status);
    await until(() => (processesOf(folder).length === 0 ? true : null));
  });

  test('a cancel reaches a script without supervisor', async () => {
    const folder = await start(base, plain(['sleep 300']));
    const [supervisor, script] = [await pidIn(folder, 'supervisor'), await pidIn(folder, 'script')];
    process.kill(supervisor, 'SIGKILL');
    await gone(supervisor);
    cancelExecution(folder);
    await gone(script);
    expect(await ending(folder)).toMatchObject({ state: 'cancelled', exitCode: null });
  });

  test('a cancel after the end changes nothing', async () => {
    const folder = await start(base, plain(['true']));
    const status = await ending(folder);
    cancelExecution(folder);
    expect(readExecution(folder)).toEqual(status);
  });

  // Many, and a signal at the very end of the script: a shell that catches it there forgets the exit code now and then.
  test('a supervisor that is told to stop still tells the end', async () => {
    const told = async () => {
      const folder = await start(base, plain(['until [ -e gate ]; do sleep 0.02; done', 'exit 4']));
      const supervisor = await pidIn(folder, 'supervisor');
      const script = await pidIn(folder, 'script');
      writeFileSync(join(folder, '../work/gate'), '');
      while (existsSync(`/proc/${script}`)) {
        for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.kill(supervisor, signal);
        await immediate();
      }
      return ending(folder);
    };
    const ends = await Promise.all(Array.from({ length: 12 }, told));
    for (const end of ends) expect(end).toMatchObject({ state: 'failed', exitCode: 4 });
  });

  test('a pid of before the last start of the machine is nobody', async () => {
    const folder = await start(base, plain(['sleep 300']));
    await pidIn(folder, 'script');
    const path = join(folder, 'supervisor');
    const [pid, birth, , began] = readFileSync(path, 'utf8').split(',');
    cancelExecution(folder);
    await ending(folder);
    rmSync(join(folder, 'exit'));
    writeFileSync(path, [pid, birth, 'another-boot', began].join(','));
    expect(readExecution(folder)).toMatchObject({ exitCode: null });
  });

  test('no process: undeliverable, and the folder is spent', async () => {
    const folder = join(base, 'undelivered');
    const request = {
      document: plain(['true']),
      parameters: {},
      folder,
      environment: {},
      workingDirectory: join(base, 'nowhere'),
      markerRoot: base,
    };
    await expect(startDocument(request)).rejects.toMatchObject({ kind: 'refused', code: 'engine.start' });
    expect(readExecution(folder)).toMatchObject({ state: 'undeliverable', exitCode: null });
    await expect(startDocument({ ...request, workingDirectory: base })).rejects.toMatchObject({
      kind: 'conflict',
      code: 'engine.started',
    });
  });

  test('what never reported is pending, and undeliverable long after notAfter', async () => {
    const folder = await start(base, plain(['true']));
    await ending(folder);
    for (const name of ['exit', 'supervisor', 'script']) rmSync(join(folder, name));
    writeFileSync(join(folder, 'request'), String(Date.now() + 1000));
    expect(readExecution(folder)).toEqual({ state: 'pending' });
    writeFileSync(join(folder, 'request'), String(Date.now() - 61_000));
    expect(readExecution(folder)).toMatchObject({ state: 'undeliverable' });
  });

  test('no folder is an absence', () => {
    expect(() => readExecution(join(base, 'nothing'))).toThrow(
      expect.objectContaining({ kind: 'absent', code: 'engine.execution' }),
    );
  });
});
