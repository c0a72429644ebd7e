import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ec2Inventory, isNewEnough } from '../../../lib/adapters/aws/inventory.ts';
import { invokedInventory } from '../../../lib/adapters/aws/invokedInventory.ts';
import { sesMail } from '../../../lib/adapters/aws/mail.ts';
import { queryPorts } from '../../../lib/adapters/aws/queries.ts';
import { parameterSecrets } from '../../../lib/adapters/aws/secrets.ts';
import { wakeTimers } from '../../../lib/adapters/aws/timers.ts';

const ec2 = mockClient(EC2Client);
const lambda = mockClient(LambdaClient);
const ses = mockClient(SESv2Client);
const sqs = mockClient(SQSClient);
const ssm = mockClient(SSMClient);
const region = 'eu-central-1';
beforeEach(() => {
  for (const mock of [ec2, lambda, ses, sqs, ssm]) mock.reset();
});
const awsError = (name: string, $fault = 'client') => Object.assign(new Error('said'), { name, $fault });
const unavailable = (code: string) => ({ kind: 'failed', code, retryable: true });

describe('mail by SES', () => {
  const message = {
    from: 'nightshift@example.org',
    to: ['oncall@example.org'],
    subject: 's',
    text: 't',
    html: '<p>t</p>',
    messageId: '<m@nightshift>',
    inReplyTo: null,
  };
  const send = () => sesMail(new SESv2Client({ region })).send(message);

  test.each(['MessageRejected', 'MailFromDomainNotVerifiedException', 'BadRequestException'])(
    '%s is a refusal',
    async (name) => {
      ses.on(SendEmailCommand).rejects(awsError(name));
      await expect(send()).rejects.toMatchObject({ kind: 'refused', code: 'mail.refused', retryable: false });
    },
  );

  test.each([
    ['TooManyRequestsException', 'client'],
    ['ThrottlingException', 'client'],
    ['InternalServiceErrorException', 'server'],
    ['TimeoutError', ''],
  ])('%s is tried again', async (name, fault) => {
    ses.on(SendEmailCommand).rejects(awsError(name, fault));
    await expect(send()).rejects.toMatchObject(unavailable('mail.unavailable'));
  });
});

describe('the other function', () => {
  const { metrics, alertmanager } = queryPorts(new LambdaClient({ region }), 'query');
  const answers = (value: unknown, more: object = {}) =>
    lambda.on(InvokeCommand).resolves({ Payload: new TextEncoder().encode(JSON.stringify(value)) as never, ...more });

  test('answers with samples, also the ones that JSON has no word for', async () => {
    const samples = ['NaN', '+Inf', '-Inf', 1.5].map((v, t) => ({ t, v }));
    answers({ value: [{ labels: { a: 'b' }, samples }] });
    const [series] = await metrics.raw('up', 60_000);
    expect(series?.samples.map(({ v }) => v)).toEqual([Number.NaN, Infinity, -Infinity, 1.5]);
  });

  test('answers with its own errors, which are thrown as they are', async () => {
    answers({ error: { kind: 'input', code: 'metrics.query', message: 'bad', field: 'expr' } });
    await expect(metrics.instant('x(')).rejects.toMatchObject({ kind: 'input', code: 'metrics.query', field: 'expr' });
  });

  test('that breaks is unavailable', async () => {
    answers({ errorMessage: 'Task timed out' }, { FunctionError: 'Unhandled' });
    await expect(metrics.time()).rejects.toMatchObject(unavailable('metrics.unavailable'));
    await expect(alertmanager.active()).rejects.toMatchObject(unavailable('alertmanager.unavailable'));
  });

  test.each(['TooManyRequestsException', 'ResourceNotFoundException', 'TimeoutError'])(
    'that cannot be asked (%s) is unavailable, and not healthy',
    async (name) => {
      lambda.on(InvokeCommand).rejects(awsError(name));
      await expect(metrics.range('up', 0, 1, 1)).rejects.toMatchObject(unavailable('metrics.unavailable'));
      expect(await metrics.healthy()).toBe(false);
      const inventory = invokedInventory(new LambdaClient({ region }), 'hosts', { now: () => 0 });
      await expect(inventory.hosts()).rejects.toMatchObject(unavailable('inventory.unavailable'));
    },
  );

  test('that answers no JSON is unavailable', async () => {
    lambda.on(InvokeCommand).resolves({ Payload: new TextEncoder().encode('<html>') as never });
    await expect(metrics.time()).rejects.toMatchObject(unavailable('metrics.unavailable'));
  });
});

describe('the inventory of another function', () => {
  const told = (name: string) => ({
    Payload: new TextEncoder().encode(JSON.stringify({ value: [{ name }] })) as never,
  });

  test('is asked once within two seconds, also by many at once, and then again', async () => {
    let now = 0;
    const inventory = invokedInventory(new LambdaClient({ region }), 'hosts', { now: () => now });
    lambda.on(InvokeCommand).resolves(told('one'));
    expect(await Promise.all([inventory.hosts(), inventory.hosts()])).toMatchObject([
      [{ name: 'one' }],
      [{ name: 'one' }],
    ]);
    lambda.on(InvokeCommand).resolves(told('two'));
    now = 1_999;
    expect(await inventory.hosts()).toMatchObject([{ name: 'one' }]);
    now = 2_000;
    expect(await inventory.hosts()).toMatchObject([{ name: 'two' }]);
  });

  test('that failed is asked again at once', async () => {
    const inventory = invokedInventory(new LambdaClient({ region }), 'hosts', { now: () => 0 });
    lambda.on(InvokeCommand).rejects(awsError('TimeoutError'));
    await expect(inventory.hosts()).rejects.toMatchObject(unavailable('inventory.unavailable'));
    lambda.on(InvokeCommand).resolves(told('one'));
    expect(await inventory.hosts()).toMatchObject([{ name: 'one' }]);
  });
});

describe('secrets of Parameter Store', () => {
  let now = 0;
  const secrets = () => parameterSecrets(new SSMClient({ region }), { now: () => now }, 1000);

  test('are read once in their time, decrypted', async () => {
    ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'one' } });
    const store = secrets();
    expect([await store.get('ssm:/n/a'), await store.get('ssm:/n/a')]).toEqual(['one', 'one']);
    expect(ssm.calls()).toHaveLength(1);
    expect(ssm.call(0).args[0].input).toEqual({ Name: '/n/a', WithDecryption: true });
    now += 1000;
    ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'rotated' } });
    expect(await store.get('ssm:/n/a')).toBe('rotated');
  });

  test('that are absent are null; a store that cannot be read is a failure, and is asked again', async () => {
    const store = secrets();
    ssm.on(GetParameterCommand).rejects(awsError('ThrottlingException'));
    await expect(store.get('ssm:/n/b')).rejects.toMatchObject(unavailable('secrets.unavailable'));
    ssm.on(GetParameterCommand).rejects(awsError('ParameterNotFound'));
    expect(await store.get('ssm:/n/b')).toBeNull();
  });

  test('another name is refused and never repeated', async () => {
    const error: unknown = await secrets()
      .get('hunter22')
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ kind: 'input', code: 'secrets.name' });
    expect(String(error)).not.toContain('hunter22');
    expect(ssm.calls()).toEqual([]);
  });
});

describe('wake-ups', () => {
  const warnings: string[] = [];
  const NOW = 1_700_000_000_000;
  const timers = () =>
    wakeTimers({
      client: new SQSClient({ region }),
      wakeUrl: 'https://sqs/wake',
      notifyUrl: 'https://sqs/notify.fifo',
      clock: { now: () => NOW },
      ids: { next: (prefix) => `${prefix}_1` },
      log: { info: () => undefined, warn: (text) => void warnings.push(text), error: () => undefined },
    });
  const sent = () => sqs.commandCalls(SendMessageCommand).map(({ args }) => args[0].input);

  test('within a minute are messages, one for a second; later ones are left to the sweep', async () => {
    const one = timers();
    for (const later of [1500, 1600, 30_000, 59_000, 60_001, 900_000]) one.wakeAt(NOW + later);
    await one.flush();
    expect(sent().map(({ DelaySeconds }) => DelaySeconds)).toEqual([2, 30, 59]);
    await one.flush();
    expect(sent()).toHaveLength(3);
  });

  test('what is due rings the messenger too', async () => {
    const one = timers();
    one.wakeAt(NOW - 5);
    await one.flush();
    expect(sent()).toEqual([
      expect.objectContaining({ QueueUrl: 'https://sqs/wake', DelaySeconds: 0 }),
      expect.objectContaining({ QueueUrl: 'https://sqs/notify.fifo', MessageGroupId: 'notify' }),
    ]);
  });

  test('that cannot be sent are told and no error', async () => {
    sqs.on(SendMessageCommand).rejects(awsError('RequestThrottled'));
    const one = timers();
    one.wakeAt(NOW);
    await one.flush();
    expect(warnings).toHaveLength(1);
  });
});

describe('the inventory', () => {
  test('that cannot be read is a failure and never empty', async () => {
    ec2.on(DescribeInstancesCommand).rejects(awsError('RequestLimitExceeded'));
    const inventory = ec2Inventory({
      ec2: new EC2Client({ region }),
      ssm: new SSMClient({ region }),
      managed: { tag: 'nightshift', value: 'managed' },
    });
    await expect(inventory.hosts()).rejects.toMatchObject(unavailable('inventory.unavailable'));
  });

  test.each([
    ['3.3.2746.0', true],
    ['3.3.2746.1', true],
    ['3.3.10000.0', true],
    ['3.10.0.0', true],
    ['4.0', true],
    ['3.3.2745.9', false],
    ['3.3.999.0', false],
    ['3.2.9999.0', false],
    ['3.3', false],
    ['', false],
    ['latest', false],
  ])('agent %s is new enough: %s', (version, enough) => {
    expect(isNewEnough(version)).toBe(enough);
  });
});
