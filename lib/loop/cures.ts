import { pointerKey } from '../incidents/subject.ts';
import type { Millis } from '../model/basic.ts';
import type { CorrelationKey, Incident } from '../model/incident.ts';
import type { Deps } from './deps.ts';

/** The last verified cure of a correlation key, and until when a new firing of it counts as a recurrence. */
export interface Cure {
  readonly incident: string;
  readonly at: Millis;
  readonly until: Millis;
  /** What fired before the cure: only these recur, another alert of the same host is a trouble of its own. */
  readonly fingerprints: readonly string[];
}

const keyOf = (key: CorrelationKey) => `cure/${pointerKey(key)}`;

export async function cureOf(deps: Deps, key: CorrelationKey, fingerprint: string, now: Millis): Promise<Cure | null> {
  const { value } = await deps.ledger.record<Cure>(keyOf(key));
  return value !== null && now < value.until && value.fingerprints.includes(fingerprint) ? value : null;
}

/** The record to write in the transaction that says `verified`. */
export async function cureRecord(deps: Deps, incident: Incident, recurrence: number) {
  const key = keyOf(incident.key);
  const { version } = await deps.ledger.record<Cure>(key);
  const at = deps.clock.now();
  const fingerprints = incident.episodes.map(({ fingerprint }) => fingerprint);
  const value: Cure = { incident: incident.id, at, until: at + recurrence, fingerprints };
  return { key, expectedVersion: version, value };
}
