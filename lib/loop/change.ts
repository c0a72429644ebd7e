import { apply, fold } from '../incidents/fold.ts';
import { livePlan } from '../incidents/plans.ts';
import { HOST_DOWN, isHostDown, pointerKey } from '../incidents/subject.ts';
import { type Actor, type Millis, SYSTEM } from '../model/basic.ts';
import { absent, isNightshiftError } from '../model/errors.ts';
import type { Incident, IncidentEvent, IncidentSummary, LedgerEvent } from '../model/incident.ts';
import { watchesIn } from '../model/named.ts';
import type { Transaction } from '../ports/ledger.ts';
import { announce, outboxItem, type Queued } from './announce.ts';
import type { Desk } from './deps.ts';
import { wakeAt } from './wake.ts';

export interface RecordChange {
  readonly key: string;
  readonly expectedVersion: number;
  readonly value: unknown;
}

/** What one step wants written: events, and the claims, conditions and records that go with them in one transaction. */
export interface Change extends Pick<Transaction, 'take' | 'release' | 'conditions' | 'settled'> {
  readonly events: readonly IncidentEvent[];
  readonly actor?: Actor;
  /** Each is written into the incident's audit as well. */
  readonly records?: readonly RecordChange[];
  /** Notices beside those that follow from the events: a second channel where the first failed. */
  readonly queue?: readonly Queued[];
  /** The work goes on at this time, not at once. */
  readonly again?: Millis;
}

const ATTEMPTS = 8;
const RACED: readonly string[] = ['ledger.version', 'ledger.record'];

/** Somebody else's conditional write was first; nothing of this one was written. */
export const isRaced = (error: unknown): boolean => isNightshiftError(error) && RACED.includes(error.code);

/** Reads and writes again where somebody else was first. */
export async function whileRaced<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (!isRaced(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

export async function load(deps: Desk, id: string): Promise<Incident> {
  const incident = fold(await deps.ledger.read(id));
  if (incident === null) throw absent('incident.absent', `there is no incident ${id}`, { field: 'id' });
  return incident;
}

export function summaryOf(incident: Incident): IncidentSummary {
  const { id, state, severity, key, subject, openedAt, updatedAt } = incident;
  const plan = incident.plans.at(-1)?.state ?? null;
  const watches = watchesIn(incident.episodes);
  return {
    id,
    state,
    severity,
    ...key,
    // A host that is down is found as such, also in an incident that began with another alert.
    alertname: isHostDown(incident) ? HOST_DOWN : subject.alertname,
    ...(watches.length > 0 && { watches }),
    team: subject.team,
    openedAt,
    updatedAt,
    plan,
  };
}

/** Holds the correlation key until the incident is closed; a manual run has none. */
function pointerOf(after: Incident): Pick<Transaction, 'pointer'> {
  if (after.firstSignal === null) return {};
  return { pointer: { key: pointerKey(after.key), to: after.state === 'closed' ? null : after.id } };
}

/**
 * Appends to an incident as it was read. State, deadline, list entry and outbox all follow from the same fold, in the same
 * transaction. Throws what `Ledger.append` throws.
 */
export async function append(deps: Desk, before: Incident | null, id: string, change: Change): Promise<Incident> {
  const at = deps.clock.now();
  const actor = change.actor ?? SYSTEM;
  const expectedVersion = before?.version ?? 0;
  const events: LedgerEvent[] = [...change.events, ...(change.records ?? []).map(asEvent)];
  const after = events.reduce<Incident | null>(
    (state, event, index) => apply(state, { stream: id, version: expectedVersion + index + 1, at, actor, event }),
    before,
  );
  if (after === null) throw absent('incident.absent', `nothing to append to ${id}`);
  const said = announce(deps, before, after, change.events, at);
  const outbox = [...said.outbox, ...(change.queue ?? []).map((one) => outboxItem(id, one, at))];
  const wake = wakeAt(after, deps.settings, at, change.again);
  const { take, release, conditions, settled } = change;
  await deps.ledger.append({
    stream: id,
    expectedVersion,
    at,
    actor,
    events,
    ...(take && { take }),
    ...(release && { release }),
    ...(conditions && { conditions }),
    ...(settled && { settled }),
    records: [...(change.records ?? []), ...said.records],
    outbox,
    wakeAt: wake,
    summary: summaryOf(after),
    ...pointerOf(after),
  });
  if (wake !== null) deps.timers.wakeAt(wake);
  if (outbox.length > 0) deps.timers.wakeAt(at);
  return after;
}

const asEvent = ({ key, value }: RecordChange): LedgerEvent => ({
  type: 'record.set',
  key,
  value,
  reason: 'see the event before',
});

/** Reads, decides, appends; and again when somebody else was first. `decide` returns null when nothing is to be done. */
export async function change(
  deps: Desk,
  id: string,
  decide: (incident: Incident) => Change | null | Promise<Change | null>,
): Promise<Incident> {
  return whileRaced(async () => {
    const before = await load(deps, id);
    const wanted = await decide(before);
    if (wanted === null || (wanted.events.length === 0 && wanted.again === undefined)) return before;
    return append(deps, before, id, wanted);
  });
}

/** The plan that a step works on, as it is now; null when another was faster. */
export function planStill(incident: Incident, planId: string, state: string) {
  const plan = livePlan(incident);
  return plan !== null && plan.id === planId && plan.state === state ? plan : null;
}
