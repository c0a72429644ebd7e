import type { Millis } from '../model/basic.ts';

export interface QueueMessage<T = unknown> {
  /** Begins with time; putting the same id twice keeps one. */
  readonly id: string;
  /** Messages of one group are handed out in order, and none behind one that is being worked on or failed. */
  readonly group: string;
  readonly body: T;
}
export interface ReceivedMessage<T = unknown> extends QueueMessage<T> {
  readonly receipt: string;
  readonly attempt: number;
}

/**
 * At least once, in order per group. `put` is durable before it resolves and takes all or none (`busy` `queue.full` where
 * there is no space or too much waits). A received message is hidden for `visibility`; unacknowledged it comes again,
 * after `maxAttempts` it goes to the dead letters, from where `redrive` brings it back.
 */
export interface Queue<T = unknown> {
  put(messages: readonly QueueMessage<T>[]): Promise<void>;
  receive(limit: number, now: Millis): Promise<readonly ReceivedMessage<T>[]>;
  ack(receipts: readonly string[]): Promise<void>;
  /** Comes again at `retryAt`. */
  fail(receipt: string, reason: string, retryAt: Millis): Promise<void>;
  depth(): Promise<{ readonly waiting: number; readonly dead: number; readonly oldest: Millis | null }>;
  deadLetters(limit: number): Promise<readonly (QueueMessage<T> & { readonly reason: string })[]>;
  redrive(): Promise<number>;
}
