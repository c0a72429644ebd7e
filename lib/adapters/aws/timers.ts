import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Clock, Ids, Log, Timers } from '../../ports/edges.ts';

/** The sweep comes by this often, milliseconds; SQS could delay fifteen minutes. */
const SWEEP = 60_000;
/** Two wishes within one second are one message. */
const GRAIN = 1000;

export interface WakeTimers extends Timers {
  /** Sends what was asked for; call it before the function ends. */
  flush(): Promise<void>;
  /** Asks the messenger to look into the outbox. */
  ring(): Promise<void>;
}

export interface WakeOptions {
  readonly client: SQSClient;
  /** Standard queue with delays: wakes the sweep. */
  readonly wakeUrl: string;
  /** FIFO queue with one group: wakes the one messenger, so that no message is sent by two at a time. */
  readonly notifyUrl: string;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'next'>;
  readonly log: Log;
}

/**
 * Wakes by messages. Only hints: the sweep each minute is the authority, so one that cannot be sent is logged and no error.
 * What is due a minute later or more is left to the sweep.
 */
export function wakeTimers(options: WakeOptions): WakeTimers {
  const wanted = new Set<number>();
  return {
    wakeAt(at) {
      wanted.add(Math.ceil(at / GRAIN));
    },
    ring: () => ring(options),
    async flush() {
      const now = options.clock.now();
      const delays = [...wanted].map((second) => Math.max(0, Math.ceil(second - now / GRAIN)));
      wanted.clear();
      const soon = [...new Set(delays)].filter((seconds) => seconds * GRAIN <= SWEEP);
      try {
        await Promise.all([
          ...soon.map((seconds) => wake(options, seconds)),
          ...(soon.includes(0) ? [ring(options)] : []),
        ]);
      } catch (error) {
        options.log.warn('a wake-up could not be sent; the sweep will find the work', { error: String(error) });
      }
    },
  };
}

const wake = ({ client, wakeUrl }: WakeOptions, DelaySeconds: number) =>
  client.send(new SendMessageCommand({ QueueUrl: wakeUrl, DelaySeconds, MessageBody: '{}' }));

async function ring({ client, notifyUrl, ids }: WakeOptions): Promise<void> {
  const MessageDeduplicationId = ids.next('ring');
  await client.send(
    new SendMessageCommand({
      QueueUrl: notifyUrl,
      MessageBody: '{}',
      MessageGroupId: 'notify',
      MessageDeduplicationId,
    }),
  );
}
