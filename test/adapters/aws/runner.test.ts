import {
  DescribeDocumentCommand,
  GetCommandInvocationCommand,
  GetDocumentCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ssmRunner } from '../../../lib/adapters/aws/runner.ts';
import type { Host } from '../../../lib/model/host.ts';
import { sampleRunbook } from '../../catalogue/sampleDocument.ts';

const mock = mockClient(SSMClient);
const NOW = 1_700_000_000_000;
const ID = '00000000-0000-4000-8000-000000000000';
const client = new SSMClient({ region: 'eu-central-1' });
const runner = () =>
  ssmRunner({ sender: client, reader: client, documentPrefix: 'n-', delivery: 45_000, clock: { now: () => NOW } });
const runbook = sampleRunbook(['true']);
const host: Host = {
  id: 'i-0123456789abcdef0',
  name: 'db1',
  cluster: 'main',
  addresses: [],
  services: [],
  labels: {},
  state: 'online',
  launchedAt: 0,
  restart: {},
};
const send = () => runner().send({ executionId: 'exe_1', runbook, host, parameters: {}, notAfter: NOW + 60_000 });

beforeEach(() => {
  mock.reset();
  mock.on(GetDocumentCommand).resolves({ Content: JSON.stringify(runbook.document), DocumentVersion: '3' });
  mock.on(DescribeDocumentCommand).resolves({ Document: { Hash: 'abc' } });
});

const awsError = (name: string, $fault: string | null, httpStatusCode: number | null) =>
  Object.assign(new Error('said'), {
    name,
    ...($fault !== null && { $fault }),
    $metadata: httpStatusCode === null ? {} : { httpStatusCode },
  });

describe('what SSM says to a send', () => {
  test.each([
    ['InvalidInstanceId', 'client', 400],
    ['InvalidParameters', 'client', 400],
    ['InvalidDocument', 'client', 400],
    ['ThrottlingException', 'client', 400],
    ['AccessDeniedException', 'client', 400],
    ['ExpiredTokenException', 'client', 403],
  ])('%s started nothing', async (name, fault, status) => {
    mock.on(SendCommandCommand).rejects(awsError(name, fault, status));
    await expect(send()).rejects.toMatchObject({ kind: 'refused', code: 'runner.rejected' });
  });

  test.each([
    ['InternalServerError', 'server', 500],
    // The SDK calls every error client that the model does not know.
    ['ServiceUnavailable', 'client', 503],
    ['RequestTimeout', 'client', 408],
    ['TimeoutError', null, null],
    ['Error', null, null],
    ['SyntaxError', null, 200],
  ])('%s (%s, %s) may have started it', async (name, fault, status) => {
    mock.on(SendCommandCommand).rejects(awsError(name, fault, status));
    await expect(send()).rejects.toMatchObject({ kind: 'failed', code: 'runner.uncertain' });
  });

  test('an answer without a command id may have started it', async () => {
    mock.on(SendCommandCommand).resolves({});
    await expect(send()).rejects.toMatchObject({ kind: 'failed', code: 'runner.uncertain' });
  });

  test('the document is read once for many sends', async () => {
    mock.on(SendCommandCommand).resolves({ Command: { CommandId: ID } });
    const one = runner();
    for (const executionId of ['exe_1', 'exe_2']) {
      await one.send({ executionId, runbook, host, parameters: {}, notAfter: NOW + 60_000 });
    }
    expect(mock.commandCalls(GetDocumentCommand)).toHaveLength(1);
    expect(mock.commandCalls(SendCommandCommand)).toHaveLength(2);
    expect(mock.commandCalls(SendCommandCommand)[0]?.args[0].input).toMatchObject({
      DocumentVersion: '3',
      DocumentHash: 'abc',
      TimeoutSeconds: 45,
    });
  });
});

describe('what SSM says of a command', () => {
  const statusOf = (detail: string, more: object = {}) => {
    mock.on(GetCommandInvocationCommand).resolves({ StatusDetails: detail, ResponseCode: -1, ...more });
    return runner().status(ID, host.id);
  };

  test.each([
    ['Pending', 'pending'],
    ['Delayed', 'pending'],
    ['InProgress', 'running'],
    ['Cancelling', 'running'],
    ['Success', 'succeeded'],
    ['Failed', 'failed'],
    ['Cancelled', 'cancelled'],
    ['ExecutionTimedOut', 'timed-out'],
    ['Execution Timed Out', 'timed-out'],
    ['DeliveryTimedOut', 'undeliverable'],
    ['Delivery Timed Out', 'undeliverable'],
    ['Undeliverable', 'undeliverable'],
    ['Terminated', 'undeliverable'],
    ['AccessDenied', 'undeliverable'],
    ['InvalidPlatform', 'undeliverable'],
    ['something new', 'pending'],
  ])('%s is %s', async (detail, state) => {
    expect((await statusOf(detail)).state).toBe(state);
  });

  test('an end has its code and its times; what SSM does not date is dated now', async () => {
    const times = { ExecutionStartDateTime: '2026-01-01T00:00:00Z', ExecutionEndDateTime: '2026-01-01T00:00:05.5Z' };
    expect(await statusOf('Failed', { ...times, ResponseCode: 7, StandardOutputContent: 'out' })).toEqual({
      state: 'failed',
      exitCode: 7,
      startedAt: Date.UTC(2026, 0, 1),
      endedAt: Date.UTC(2026, 0, 1) + 5500,
      output: { stdout: 'out', stderr: '', truncated: false },
    });
    expect(await statusOf('DeliveryTimedOut')).toMatchObject({ exitCode: null, startedAt: null, endedAt: NOW });
  });

  test.each([
    ['ö'.repeat(12_000), true],
    [`${'ö'.repeat(11_999)}x\ufffd`, true],
    ['x'.repeat(23_000), false],
    ['all of it\n--output truncated--', true],
  ])('output is cut where the agent counts to its end, in bytes', async (text, truncated) => {
    expect(await statusOf('Success', { StandardOutputContent: text })).toMatchObject({ output: { truncated } });
  });

  test.each([
    ['ThrottlingException', 'client', 400],
    ['InternalServerError', 'server', 500],
  ])('%s is no state', async (name, fault, status) => {
    mock.on(GetCommandInvocationCommand).rejects(awsError(name, fault, status));
    await expect(runner().status(ID, host.id)).rejects.toMatchObject({ kind: 'failed', code: 'runner.unavailable' });
  });
});
