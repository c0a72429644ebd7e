import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { describe } from '../../model/errors.ts';
import type { Clock, Log } from '../../ports/edges.ts';
import type { Queue, ReceivedMessage } from '../../ports/queue.ts';
import { hidden, receivedOf } from './queue.ts';

export interface Batch<T> {
  /** Hands out what the event brought, once; all else is the queue's. */
  readonly queue: Queue<T>;
  /** What Lambda is to put back: everything that was not acknowledged. */
  answer(): SQSBatchResponse;
}

/**
 * The batch that Lambda took from the queue, seen as a queue. What is not acknowledged is answered as failed, so nothing is
 * lost when the function forgets, throws or runs out of time; of a group that is everything after its first failure.
 */
export function batchOf<T>(records: readonly SQSRecord[], of: Queue<T>, retry: RetryOptions): Batch<T> {
  const waiting = new Map(records.map((record) => [record.receiptHandle, record]));
  let handedOut = false;
  return {
    queue: {
      ...of,
      async receive() {
        if (handedOut) return [];
        handedOut = true;
        const read = await Promise.all(records.map((record) => readOrHide<T>(record, retry)));
        return read.filter((message) => message !== null);
      },
      async ack(receipts) {
        for (const receipt of receipts) waiting.delete(receipt);
      },
      fail: (receipt, _reason, retryAt) => hidden(retry.client, retry.url, receipt, retryAt - retry.clock.now()),
    },
    answer: () => ({
      batchItemFailures: [...waiting.values()].map(({ messageId }) => ({ itemIdentifier: messageId })),
    }),
  };
}

/** What no message of ours is must not hold up the rest of its batch: it is seen again at once, so that it soon is a dead letter. */
async function readOrHide<T>(
  record: SQSRecord,
  { client, url, log }: RetryOptions,
): Promise<ReceivedMessage<T> | null> {
  const { body, receiptHandle, attributes, messageId } = record;
  try {
    return receivedOf<T>({ Body: body, ReceiptHandle: receiptHandle }, attributes.ApproximateReceiveCount);
  } catch (error) {
    log.error('a message of the queue cannot be read', { message: messageId, error: describe(error) });
    await hidden(client, url, receiptHandle, 0);
    return null;
  }
}

interface RetryOptions {
  readonly log: Pick<Log, 'error'>;
  readonly client: SQSClient;
  readonly url: string;
  readonly clock: Clock;
}
