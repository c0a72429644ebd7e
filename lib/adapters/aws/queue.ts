import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { busy, invalid } from '../../model/errors.ts';
import type { Clock } from '../../ports/edges.ts';
import type { Queue, QueueMessage, ReceivedMessage } from '../../ports/queue.ts';
import { asked, hasName } from './errors.ts';

/** SQS' limits: entries and bytes of one batch, seconds of one visibility. */
const BATCH = 10;
const MOST_BYTES = 1_000_000;
const LONGEST_HIDDEN = 43_200;
const ATTEMPTS = 4;
const FIRST_PAUSE = 50;

export interface SqsQueueOptions {
  readonly client: SQSClient;
  readonly url: string;
  readonly deadLetterUrl: string;
  readonly clock: Clock;
}

/**
 * An SQS FIFO queue: one message of ours is one of SQS', its group and its id told as hashes. SQS itself forgets an id after five
 * minutes; what comes again later is recognised by triage. A put that fails in part throws `busy` `queue.full`: its sender
 * sends all of it again, and triage finds nothing new in the part that was taken.
 */
export function sqsQueue<T>(options: SqsQueueOptions): Queue<T> {
  const { client, url, deadLetterUrl } = options;
  return {
    put: (messages) => asked('queue', () => putAll(client, url, messages)),
    receive: (limit) => asked('queue', () => receiveUpTo<T>(client, url, limit)),
    ack: (receipts) =>
      asked('queue', async () => {
        for (const receipt of receipts) await deleted(client, url, receipt);
      }),
    fail: (receipt, _reason, retryAt) =>
      asked('queue', () => hidden(client, url, receipt, retryAt - options.clock.now())),
    depth: () => asked('queue', () => depth(client, url, deadLetterUrl)),
    deadLetters: (limit) => asked('queue', () => deadLetters<T>(client, deadLetterUrl, limit)),
    redrive: () => asked('queue', () => redrive(client, url, deadLetterUrl)),
  };
}

/** SQS takes 128 plain characters for an id and a group; ours may be longer and hold anything. */
const hashed = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

interface Entry {
  readonly MessageBody: string;
  readonly MessageGroupId: string;
  readonly MessageDeduplicationId: string;
}

function entryOf({ id, group, body }: QueueMessage): Entry {
  const MessageBody = JSON.stringify({ id, group, body: body ?? null });
  const bytes = Buffer.byteLength(MessageBody);
  if (bytes > MOST_BYTES) {
    throw invalid('queue.size', `message ${id} has ${bytes} bytes`, { expected: `at most ${MOST_BYTES}` });
  }
  return { MessageBody, MessageGroupId: hashed(group), MessageDeduplicationId: hashed(id) };
}

async function putAll(client: SQSClient, url: string, messages: readonly QueueMessage[]): Promise<void> {
  const once = [...new Map(messages.toReversed().map((message) => [message.id, message])).values()].toReversed();
  const entries = once.map(entryOf);
  for (const batch of batches(entries)) await putBatch(client, url, batch);
}

function batches(entries: readonly Entry[]): Entry[][] {
  const made: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.MessageBody);
    const last = made.at(-1);
    if (last === undefined || last.length === BATCH || bytes + size > MOST_BYTES) {
      made.push([entry]);
      bytes = size;
      continue;
    }
    last.push(entry);
    bytes += size;
  }
  return made;
}

async function putBatch(client: SQSClient, QueueUrl: string, batch: readonly Entry[]): Promise<void> {
  let rest = batch;
  for (let attempt = 1; ; attempt += 1) {
    const Entries = rest.map((entry, at) => ({ Id: String(at), ...entry }));
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    if (Failed.length === 0) return;
    const failed = new Set(Failed.map(({ Id }) => Number(Id)));
    rest = rest.filter((_, at) => failed.has(at));
    if (attempt === ATTEMPTS || Failed.some(({ SenderFault }) => SenderFault)) {
      throw busy('queue.full', `SQS took all but ${rest.length} of ${batch.length} messages: ${Failed[0]?.Code ?? ''}`);
    }
    await pause(FIRST_PAUSE * 2 ** attempt);
  }
}

/** A received message of SQS as one of ours. Throws `input` `queue.message` for what is none. */
export function receivedOf<T>(message: Pick<Message, 'Body' | 'ReceiptHandle'>, count?: string): ReceivedMessage<T> {
  const known = ours<T>(message);
  if (known === null)
    throw invalid('queue.message', 'a message in the queue is not of Nightshift', { expected: '{id, group, body}' });
  const { id, group, body } = known;
  return { id, group, body, receipt: message.ReceiptHandle ?? '', attempt: Number(count ?? 1) };
}

/** Null for what nobody of us has put there. */
function ours<T>({ Body = '' }: Pick<Message, 'Body'>): QueueMessage<T> | null {
  try {
    const message = JSON.parse(Body) as QueueMessage<T> | null;
    return typeof message?.id === 'string' && typeof message.group === 'string' ? message : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function receiveUpTo<T>(client: SQSClient, QueueUrl: string, limit: number): Promise<ReceivedMessage<T>[]> {
  const got: ReceivedMessage<T>[] = [];
  while (got.length < limit) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: Math.min(BATCH, limit - got.length),
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
    );
    if (Messages.length === 0) break;
    got.push(...Messages.map((message) => receivedOf<T>(message, message.Attributes?.ApproximateReceiveCount)));
  }
  return got;
}

/** A receipt of an earlier delivery, or none at all, does nothing. */
const STALE = [
  'MissingParameter',
  'ReceiptHandleIsInvalid',
  'InvalidParameterValue',
  'MessageNotInflight',
  'InvalidParameterValueException',
];

async function deleted(client: SQSClient, QueueUrl: string, ReceiptHandle: string): Promise<void> {
  try {
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  } catch (cause) {
    if (!hasName(cause, ...STALE)) throw cause;
  }
}

/** Hidden for that long, in whole seconds as SQS counts. */
export async function hidden(client: SQSClient, QueueUrl: string, ReceiptHandle: string, time: number): Promise<void> {
  const VisibilityTimeout = Math.min(Math.max(Math.ceil(time / 1000), 0), LONGEST_HIDDEN);
  try {
    await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
  } catch (cause) {
    if (!hasName(cause, ...STALE)) throw cause;
  }
}

async function countOf(client: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return (
    Number(Attributes.ApproximateNumberOfMessages ?? 0) + Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0)
  );
}

/** SQS tells the age of its oldest message only as a CloudWatch metric. */
async function depth(client: SQSClient, url: string, deadLetterUrl: string) {
  const [waiting, dead] = await Promise.all([countOf(client, url), countOf(client, deadLetterUrl)]);
  return { waiting, dead, oldest: null };
}

/** Looks without taking: what is shown is visible again at once. At most ten, which is what one look gives. */
async function deadLetters<T>(client: SQSClient, QueueUrl: string, limit: number) {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: Math.min(BATCH, limit),
      VisibilityTimeout: 0,
    }),
  );
  return Messages.map((message) => {
    const known = ours<T>(message);
    if (known === null)
      return { id: message.MessageId ?? '', group: '', body: null as T, reason: 'it is no message of Nightshift' };
    const { id, group, body } = known;
    return { id, group, body, reason: 'it failed as often as it may; the log of triage tells why' };
  });
}

/**
 * Back to the queue under a new id for SQS, because it would drop the old one; ours stays. Taken away only once it is there.
 * What is no message of Nightshift stays where it is.
 */
async function redrive(client: SQSClient, url: string, deadLetterUrl: string): Promise<number> {
  let count = 0;
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: deadLetterUrl, MaxNumberOfMessages: BATCH }),
    );
    if (Messages.length === 0) return count;
    for (const message of Messages) {
      const known = ours(message);
      if (known === null) continue;
      const entry = entryOf(known);
      await putBatch(client, url, [
        { ...entry, MessageDeduplicationId: hashed(`${entry.MessageDeduplicationId} ${message.MessageId}`) },
      ]);
      await deleted(client, deadLetterUrl, message.ReceiptHandle ?? '');
      count += 1;
    }
  }
}
