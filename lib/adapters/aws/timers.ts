import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Clock, Log, Timers } from '../../ports/edges.ts';

/** SQS delays no longer than this; what is later, the sweep finds. */
const LONGEST = 900_000;
/** Two wishes within one second are one message. */
const GRAIN = 1000;

export interface WakeTimers extends Timers {
  /** Sends what was asked for; call it before the function ends. */
  flush(): Promise<void>;
}

/**
 * Wakes by delayed messages of a standard queue. Only hints: the sweep each minute is the authority, so a message that cannot
 * be sent is logged and no error. What is due at least a minute later is left to the sweep.
 */
export function wakeTimers(client: SQSClient, QueueUrl: string, clock: Clock, log: Log): WakeTimers {
  const wanted = new Set<number>();
  return {
    wakeAt(at) {
      wanted.add(Math.ceil(at / GRAIN));
    },
    async flush() {
      const now = clock.now();
      const delays = new Set([...wanted].map((second) => Math.max(0, Math.ceil(second - now / GRAIN))));
      wanted.clear();
      const soon = [...delays].filter((seconds) => seconds * 1000 <= Math.min(60_000, LONGEST));
      try {
        await Promise.all(
          soon.map((DelaySeconds) =>
            client.send(new SendMessageCommand({ QueueUrl, DelaySeconds, MessageBody: '{}' })),
          ),
        );
      } catch (error) {
        log.warn('a wake-up could not be sent; the sweep will find the work', { error: String(error) });
      }
    },
  };
}
