import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { Clock } from '../../ports/edges.ts';
import type { Queue } from '../../ports/queue.ts';
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
        return records.map(({ body, receiptHandle, attributes }) =>
          receivedOf<T>({ Body: body, ReceiptHandle: receiptHandle }, attributes.ApproximateReceiveCount),
        );
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

interface RetryOptions {
  readonly client: SQSClient;
  readonly url: string;
  readonly clock: Clock;
}
