import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { thisMachine } from '../../../lib/adapters/embedded/inventory.ts';
import { embeddedRunner } from '../../../lib/adapters/embedded/runner.ts';
import { sampleRunbook } from '../../catalogue/sampleDocument.ts';
import { ending, runnerContract } from '../../contract/runnerContract.ts';

const base = mkdtempSync(join(tmpdir(), 'nightshift-runner-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const clock = { now: () => Date.now() };
const host = thisMachine();
const request = { parameters: {}, host };

function freshRunner() {
  const folder = mkdtempSync(join(base, 'run-'));
  const make = () => embeddedRunner({ folder: join(folder, 'executions'), clock, environment: process.env });
  return { folder, make, runner: make() };
}

runnerContract('the embedded runner', async () => {
  const { folder, make, runner } = freshRunner();
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  return { runner, restarted: make, host, now: clock.now, scratch, exists: existsSync, close: async () => {} };
});

describe('the embedded runner', () => {
  const notAfter = () => Date.now() + 60_000;

  test('refuses a host that is another machine', async () => {
    const { runner } = freshRunner();
    const elsewhere = { ...host, id: 'elsewhere', name: 'elsewhere', addresses: ['192.0.2.1'] };
    const runbook = sampleRunbook(['true']);
    await expect(
      runner.send({ executionId: 'exe_1', runbook, parameters: {}, host: elsewhere, notAfter: notAfter() }),
    ).rejects.toMatchObject({ kind: 'refused', code: 'runner.elsewhere', message: await runner.reaches?.(elsewhere) });
    const said = `host elsewhere is not this machine: this Nightshift acts only on a host named ${host.name} or with its`;
    expect(await runner.reaches?.(elsewhere)).toContain(said);
    expect(await runner.reaches?.(elsewhere)).toContain(host.addresses[0]);
    const here = { ...elsewhere, addresses: ['127.0.0.3'] };
    await expect(
      runner.send({ executionId: 'exe_1', runbook, parameters: {}, host: here, notAfter: notAfter() }),
    ).resolves.toEqual({ commandId: 'exe_1' });
    await ending(runner, 'exe_1', here);
    expect(await runner.reaches?.(here)).toBeNull();
    expect(await runner.reaches?.({ ...here, state: 'offline' })).toBeNull();
  });

  test('a folder whose process was never begun is no command; one whose process reports late is', async () => {
    const { folder, runner } = freshRunner();
    const runbook = sampleRunbook(['true']);
    await runner.send({ ...request, executionId: 'exe_1', runbook, notAfter: notAfter() });
    await ending(runner, 'exe_1', host);
    // As somebody leaves it who is killed before the process is there.
    const left = join(folder, 'executions', 'exe_1');
    const report = readFileSync(join(left, 'supervisor'), 'utf8');
    for (const name of ['exit', 'supervisor', 'script']) rmSync(join(left, name));
    expect(await runner.find('exe_1', 'sample', 0)).toBeNull();
    const late = runner.find('exe_1', 'sample', 0);
    writeFileSync(join(left, 'supervisor'), report);
    expect(await late).toBe('exe_1');
    await expect(
      runner.send({ ...request, executionId: 'exe_1', runbook, notAfter: notAfter() }),
    ).rejects.toMatchObject({ code: 'runner.started' });
  });

  test('of two sends at once, by two runners, one begins', async () => {
    const { folder, make } = freshRunner();
    const runbook = sampleRunbook([`echo once >> ${folder}/begun`]);
    const runners = Array.from({ length: 8 }, make);
    const sends = await Promise.allSettled(
      runners.map((runner) => runner.send({ ...request, executionId: 'exe_1', runbook, notAfter: notAfter() })),
    );
    expect(sends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = sends.flatMap((send) => (send.status === 'rejected' ? [(send.reason as { code: string }).code] : []));
    expect(new Set(codes)).toEqual(new Set(['runner.started']));
    await ending(make(), 'exe_1', host);
    expect(readFileSync(join(folder, 'begun'), 'utf8')).toBe('once\n');
  });

  test('the marker on the host refuses what another runner began', async () => {
    const { folder } = freshRunner();
    const runbook = sampleRunbook([`echo once >> ${folder}/begun`]);
    const ends = [];
    for (const name of ['a', 'b']) {
      const runner = embeddedRunner({ folder: join(folder, name), clock, markerRoot: join(folder, 'markers') });
      await runner.send({ ...request, executionId: 'exe_1', runbook, notAfter: notAfter() });
      ends.push(await ending(runner, 'exe_1', host));
    }
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 97]);
    expect(readFileSync(join(folder, 'begun'), 'utf8')).toBe('once\n');
  });

  test("the script refuses by the host's own clock when it was delivered late", async () => {
    const { folder } = freshRunner();
    const runner = embeddedRunner({ folder: join(folder, 'x'), clock: { now: () => 0 } });
    const runbook = sampleRunbook([`touch ${folder}/touched`]);
    await runner.send({ ...request, executionId: 'exe_1', runbook, notAfter: Date.now() - 1000 });
    expect(await ending(runner, 'exe_1', host)).toMatchObject({ state: 'failed', exitCode: 98 });
    expect(existsSync(join(folder, 'touched'))).toBe(false);
  });

  test("the inventory's restart command reaches the script as a file that runs exactly it", async () => {
    const { runner } = freshRunner();
    const argv = ['/usr/bin/printf', '%s|', "it's", '$(id)', 'a b', '"', '\\', '\n', ''];
    const restarting = { ...host, services: ['redis-cache'], restart: { 'redis-cache': argv } };
    const runbook = sampleRunbook([`"\${NIGHTSHIFT_RESTART_REDIS_CACHE:?}"`]);
    await runner.send({ executionId: 'exe_1', runbook, parameters: {}, host: restarting, notAfter: notAfter() });
    expect((await ending(runner, 'exe_1', host)).output.stdout).toBe(`${argv.slice(2).join('|')}|`);
  });

  test('refuses restart commands of two services with one variable', async () => {
    const { runner } = freshRunner();
    const clash = { ...host, restart: { 'a-b': ['true'], a_b: ['true'] } };
    await expect(
      runner.send({
        executionId: 'exe_1',
        runbook: sampleRunbook(['true']),
        parameters: {},
        host: clash,
        notAfter: notAfter(),
      }),
    ).rejects.toMatchObject({ code: 'runner.restart' });
  });

  test.each(['../x', '.markers', 'a/b', ''])('no id leaves the folder: %s', async (id) => {
    const { runner } = freshRunner();
    const runbook = sampleRunbook(['true']);
    await expect(runner.send({ ...request, executionId: id, runbook, notAfter: notAfter() })).rejects.toMatchObject({
      code: 'runner.execution',
    });
    await expect(runner.status(id, host.id)).rejects.toMatchObject({ code: 'runner.command' });
    expect(await runner.find(id, 'sample', 0)).toBeNull();
  });

  test('a script outlives the Nightshift that began it', async () => {
    const { folder, make } = freshRunner();
    const gate = join(folder, 'gate');
    const runbook = sampleRunbook([`until [ -e ${gate} ]; do sleep 0.02; done`, 'echo done']);
    const lib = join(import.meta.dirname, '../../../lib/adapters/embedded/runner.ts');
    const text = `
      const { embeddedRunner } = await import(${JSON.stringify(lib)});
      const runner = embeddedRunner({ folder: ${JSON.stringify(join(folder, 'executions'))}, clock: { now: Date.now } });
      await runner.send({ executionId: 'exe_1', parameters: {}, notAfter: Date.now() + 60000,
        runbook: ${JSON.stringify(runbook)}, host: ${JSON.stringify(host)} });
      process.stdout.write('sent');
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', text], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const later = make();
    const opener = sampleRunbook([`touch ${gate}`]);
    await later.send({ ...request, executionId: 'exe_2', runbook: opener, notAfter: notAfter() });
    expect(await ending(later, 'exe_1', host)).toMatchObject({ state: 'succeeded', output: { stdout: 'done\n' } });
  });
});
