import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Host } from '../../lib/model/host.ts';
import type { Runbook, RunStatus } from '../../lib/model/runbook.ts';
import type { RunbookRunner } from '../../lib/ports/runner.ts';
import { parameter, sampleRunbook } from '../catalogue/sampleDocument.ts';

export interface RunnerUnderTest {
  readonly runner: RunbookRunner;
  /** Another runner that knows only what the first one left behind. */
  readonly restarted: () => RunbookRunner;
  readonly host: Host;
  /** What the host's clock says, ms. */
  readonly now: () => number;
  /** A folder on the host that scripts may write to. */
  readonly scratch: string;
  readonly exists: (path: string) => boolean;
  readonly close: () => Promise<void>;
}

export type Ended = Extract<RunStatus, { exitCode: number | null }>;

/** Asks until the command ended; the test's own timeout bounds it. */
export async function ending(runner: RunbookRunner, commandId: string, host: Host): Promise<Ended> {
  for (;;) {
    const status = await runner.status(commandId, host.id);
    if (status.state !== 'pending' && status.state !== 'running') return status;
    await new Promise((next) => setTimeout(next, 10));
  }
}

/** What lib/ports/runner.ts promises, asked of every implementation. Scripts run for real. */
export function runnerContract(name: string, make: () => Promise<RunnerUnderTest>): void {
  describe(`${name} keeps the contract of a runner`, () => {
    let under: RunnerUnderTest;
    let count = 0;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.close());

    const send = (runbook: Runbook, more: object = {}, runner = under.runner) => {
      count += 1;
      const { host } = under;
      const request = { executionId: `exe_${count}`, runbook, host, parameters: {}, notAfter: under.now() + 60_000 };
      return runner.send({ ...request, ...more });
    };
    const run = async (runbook: Runbook, more: object = {}) =>
      ending(under.runner, (await send(runbook, more)).commandId, under.host);

    test('a command succeeds with its output', async () => {
      const runbook = sampleRunbook(['echo out', 'echo err >&2']);
      const began = Math.floor(under.now());
      const status = await run(runbook);
      expect(status).toMatchObject({ state: 'succeeded', exitCode: 0 });
      expect(status.output).toEqual({ stdout: 'out\n', stderr: 'err\n', truncated: false });
      expect(status.endedAt).toBeGreaterThanOrEqual(began);
    });

    test('the first failing line ends the script, and its code is told', async () => {
      const status = await run(sampleRunbook(['echo before', '(exit 7)', 'echo after']));
      expect(status).toMatchObject({ state: 'failed', exitCode: 7, output: { stdout: 'before\n' } });
    });

    test('an execution is begun once', async () => {
      const runbook = sampleRunbook([`echo once >> ${under.scratch}/begun`, `cat ${under.scratch}/begun`]);
      const { commandId } = await send(runbook, { executionId: 'exe_once' });
      // Whoever takes a second send hands it to the host, whose marker stops it; a refusal would hide that the first one runs.
      const second = await send(runbook, { executionId: 'exe_once' }).catch(
        (error: unknown) => error as { kind: string },
      );
      const sent = 'commandId' in second ? [commandId, second.commandId] : [commandId];
      if (!('commandId' in second)) expect(second.kind).not.toBe('refused');
      // Which of two commands a host begins first is its own affair: one of them runs, and the marker stops the other.
      const endings = await Promise.all(sent.map((id) => ending(under.runner, id, under.host)));
      expect(endings.map(({ exitCode }) => exitCode).sort()).toEqual([0, 97].slice(0, sent.length));
      expect(endings.find(({ exitCode }) => exitCode === 0)?.output.stdout).toBe('once\n');
    });

    test('a restarted Nightshift finds the command and its result', async () => {
      const gate = `${under.scratch}/gate`;
      const { commandId } = await send(sampleRunbook([`until [ -e ${gate} ]; do sleep 0.02; done`, 'echo done']), {
        executionId: 'exe_kept',
      });
      const later = under.restarted();
      expect(await later.find('exe_kept', 'sample', under.now() - 1000)).toBe(commandId);
      expect(await later.find('exe_other', 'sample', under.now() - 1000)).toBeNull();
      await send(sampleRunbook([`touch ${gate}`]));
      expect(await ending(later, commandId, under.host)).toMatchObject({
        state: 'succeeded',
        output: { stdout: 'done\n' },
      });
    });

    test('a running command is cancelled', async () => {
      const { commandId } = await send(sampleRunbook([`touch ${under.scratch}/running`, 'sleep 60', 'echo late']));
      while (!under.exists(`${under.scratch}/running`)) await new Promise((next) => setTimeout(next, 10));
      await under.runner.cancel(commandId);
      expect(await ending(under.runner, commandId, under.host)).toMatchObject({
        state: 'cancelled',
        output: { stdout: '' },
      });
    });

    test('a parameter arrives as it is', async () => {
      const runbook = sampleRunbook([`printf %s "\${SSM_value:?}"`], { value: parameter('^.+$') });
      const value = `$(id) "quoted" 'and' \`back\` \\ ; ü €`;
      expect((await run(runbook, { parameters: { value } })).output.stdout).toBe(value);
    });

    describe('nothing is begun', () => {
      const touched = () => `${under.scratch}/touched`;
      const touch = () => sampleRunbook([`touch ${touched()}`]);
      test.each<[string, () => object]>([
        ['on a host that is offline', () => ({ host: { ...under.host, state: 'offline' } })],
        ['on a host of which nothing is known', () => ({ host: { ...under.host, state: 'unknown' } })],
        ['after notAfter', () => ({ notAfter: under.now() - 1 })],
        ['with a parameter that is not declared', () => ({ parameters: { other: 'x' } })],
        ['with a document that is not the approved one', () => ({ runbook: { ...touch(), hash: '0'.repeat(64) } })],
        ['with a changed script', () => ({ runbook: { ...touch(), document: sampleRunbook(['true']).document } })],
      ])('%s', async (_, more) => {
        const error: unknown = await send(touch(), more()).catch((cause: unknown) => cause);
        expect(['refused', 'input']).toContain((error as { kind: string }).kind);
        expect(under.exists(touched())).toBe(false);
      });
    });

    test('a host is reached or not, and what is not is refused', async () => {
      const { host, runner } = under;
      expect(await runner.reaches?.(host)).toBeNull();
      const elsewhere = { ...host, id: 'elsewhere', name: 'elsewhere', addresses: ['192.0.2.1'] };
      const why = await runner.reaches?.(elsewhere);
      if (typeof why !== 'string') return;
      expect(why).toContain('elsewhere');
      const sent = send(sampleRunbook([`touch ${under.scratch}/touched`]), { host: elsewhere });
      await expect(sent).rejects.toMatchObject({ kind: 'refused', message: why });
      expect(under.exists(`${under.scratch}/touched`)).toBe(false);
    });

    test('a command that was never given out is absent', async () => {
      await expect(under.runner.status('never', under.host.id)).rejects.toMatchObject({
        kind: 'absent',
        code: 'runner.command',
      });
    });
  });
}
