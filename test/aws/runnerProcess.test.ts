import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ssmRunner } from '../../lib/adapters/aws/runner.ts';
import { sampleRunbook } from '../catalogue/sampleDocument.ts';
import { ending } from '../contract/runnerContract.ts';
import { type Recorder, record } from '../servers/recorder.ts';
import { deploy } from '../servers/ssm/deploy.ts';
import { type SsmProcess, startSsmProcess } from '../servers/ssm/process.ts';
import { CREDENTIALS, REGION } from './ministack.ts';
import { clock, INSTANCE, PREFIX } from './ssmHost.ts';

const folder = mkdtempSync(join(tmpdir(), 'nightshift-ssm-process-'));
let ssm: SsmProcess;
let bus: Recorder;
beforeAll(async () => {
  bus = await record(() => ({ status: 200, body: { FailedEntryCount: 0, Entries: [{ EventId: '1' }] } }));
  ssm = await startSsmProcess(folder, [{ instanceId: INSTANCE, folder: join(folder, 'host') }], bus.url);
});
afterAll(async () => {
  await ssm.stop();
  await bus.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As a program without an SDK asks. */
async function call(operation: string, input: unknown) {
  const answer = await fetch(ssm.endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonSSM.${operation}` },
    body: JSON.stringify(input),
  });
  const body = (await answer.json()) as Readonly<Record<string, unknown>>;
  return { status: answer.status, type: body.__type, body };
}

describe('the SSM test host as a process', () => {
  test('is told from outside what is to go wrong, and tells what ran and what was asked', async () => {
    const client = new SSMClient({ endpoint: ssm.endpoint, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 });
    const runbook = sampleRunbook(['echo ran']);
    await deploy(client, `${PREFIX}sample`, runbook);
    const runner = ssmRunner({ sender: client, reader: client, documentPrefix: PREFIX, delivery: 30_000, clock });
    const host = {
      id: INSTANCE,
      name: 'db1',
      cluster: 'main',
      addresses: [],
      services: [],
      labels: {},
      state: 'online' as const,
      launchedAt: 0,
      restart: {},
    };
    const send = (executionId: string) =>
      runner.send({ executionId, runbook, host, parameters: {}, notAfter: Date.now() + 60_000 });
    await ssm.addFaults({ kind: 'throttle', comment: 'exe_2' });
    const { commandId } = await send('exe_1');
    await expect(send('exe_2')).rejects.toMatchObject({ code: 'runner.rejected' });
    expect(await ending(runner, commandId, host)).toMatchObject({ state: 'succeeded', output: { stdout: 'ran\n' } });
    expect(await ssm.ledger()).toMatchObject([
      { executionId: 'exe_1', instanceId: INSTANCE, delivery: 1, exitCode: 0 },
    ]);
    const outcomes = (await ssm.calls()).filter(({ operation }) => operation === 'SendCommand');
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['ok', 'throttle']);
    while (!bus.requests.some(({ body }) => body.includes('Success')))
      await new Promise((next) => setTimeout(next, 10));
    const { Entries } = JSON.parse(bus.requests.at(-1)?.body ?? '{}');
    expect(Entries[0]).toMatchObject({
      Source: 'aws.ssm',
      DetailType: 'EC2 Command Invocation Status-change Notification',
    });
    expect(JSON.parse(Entries[0].Detail)).toMatchObject({ 'command-id': commandId, 'instance-id': INSTANCE });
    client.destroy();
  });

  test('a fault that is none is refused', async () => {
    await expect(ssm.addFaults({ kind: 'flood' as 'error' })).rejects.toThrow(/no such fault/);
  });
});

describe('the SSM test host refuses what the service refuses', () => {
  const Name = 'refusals';
  const declared = { type: 'String', description: 'd', interpolationType: 'ENV_VAR' };
  beforeAll(async () => {
    const { document } = sampleRunbook(['true']);
    const parameters = {
      unit: { ...declared, allowedPattern: '^[a-z]+$' },
      mode: { ...declared, allowedValues: ['a', 'b'], default: 'a' },
    };
    const Content = JSON.stringify({ ...(document as object), parameters });
    expect((await call('CreateDocument', { Name, Content, DocumentType: 'Command' })).status).toBe(200);
  });
  const sending = { DocumentName: Name, InstanceIds: [INSTANCE], Parameters: { unit: ['redis'] }, TimeoutSeconds: 30 };
  const none = '00000000-0000-4000-8000-000000000000';

  test.each<[string, string, object]>([
    ['ValidationException', 'SendCommand', { ...sending, InstanceIds: ['db1'] }],
    ['ValidationException', 'SendCommand', { ...sending, InstanceIds: [] }],
    ['ValidationException', 'SendCommand', { ...sending, TimeoutSeconds: 29 }],
    ['ValidationException', 'SendCommand', { ...sending, Comment: 'c'.repeat(101) }],
    ['ValidationException', 'SendCommand', { ...sending, DocumentName: undefined }],
    ['ValidationException', 'SendCommand', { ...sending, InstanceIds: Array.from({ length: 51 }, () => INSTANCE) }],
    ['SerializationException', 'SendCommand', { ...sending, Parameters: { unit: 'redis' } }],
    ['DuplicateInstanceId', 'SendCommand', { ...sending, InstanceIds: [INSTANCE, INSTANCE] }],
    ['InvalidInstanceId', 'SendCommand', { ...sending, InstanceIds: ['i-0ffffffffffffffff'] }],
    ['InvalidDocument', 'SendCommand', { ...sending, DocumentName: 'AWS-RunShellScript' }],
    ['InvalidDocument', 'SendCommand', { ...sending, DocumentHash: '0'.repeat(64), DocumentHashType: 'Sha256' }],
    ['InvalidDocumentVersion', 'SendCommand', { ...sending, DocumentVersion: '7' }],
    ['InvalidParameters', 'SendCommand', { ...sending, Parameters: {} }],
    ['InvalidParameters', 'SendCommand', { ...sending, Parameters: { unit: ['redis; id'] } }],
    ['InvalidParameters', 'SendCommand', { ...sending, Parameters: { unit: ['redis'], mode: ['c'] } }],
    ['InvalidParameters', 'SendCommand', { ...sending, Parameters: { unit: ['redis'], other: ['x'] } }],
    ['InvocationDoesNotExist', 'GetCommandInvocation', { CommandId: none, InstanceId: INSTANCE }],
    ['InvalidCommandId', 'CancelCommand', { CommandId: none }],
    ['ValidationException', 'ListCommands', { Filters: [{ key: 'Comment', value: 'exe_1' }] }],
    ['ValidationException', 'ListCommands', { Filters: [{ key: 'InvokedAfter', value: 'yesterday' }] }],
    ['InvalidNextToken', 'ListCommands', { NextToken: 'nonsense' }],
    ['ValidationException', 'DescribeInstanceInformation', { MaxResults: 4 }],
    ['InvalidFilterKey', 'DescribeInstanceInformation', { Filters: [{ Key: 'Colour', Values: ['red'] }] }],
    ['DocumentAlreadyExists', 'CreateDocument', { Name, Content: '{"schemaVersion":"2.2","mainSteps":[{}]}' }],
    ['InvalidDocumentContent', 'CreateDocument', { Name: 'other', Content: '{' }],
    ['InvalidDocumentSchemaVersion', 'CreateDocument', { Name: 'other', Content: '{"schemaVersion":"9"}' }],
    ['ParameterNotFound', 'GetParameter', { Name: '/none' }],
    ['UnknownOperationException', 'LaunchRocket', {}],
  ])('%s: %s', async (type, operation, input) => {
    const before = await ssm.ledger();
    expect(await call(operation, input)).toMatchObject({ status: 400, type });
    expect(await ssm.ledger()).toEqual(before);
  });

  test('and takes what is right', async () => {
    const { status, body } = await call('SendCommand', sending);
    expect(status).toBe(200);
    expect(body.Command).toMatchObject({ DocumentVersion: '1', Status: 'Pending', Parameters: { mode: ['a'] } });
  });
});
