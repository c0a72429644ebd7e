import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { cancelExecution, readExecution, startDocument } from '../../../lib/adapters/engine/documentEngine.ts';
import { readStep } from '../../../lib/adapters/engine/documentStep.ts';
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
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ') Z';
    return stat.slice(stat.lastIndexOf(')')).startsWith(') Z') ? true : null;
  });

describe('what the agent does with a script', () => {
  test('sh without #!, and a failing line stops nothing', async () => {
    const lines = ['false', 'echo "$0"', 'echo on'];
    const sh = await ending(await start(base, plain(lines)));
    expect(sh).toMatchObject({ state: 'succeeded', exitCode: 0 });
    expect(sh.output.stdout).toContain('on\n');
    const bash = await ending(
      await start(base, plain(['#!/bin/bash', 'set -e', '[ -n "$BASH_VERSION" ]', 'false', 'echo on'])),
    );
    expect(bash).toMatchObject({ state: 'failed', exitCode: 1, output: { stdout: '' } });
  });

  test('the last line decides where nothing else does', async () => {
    expect(await ending(await start(base, plain(['exit 3'])))).toMatchObject({ state: 'failed', exitCode: 3 });
    expect(await ending(await start(base, plain(['kill -KILL $$'])))).toMatchObject({ state: 'failed', exitCode: 137 });
  });

  test('an ENV_VAR parameter is $SSM_name', async () => {
    const folder = await start(base, plain(['printf %s "$SSM_word"'], '60', ['word']), { word: 'a  b' });
    expect((await ending(folder)).output.stdout).toBe('a  b');
  });

  test.each<[unknown, number]>([
    ['5', 5],
    ['172800', 172800],
    [60, 60],
    ['4', 3600],
    ['172801', 3600],
    ['0', 3600],
    ['-1', 3600],
    ['abc', 3600],
    ['', 3600],
    [undefined, 3600],
    ['5.5', 3600],
  ])('a timeout of %p is %p seconds', (given, taken) => {
    const document = plain(['true']);
    const [step] = document.mainSteps;
    expect(
      readStep({ ...document, mainSteps: [{ ...step, inputs: { ...step?.inputs, timeoutSeconds: given } }] })
        .timeoutSeconds,
    ).toBe(taken);
  });

  const good = plain(['true']);
  test.each<[string, unknown]>([
    ['no document', null],
    ['schema 1.2', { ...good, schemaVersion: '1.2' }],
    ['two steps', { ...good, mainSteps: [...good.mainSteps, ...good.mainSteps] }],
    ['another action', { ...good, mainSteps: [{ ...good.mainSteps[0], action: 'aws:runPowerShellScript' }] }],
    ['text to be pasted', plain(['echo {{ x }}'])],
    ['a parameter to be pasted', { ...good, parameters: { x: { type: 'String' } } }],
    ['no lines', plain([])],
  ])('%s is refused and leaves nothing', async (_, document) => {
    const folder = join(base, 'never');
    const request = { document, parameters: {}, folder, environment: {}, workingDirectory: base, markerRoot: base };
    await expect(startDocument(request)).rejects.toMatchObject({ kind: 'refused', code: 'engine.document' });
    expect(existsSync(folder)).toBe(false);
  });
});

describe('the environment of a script', () => {
  test('holds PATH, HOME, LANG, its parameters and ours, nothing of Nightshift', async () => {
    process.env.NS_CANARY_SECRET = 'sings';
    const environment = {
      PATH: process.env.PATH,
      HOME: '/h',
      LANG: 'C',
      LD_PRELOAD: '',
      BASH_ENV: '/x',
      NIGHTSHIFT_RESTART_X: '/r',
      TOKEN: 't',
    };
    const folder = await start(base, plain(['#!/bin/bash', 'env | cut -d= -f1 | sort']), { word: 'a' }, environment);
    const { stdout } = (await ending(folder)).output;
    delete process.env.NS_CANARY_SECRET;
    const own = ['PWD', 'SHLVL', '_', 'OLDPWD'];
    expect(
      stdout
        .trim()
        .split('\n')
        .filter((name) => !own.includes(name)),
    ).toEqual(['HOME', 'LANG', 'NIGHTSHIFT_MARKERS', 'NIGHTSHIFT_RESTART_X', 'PATH', 'SSM_word']);
  });

  test('standard input is empty', async () => {
    expect((await ending(await start(base, plain(['wc -c'])))).output.stdout.trim()).toBe('0');
  });

  test('what the execution leaves is for its owner only', async () => {
    const folder = await start(base, plain(['true']));
    await ending(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });
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
    // Cut output shows that the watch has begun.
    await until(() => (statSync(join(orphan, 'stdout')).size === 1_048_576 ? true : null));
    process.kill(await pidIn(orphan, 'supervisor'), 'SIGKILL');
    const [timedOut, cancelled, alone] = await Promise.all([ending(late), ending(deaf), ending(orphan)]);
    expect(timedOut).toMatchObject({ state: 'timed-out', exitCode: 143, output: { stdout: 'began\n' } });
    expect(timedOut.endedAt - (timedOut.startedAt ?? 0)).toBeGreaterThanOrEqual(4000);
    expect(cancelled).toMatchObject({ state: 'cancelled', exitCode: 137 });
    expect(alone).toMatchObject({ state: 'timed-out', exitCode: null });
    await Promise.all(children.map((pid) => gone(Number(pid))));
  }, 20_000);

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

  test('a supervisor that is told to stop still tells the end', async () => {
    const folder = await start(base, plain(['until [ -e gate ]; do sleep 0.02; done', 'exit 4']));
    const supervisor = await pidIn(folder, 'supervisor');
    await pidIn(folder, 'script');
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.kill(supervisor, signal);
    writeFileSync(join(folder, '../work/gate'), '');
    expect(await ending(folder)).toMatchObject({ state: 'failed', exitCode: 4 });
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

describe('output', () => {
  test('is cut at 24,000 and 8,000 characters and redacted', async () => {
    const lines = [
      '#!/bin/bash',
      'echo password=hunter2 known-secret-value',
      `yes 0123456789 | head -c 100000`,
      `yes 0123456789 | head -c 100000 >&2`,
      'exit 0',
    ];
    const { output } = await ending(await start(base, plain(lines)), ['known-secret-value']);
    expect([output.stdout.length, output.stderr.length, output.truncated]).toEqual([24_000, 8_000, true]);
    expect(output.stdout.split('\n')[0]).toBe('password=[redacted] [redacted]');
  });

  test('a flood does not fill the disk', async () => {
    const folder = await start(
      base,
      plain(['#!/bin/bash', 'head -c 50000000 /dev/zero | tr "\\0" x', 'until [ -e gate ]; do sleep 0.02; done']),
    );
    await until(() =>
      existsSync(join(folder, 'stdout')) && statSync(join(folder, 'stdout')).size === 1_048_576 ? true : null,
    );
    writeFileSync(join(folder, '../work/gate'), '');
    expect((await ending(folder)).output).toMatchObject({ truncated: true });
  });
});
