import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll } from '@jest/globals';
import { sqsQueue } from '../../lib/adapters/aws/queue.ts';
import { queueContract } from '../contract/queueContract.ts';
import { CREDENTIALS, type Ministack, REGION, startMinistack } from './ministack.ts';

let aws: Ministack;
beforeAll(async () => {
  aws = await startMinistack();
});
afterAll(() => aws.stop());

const connect = () => new SQSClient({ endpoint: aws.endpoint, region: REGION, credentials: CREDENTIALS });
const clock = { now: () => Date.now() };
const MAX_ATTEMPTS = 3;
/** Seconds: SQS counts no finer. */
const VISIBILITY = 2;

queueContract('the queue on SQS', async () => {
  const client = connect();
  const create = async (name: string, more: Record<string, string>) => {
    const Attributes = { FifoQueue: 'true', VisibilityTimeout: String(VISIBILITY), ...more };
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: `${name}.fifo`, Attributes }));
    return QueueUrl;
  };
  const name = randomUUID();
  const deadLetterUrl = await create(`${name}-dead`, {});
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetterUrl, AttributeNames: ['QueueArn'] }),
  );
  const deadLetterTargetArn = Attributes?.QueueArn;
  const url = await create(name, {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: MAX_ATTEMPTS }),
  });
  const queue = () => sqsQueue({ client: connect(), url, deadLetterUrl, clock });
  return {
    queue: queue(),
    visibility: VISIBILITY * 1000,
    maxAttempts: MAX_ATTEMPTS,
    bounded: false,
    tells: false,
    now: () => Date.now(),
    pass: (time) => pause(time),
    reopen: async () => queue(),
    dispose: async () => client.destroy(),
  };
});
