import { pointerKey } from '../incidents/subject.ts';
import type { Millis } from '../model/basic.ts';
import type { CorrelationKey, Incident } from '../model/incident.ts';
import type { Desk } from './deps.ts';

/** The last verified cure of an alert, and until when a new firing of it counts as a recurrence. */
export interface Cure {
  readonly incident: string;
  readonly at: Millis;
  readonly until: Millis;
}

/** Of a correlation key, by fingerprint: another alert of the same host is a trouble of its own, and its cure no other's. */
type Cures = Readonly<Record<string, Cure>>;

const keyOf = (key: CorrelationKey) => `cure/${pointerKey(key)}`;

export async function cureOf(deps: Desk, key: CorrelationKey, fingerprint: string, now: Millis): Promise<Cure | null> {
  const { value } = await deps.ledger.record<Cures>(keyOf(key));
  const cure = value?.[fingerprint];
  return cure !== undefined && now < cure.until ? cure : null;
}

/** When any of what fires in an incident was last cured; null where nothing was, or too long ago to count. */
export async function lastCure(deps: Desk, { key, episodes }: Incident): Promise<Millis | null> {
  const { value } = await deps.ledger.record<Cures>(keyOf(key));
  const now = deps.clock.now();
  const firing = episodes.filter(({ endsAt }) => endsAt === null);
  const counts = firing.flatMap(({ fingerprint }) => value?.[fingerprint] ?? []).filter(({ until }) => now < until);
  return counts.length === 0 ? null : Math.max(...counts.map(({ at }) => at));
}

/** The record to write in the transaction that says `verified`. */
export async function cureRecord(deps: Desk, incident: Incident, recurrence: number) {
  const key = keyOf(incident.key);
  const { version, value: before } = await deps.ledger.record<Cures>(key);
  const at = deps.clock.now();
  const cure: Cure = { incident: incident.id, at, until: at + recurrence };
  const others = Object.entries(before ?? {}).filter(([, { until }]) => at < until);
  const cured = incident.episodes.map(({ fingerprint }) => [fingerprint, cure] as const);
  return { key, expectedVersion: version, value: Object.fromEntries([...others, ...cured]) satisfies Cures };
}
