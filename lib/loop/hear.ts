import { correlationKey, pointerKey, subjectOf } from '../incidents/subject.ts';
import { signalWithoutSecrets } from '../model/secrets.ts';
import type { Signal } from '../model/signal.ts';
import type { QueueMessage } from '../ports/queue.ts';
import type { Deps, Heard } from './deps.ts';

/** Signals of one trouble stay in order behind each other; different troubles pass each other. */
export function groupOf(deps: Pick<Deps, 'settings'>, signal: Signal): string {
  return pointerKey(correlationKey(subjectOf(signal.labels, deps.settings.labels)));
}

/** All that hearing needs: a function that only hears is built with no more. */
export type Ears = Pick<Deps, 'settings' | 'ids' | 'queue' | 'timers' | 'clock'>;

/** Durable before it resolves; correlation comes later, out of the sender's sight. Whatever a signal comes from, no secret gets past here. */
export async function hear(deps: Ears, signals: readonly Signal[], truncated: boolean): Promise<void> {
  const messages: QueueMessage<Heard>[] = signals.map(signalWithoutSecrets).map((signal) => ({
    id: signal.id,
    group: groupOf(deps, signal),
    body: { kind: 'signal', signal },
  }));
  if (truncated) messages.push({ id: deps.ids.next('trunc'), group: 'truncated', body: { kind: 'truncated' } });
  if (messages.length === 0) return;
  await deps.queue.put(messages);
  deps.timers.wakeAt(deps.clock.now());
}
