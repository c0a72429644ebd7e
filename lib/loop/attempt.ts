import { type Millis, SYSTEM } from '../model/basic.ts';
import { describe, isNightshiftError } from '../model/errors.ts';
import type { Incident } from '../model/incident.ts';
import type { Delivery } from '../notification/channel.ts';
import { needsFallback, retryAt, deliver as send } from '../notification/deliver.ts';
import { labelsOf } from '../notification/notices.ts';
import { routeFor } from '../notification/routing.ts';
import type { OutboxItem } from '../ports/ledger.ts';
import { change, load } from './change.ts';
import type { Messenger } from './deps.ts';

type Outcome = 'delivered' | 'refused' | 'gave-up';

const ATTEMPTS = 8;
const SETTLED: Attempted = { settled: true };

/** What became of one attempt: settled for good, or when it is tried next and until when the channel asked to be left alone. */
export type Attempted =
  | { readonly settled: true }
  | { readonly settled: false; readonly next: Millis; readonly asked: Millis | null };

/** One attempt on one message. Throws what the ledger throws: the message is then still in the outbox. */
export async function deliverOne(deps: Messenger, item: OutboxItem): Promise<Attempted> {
  const delivery = await attempt(deps, item);
  if (delivery.outcome === 'delivered') return settle(deps, item, 'delivered', 'delivered', delivery.ref);
  if (delivery.outcome === 'refused') return settle(deps, item, 'refused', delivery.detail, null);
  const { id, attempts, notice } = item;
  const next = retryAt(attempts + 1, delivery.after, deps.clock.now(), deps.random(), notice.at);
  if (next === null) return settle(deps, item, 'gave-up', delivery.detail, null);
  deps.log.warn('notification will be tried again', { id, detail: delivery.detail, at: next });
  if (needsFallback(delivery, attempts + 1)) await tellElsewhere(deps, item);
  await deps.ledger.outboxRetry(id, next);
  deps.timers.wakeAt(next);
  return { settled: false, next, asked: delivery.after === null ? null : deps.clock.now() + delivery.after };
}

/** A channel that does not answer is still tried; meanwhile another one tells. */
async function tellElsewhere(deps: Messenger, item: OutboxItem): Promise<void> {
  if (!isIncident(item.stream)) return;
  await inTurn(deps, item.stream, (incident) => {
    const queue = fallback(deps, incident, item);
    return queue.length === 0 ? null : { events: [], queue, again: deps.clock.now() };
  });
}

/** The incident may be worked on at this moment: its own turn spares both of them a lost race. */
const inTurn = (deps: Messenger, stream: string, what: Parameters<typeof change>[2]) =>
  deps.turns(stream, () => change(deps, stream, what));

async function attempt(deps: Messenger, item: OutboxItem): Promise<Delivery> {
  const settings = deps.settings.channels[item.channel];
  if (settings === undefined) return { outcome: 'refused', detail: `no channel is named ${item.channel}` };
  const thread = isIncident(item.stream) ? ((await load(deps, item.stream)).threads[item.channel] ?? null) : null;
  try {
    return await send(item, settings, thread, { http: deps.http, mail: deps.mail });
  } catch (error) {
    if (isNightshiftError(error) && error.kind === 'refused') return { outcome: 'refused', detail: describe(error) };
    return { outcome: 'retry', after: null, detail: describe(error) };
  }
}

const isIncident = (stream: string) => stream.startsWith('inc_');

/** The item leaves the outbox in the transaction that says what became of it; a second channel takes over where it failed. */
async function settle(
  deps: Messenger,
  item: OutboxItem,
  outcome: Outcome,
  detail: string,
  ref: string | null,
): Promise<Attempted> {
  if (!isIncident(item.stream)) {
    await settleElsewhere(deps, item, outcome, detail);
    return SETTLED;
  }
  await inTurn(deps, item.stream, (incident) => ({
    events: [
      {
        type: 'notification.settled',
        outboxId: item.id,
        channel: item.channel,
        outcome,
        detail: detail.slice(0, 500),
        ref,
      },
    ],
    settled: [item.id],
    ...(outcome === 'delivered' ? {} : { queue: fallback(deps, incident, item) }),
  }));
  return SETTLED;
}

/** Each fallback channel once per notice, and never a fallback of a fallback. */
function fallback(deps: Messenger, incident: Incident, item: OutboxItem) {
  if (item.id.includes('/instead-of/')) return [];
  const labels = labelsOf(incident, deps.settings.externalLabels);
  const route = routeFor(deps.settings, incident.subject, incident.severity, labels);
  const channels = route.fallback.length > 0 ? route.fallback : otherKinds(deps, item.channel);
  return channels
    .filter((channel) => channel !== item.channel)
    .map((channel) => ({ channel, notice: { ...item.notice, id: `${item.id}/instead-of/${channel}` } }));
}

/** Without a configured fallback: the first channel of another kind. */
function otherKinds(deps: Messenger, channel: string): readonly string[] {
  const kind = deps.settings.channels[channel]?.kind;
  return Object.entries(deps.settings.channels)
    .filter(([, settings]) => settings.kind !== kind)
    .map(([name]) => name)
    .slice(0, 1);
}

/** Another notice may be settled in the same stream at this moment: then the version is read again. */
async function settleElsewhere(deps: Messenger, item: OutboxItem, outcome: Outcome, detail: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await appendSettled(deps, item, outcome, detail);
    } catch (error) {
      const raced = isNightshiftError(error) && error.code === 'ledger.version';
      if (!raced || attempt === ATTEMPTS) throw error;
    }
  }
}

async function appendSettled(deps: Messenger, item: OutboxItem, outcome: Outcome, detail: string): Promise<void> {
  const { version } = await deps.ledger.head(item.stream);
  await deps.ledger.append({
    stream: item.stream,
    expectedVersion: version,
    at: deps.clock.now(),
    actor: SYSTEM,
    events: [
      {
        type: 'record.set',
        key: `notified/${item.id}`,
        value: { outcome, detail },
        reason: `${item.channel}: ${outcome}`,
      },
    ],
    settled: [item.id],
  });
}
