import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UpdateDocumentCommand, UpdateDocumentDefaultVersionCommand } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Runbook, RunStatus } from '../../lib/model/runbook.ts';
import type { SendRequest } from '../../lib/ports/runner.ts';
import { parameter, sampleRunbook } from '../catalogue/sampleDocument.ts';
import { ending, runnerContract } from '../contract/runnerContract.ts';
import type { Fault } from '../servers/ssm/faults.ts';
import { acted } from '../servers/ssm/ledger.ts';
import { clock, INSTANCE, type OneHost, oneHost, PREFIX } from './ssmHost.ts';

runnerContract('the SSM runner', async () => {
  const one = await oneHost({ pageSize: 2 });
  const runner = one.runner();
  // The contract's runbooks share a name: each is deployed as what was approved before it is sent.
  const send = async (request: SendRequest) => {
    await one.deploy(request.runbook);
    return runner.send(request);
  };
  return {
    runner: { ...runner, send },
    restarted: () => one.runner(),
    host: one.host,
    now: clock.now,
    scratch: join(one.folder, 'scratch'),
    exists: existsSync,
    close: () => one.close(),
  };
});

describe('the SSM runner', () => {
  let one: OneHost;
  let count = 0;
  beforeEach(async () => {
    one = await oneHost({ pageSize: 3 });
  });
  afterEach(() => one.close());

  const request = (runbook: Runbook, more: Partial<SendRequest> = {}): SendRequest => {
    count += 1;
    const notAfter = Date.now() + 60_000;
    return { executionId: `exe_${count}`, runbook, host: one.host, parameters: {}, notAfter, ...more };
  };
  const sends = () => one.server.calls.filter(({ operation }) => operation === 'SendCommand');
  const settled = async (work: () => readonly unknown[], wanted: number) => {
    while (work().length < wanted) await new Promise((next) => setTimeout(next, 10));
  };
  const allEnded = async () => {
    while (one.server.ledger().some(({ ended }) => !ended)) await new Promise((next) => setTimeout(next, 10));
  };
  const problem = (work: Promise<unknown>) => work.then(() => null).catch((error: unknown) => error);

  test('sends one command for one host, pinned, dated and named after its execution', async () => {
    const runbook = sampleRunbook(['true']);
    await one.deploy(runbook);
    const runner = one.runner();
    const { commandId } = await runner.send(
      request(runbook, { executionId: 'exe_pinned', notAfter: 1_900_000_000_000 }),
    );
    expect(sends()).toHaveLength(1);
    expect(sends()[0]?.input).toEqual({
      DocumentName: `${PREFIX}sample`,
      DocumentVersion: '1',
      DocumentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      DocumentHashType: 'Sha256',
      InstanceIds: [INSTANCE],
      TimeoutSeconds: 30,
      Comment: 'exe_pinned',
      Parameters: { executionId: ['exe_pinned'], notAfter: ['1900000000000'] },
    });
    await ending(runner, commandId, one.host);
    expect(one.server.ledger()).toMatchObject([{ executionId: 'exe_pinned', instanceId: INSTANCE, refused: false }]);
  });

  describe('nothing is sent', () => {
    test('where the document there is not the approved one', async () => {
      await one.deploy(sampleRunbook(['echo other']));
      const error = await problem(one.runner().send(request(sampleRunbook(['true']))));
      expect(error).toMatchObject({ kind: 'refused', code: 'runner.hash' });
      expect(sends()).toEqual([]);
    });

    test('where there is no document', async () => {
      const error = await problem(one.runner().send(request(sampleRunbook(['true']))));
      expect(error).toMatchObject({ kind: 'refused', code: 'runner.document' });
      expect(sends()).toEqual([]);
    });

    test('where the document cannot be read back', async () => {
      one.server.faults.add({ kind: 'error', operation: 'GetDocument', times: 9 });
      const error = await problem(one.runner().send(request(sampleRunbook(['true']))));
      expect(error).toMatchObject({ kind: 'refused', code: 'runner.document', retryable: true });
      expect(sends()).toEqual([]);
    });
  });

  test('a document that changes after it was compared does not run: the version that was read is named', async () => {
    const runbook = sampleRunbook(['echo approved']);
    await one.deploy(runbook);
    const runner = one.runner();
    await ending(runner, (await runner.send(request(runbook))).commandId, one.host);
    const Name = `${PREFIX}sample`;
    const Content = JSON.stringify(sampleRunbook(['echo forged']).document);
    await one.reader.send(new UpdateDocumentCommand({ Name, Content, DocumentVersion: '$LATEST' }));
    await one.reader.send(new UpdateDocumentDefaultVersionCommand({ Name, DocumentVersion: '2' }));
    const { commandId } = await runner.send(request(runbook));
    expect((await ending(runner, commandId, one.host)).output.stdout).toBe('approved\n');
    expect(await problem(one.runner().send(request(runbook)))).toMatchObject({ code: 'runner.hash' });
  });

  describe('a refusal of SSM started nothing', () => {
    test.each<[string, () => object]>([
      ['unknown instance', () => ({ host: { ...one.host, id: 'i-00000000000000000' } })],
      ['no id of an instance', () => ({ host: { ...one.host, id: 'db1' } })],
    ])('%s', async (_, more) => {
      const runbook = sampleRunbook(['true']);
      await one.deploy(runbook);
      const asked = request(runbook, more());
      expect(await problem(one.runner().send(asked))).toMatchObject({ kind: 'refused', code: 'runner.rejected' });
      expect(sends()).toHaveLength(1);
    });

    test('throttled', async () => {
      const runbook = sampleRunbook(['true']);
      await one.deploy(runbook);
      one.server.faults.add({ kind: 'throttle' });
      expect(await problem(one.runner().send(request(runbook)))).toMatchObject({
        kind: 'refused',
        code: 'runner.rejected',
      });
      expect(sends()).toHaveLength(1);
      expect(one.server.ledger()).toEqual([]);
    });
  });

  describe('an answer that does not say is uncertain, and nothing is sent again', () => {
    test.each<[Fault['kind'], number]>([
      ['error', 0],
      ['reset', 0],
      ['hang', 0],
      ['error-after', 1],
      ['reset-after', 1],
      ['hang-after', 1],
    ])('%s: %d began', async (kind, began) => {
      const runbook = sampleRunbook(['true']);
      await one.deploy(runbook);
      one.server.faults.add({ kind });
      const runner = one.runner();
      const asked = request(runbook);
      const error = await problem(runner.send(asked));
      expect(error).toMatchObject({ kind: 'failed', code: 'runner.uncertain' });
      await settled(() => one.server.ledger(), began);
      expect(sends()).toHaveLength(1);
      expect(one.server.ledger()).toHaveLength(began);
      const found = await runner.find(asked.executionId, 'sample', Date.now() - 5000);
      if (began === 0) expect(found).toBeNull();
      else expect(await ending(runner, found ?? '', one.host)).toMatchObject({ state: 'succeeded' });
    });

    test("with the SDK's own retry the same fault would deliver it again: that is why the sender has none", async () => {
      const runbook = sampleRunbook(['true']);
      await one.deploy(runbook);
      one.server.faults.add({ kind: 'error-after', times: 2 });
      await one
        .runner({ sender: one.client({ maxAttempts: 3 }) })
        .send(request(runbook, { executionId: 'exe_thrice' }));
      await settled(() => one.server.ledger(), 3);
      await allEnded();
      expect(sends()).toHaveLength(3);
      expect(acted(one.server.ledger(), 'exe_thrice')).toHaveLength(1);
    });
  });

  describe('on the host', () => {
    test('a command that is delivered twice acts once', async () => {
      const begun = join(one.folder, 'begun');
      const runbook = sampleRunbook([`echo once >> ${begun}`, `cat ${begun}`]);
      await one.deploy(runbook);
      one.server.faults.add({ kind: 'duplicate' });
      const runner = one.runner();
      const { commandId } = await runner.send(request(runbook, { executionId: 'exe_dup' }));
      expect((await ending(runner, commandId, one.host)).output.stdout).toBe('once\n');
      await settled(() => one.server.ledger(), 2);
      await allEnded();
      expect(
        one.server
          .ledger()
          .map(({ refused }) => refused)
          .sort(),
      ).toEqual([false, true]);
    });

    test('a command that comes too late does nothing', async () => {
      const runbook = sampleRunbook(['true']);
      await one.deploy(runbook);
      one.server.faults.add({ kind: 'late', ms: 2500 });
      const runner = one.runner();
      const { commandId } = await runner.send(request(runbook, { notAfter: Date.now() + 1500 }));
      expect(await ending(runner, commandId, one.host)).toMatchObject({ state: 'failed', exitCode: 98 });
      expect(acted(one.server.ledger())).toEqual([]);
    });

    test('commands may change their order', async () => {
      const order = join(one.folder, 'order');
      const runbook = sampleRunbook([`echo "\${SSM_executionId:?}" >> ${order}`, `cat ${order}`]);
      await one.deploy(runbook);
      one.server.faults.add({ kind: 'reorder', ms: 20_000, comment: 'exe_a' });
      const runner = one.runner();
      const first = await runner.send(request(runbook, { executionId: 'exe_a' }));
      const second = await runner.send(request(runbook, { executionId: 'exe_b' }));
      await ending(runner, second.commandId, one.host);
      expect((await ending(runner, first.commandId, one.host)).output.stdout).toBe('exe_b\nexe_a\n');
    });
  });

  describe('what became of a command', () => {
    test('that is not visible yet is pending, and not absent', async () => {
      const runbook = sampleRunbook(['true']);
      await one.deploy(runbook);
      one.server.faults.add({ kind: 'invisible', ms: 1500 });
      const runner = one.runner();
      const { commandId } = await runner.send(request(runbook, { executionId: 'exe_hidden' }));
      expect(await runner.status(commandId, INSTANCE)).toEqual({ state: 'pending' });
      expect(await runner.find('exe_hidden', 'sample', Date.now() - 5000)).toBeNull();
      expect(await ending(runner, commandId, one.host)).toMatchObject({ state: 'succeeded' });
      expect(await runner.find('exe_hidden', 'sample', Date.now() - 5000)).toBe(commandId);
    });

    test('whose agent is away stays pending, and once back runs', async () => {
      const runbook = sampleRunbook(['true']);
      await one.deploy(runbook);
      one.server.hosts.put({ instanceId: INSTANCE, pingStatus: 'ConnectionLost' });
      const runner = one.runner();
      const { commandId } = await runner.send(request(runbook));
      await new Promise((next) => setTimeout(next, 300));
      expect(await runner.status(commandId, INSTANCE)).toEqual({ state: 'pending' });
      one.server.hosts.put({ instanceId: INSTANCE, pingStatus: 'Online' });
      expect(await ending(runner, commandId, one.host)).toMatchObject({ state: 'succeeded' });
    });

    test('whose agent is away too long is undeliverable, and nothing ran', async () => {
      const runbook = sampleRunbook(['true']);
      await one.deploy(runbook);
      one.server.hosts.put({ instanceId: INSTANCE, pingStatus: 'ConnectionLost' });
      const runner = one.runner();
      const { commandId } = await runner.send(request(runbook));
      one.server.advance(31_000);
      expect(await ending(runner, commandId, one.host)).toMatchObject({
        state: 'undeliverable',
        exitCode: null,
        startedAt: null,
      });
      expect(one.server.ledger()).toEqual([]);
    });

    test('that was cancelled before it was delivered', async () => {
      const runbook = sampleRunbook(['true']);
      await one.deploy(runbook);
      one.server.faults.add({ kind: 'undelivered' });
      const runner = one.runner();
      const { commandId } = await runner.send(request(runbook));
      await runner.cancel(commandId);
      expect(await ending(runner, commandId, one.host)).toMatchObject({ state: 'cancelled', exitCode: null });
    });

    test('whose script took too long', async () => {
      const runbook = sampleRunbook(['echo began', 'sleep 60'], {}, '5');
      await one.deploy(runbook);
      const runner = one.runner();
      const { commandId } = await runner.send(request(runbook));
      expect(await ending(runner, commandId, one.host)).toMatchObject({
        state: 'timed-out',
        output: { stdout: 'began\n' },
      });
    }, 30_000);

    test('whose agent fell silent stays running', async () => {
      const runbook = sampleRunbook(['sleep 0.2']);
      await one.deploy(runbook);
      one.server.faults.add({ kind: 'mute' });
      const runner = one.runner();
      const { commandId } = await runner.send(request(runbook));
      await settled(() => one.server.ledger().filter(({ ended }) => ended), 1);
      const states: RunStatus['state'][] = ['pending', 'running'];
      expect(states).toContain((await runner.status(commandId, INSTANCE)).state);
    });

    test('cannot be asked: that is a failure and no state', async () => {
      const id = '00000000-0000-4000-8000-000000000000';
      one.server.faults.add({ kind: 'error', operation: 'GetCommandInvocation', times: 9 });
      const error = await problem(one.runner().status(id, INSTANCE));
      expect(error).toMatchObject({ kind: 'failed', code: 'runner.unavailable' });
    });
  });

  test('an older agent hands no parameters over: the script refuses to act', async () => {
    const runbook = sampleRunbook([`touch ${join(one.folder, 'acted')}`]);
    await one.deploy(runbook);
    one.server.hosts.put({ instanceId: INSTANCE, agentVersion: '3.3.2745.9' });
    const runner = one.runner();
    const { commandId } = await runner.send(request(runbook));
    expect(await ending(runner, commandId, one.host)).toMatchObject({ state: 'failed' });
    expect(existsSync(join(one.folder, 'acted'))).toBe(false);
  });

  test('a command is found over many pages', async () => {
    const runbook = sampleRunbook(['true']);
    await one.deploy(runbook);
    const runner = one.runner();
    const ids = ['exe_0', 'exe_1', 'exe_2', 'exe_3', 'exe_4', 'exe_5', 'exe_6'];
    const sent: string[] = [];
    for (const executionId of ids) sent.push((await runner.send(request(runbook, { executionId }))).commandId);
    expect(await runner.find('exe_0', 'sample', Date.now() - 10_000)).toBe(sent[0]);
    expect(await runner.find('exe_6', 'sample', Date.now() - 10_000)).toBe(sent[6]);
    expect(await runner.find('exe_0', 'sample', Date.now() + 2000)).toBeNull();
    expect(await runner.find('exe_0', 'another', Date.now() - 10_000)).toBeNull();
    expect(one.server.calls.filter(({ operation }) => operation === 'ListCommands').length).toBeGreaterThan(4);
    await settled(() => one.server.ledger().filter(({ ended }) => ended), ids.length);
  });

  describe('output', () => {
    const outputOf = async (lines: readonly string[], secrets: readonly string[] = []) => {
      const runbook = sampleRunbook(lines);
      await one.deploy(runbook);
      const runner = one.runner({ secrets });
      return (await ending(runner, (await runner.send(request(runbook))).commandId, one.host)).output;
    };

    test('is redacted', async () => {
      const { stdout, stderr } = await outputOf(
        ['echo "the word is hunter22"', 'echo "password=swordfish" >&2'],
        ['hunter22'],
      );
      expect(stdout).toBe('the word is [redacted]\n');
      expect(stderr).not.toContain('swordfish');
    });

    test('that SSM cut is told to be cut', async () => {
      const { stdout, truncated } = await outputOf([
        'for i in {1..1000}; do echo "line number $i of the output"; done',
      ]);
      expect(truncated).toBe(true);
      expect(stdout.length).toBeLessThanOrEqual(24_000);
    });

    test('of more bytes than characters is told to be cut as well', async () => {
      const { truncated } = await outputOf(["for i in {1..2000}; do echo 'öööööööööö'; done"]);
      expect(truncated).toBe(true);
    });

    test('shows no secret that was cut in two', async () => {
      const secret = 'correct-horse-battery-staple';
      const fill = 24_000 - 14;
      const { stdout } = await outputOf([`head -c ${fill} /dev/zero | tr '\\0' x`, `echo ${secret}`], [secret]);
      expect(stdout).not.toContain('correct-horse');
    });
  });

  test('tells EventBridge of each change, unless it is lost', async () => {
    const events: string[] = [];
    const other = await oneHost({ onEvent: ({ detail }) => void events.push(detail.status) });
    try {
      const runbook = sampleRunbook([`echo "\${SSM_unit:?}"`], { unit: parameter('^[a-z]+$') });
      await other.deploy(runbook);
      const runner = other.runner();
      const about = { host: other.host, parameters: { unit: 'redis' } };
      await ending(runner, (await runner.send(request(runbook, about))).commandId, other.host);
      expect(events.at(-1)).toBe('Success');
      events.length = 0;
      other.server.faults.add({ kind: 'lost-event' });
      await ending(runner, (await runner.send(request(runbook, about))).commandId, other.host);
      expect(events).toEqual([]);
    } finally {
      await other.close();
    }
  });
});
