import type { Millis } from '../model/basic.ts';
import type { Incident, IncidentEvent } from '../model/incident.ts';
import type { Notice } from '../model/notice.ts';
import { noticesFor } from '../notification/notices.ts';
import type { OutboxItem, Transaction } from '../ports/ledger.ts';
import type { Deps } from './deps.ts';

/** A nonce of an approval message: single use, bound to one plan's hash. */
export interface NonceRecord {
  readonly incident: string;
  readonly planId: string;
  readonly planHash: string;
  readonly expiresAt: Millis;
  readonly spent: boolean;
}
export const nonceKey = (nonce: string): string => `nonce/${nonce}`;

export interface Queued {
  readonly channel: string;
  readonly notice: Notice;
}

export const outboxItem = (stream: string, { channel, notice }: Queued, at: Millis): Omit<OutboxItem, 'attempts'> => ({
  id: notice.id,
  stream,
  channel,
  notice,
  dueAt: at,
});

/** What is said of a change, and the nonces that its approval messages carry, for the same transaction. */
export function announce(
  deps: Pick<Deps, 'ids' | 'settings'>,
  before: Incident | null,
  after: Incident,
  events: readonly IncidentEvent[],
  at: Millis,
): { readonly outbox: Transaction['outbox'] & object; readonly records: Transaction['records'] & object } {
  const queued = noticesFor(before, after, events, {
    settings: deps.settings,
    at,
    nonce: () => deps.ids.secret(),
    url: `${deps.settings.url}/incidents/${after.id}`,
  });
  const records = queued.flatMap(({ notice }) => {
    if (notice.approval === null) return [];
    const { nonce, planId, planHash, expiresAt } = notice.approval;
    const value: NonceRecord = { incident: after.id, planId, planHash, expiresAt, spent: false };
    return [{ key: nonceKey(nonce), expectedVersion: 0, value }];
  });
  return { outbox: queued.map((one) => outboxItem(after.id, one, at)), records };
}
