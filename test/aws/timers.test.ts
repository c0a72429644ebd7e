import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { wakeTimers } from '../../lib/adapters/aws/timers.ts';
import { CREDENTIALS, type Ministack, REGION, startMinistack } from './ministack.ts';

let aws: Ministack;
let client: SQSClient;
beforeAll(async () => {
  aws = await startMinistack();
  client = new SQSClient({ endpoint: aws.endpoint, region: REGION, credentials: CREDENTIALS });
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const create = async (QueueName: string, Attributes = {}) =>
  (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
const received = async (QueueUrl: string, WaitTimeSeconds = 0) =>
  (await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, MaxNumberOfMessages: 10 }))).Messages ?? [];

async function made() {
  const wakeUrl = await create(randomUUID());
  const notifyUrl = await create(`${randomUUID()}.fifo`, { FifoQueue: 'true' });
  const warnings: string[] = [];
  const timers = wakeTimers({
    client,
    wakeUrl,
    notifyUrl,
    clock: { now: () => Date.now() },
    ids: { next: () => randomUUID() },
    log: { info: () => undefined, warn: (text) => void warnings.push(text), error: () => undefined },
  });
  return { timers, wakeUrl, notifyUrl, warnings };
}

test('a wake-up arrives when it was asked for, and not before', async () => {
  const { timers, wakeUrl, warnings } = await made();
  const at = Date.now() + 1500;
  timers.wakeAt(at);
  await timers.flush();
  expect(await received(wakeUrl)).toEqual([]);
  expect(await received(wakeUrl, 5)).toHaveLength(1);
  expect(Date.now()).toBeGreaterThanOrEqual(at - 50);
  expect(warnings).toEqual([]);
});

test('what is due wakes at once and rings the messenger, of which one at a time is heard', async () => {
  const { timers, wakeUrl, notifyUrl } = await made();
  timers.wakeAt(Date.now() - 1000);
  timers.wakeAt(Date.now() - 900);
  await timers.flush();
  expect(await received(wakeUrl, 2)).toHaveLength(1);
  await timers.ring();
  expect(await received(notifyUrl)).not.toEqual([]);
  expect(await received(notifyUrl)).toEqual([]);
});

test('an hour from now is left to the sweep', async () => {
  const { timers, wakeUrl } = await made();
  timers.wakeAt(Date.now() + 3_600_000);
  await timers.flush();
  expect(await received(wakeUrl, 1)).toEqual([]);
});
