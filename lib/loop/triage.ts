import { anyFiring, effectOf, isLate } from '../incidents/episodes.ts';
import { fold } from '../incidents/fold.ts';
import { correlationKey, HOST_DOWN, pointerKey, saysHostDown, subjectOf } from '../incidents/subject.ts';
import { describe, isNightshiftError } from '../model/errors.ts';
import type { Incident, IncidentEvent } from '../model/incident.ts';
import type { Signal, Subject } from '../model/signal.ts';
import { append, change, load } from './change.ts';
import { cureOf } from './cures.ts';
import type { Deps } from './deps.ts';

/** A page that may yet be spared is held this long while a decision is made, at most `pageHold`. */
const DECIDING = 30_000;
/** A renewed firing is written down no more often than this: a repeat tells nothing new. */
const RENEWAL = 5 * 60_000;
const ATTEMPTS = 5;

/**
 * Turns one signal into its place in an incident: the open one of its correlation key, the cured one it recurs in, or a new one.
 * Running it again with the same signal changes nothing. Returns the incident's id, null where the signal meant nothing.
 */
export async function triage(deps: Deps, signal: Signal): Promise<string | null> {
  const subject = subjectOf(signal.labels, deps.settings.labels);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await place(deps, signal, subject);
    } catch (error) {
      // Another worker opened or closed the incident in between: the pointer now says where the signal belongs.
      const raced = isNightshiftError(error) && error.code === 'ledger.pointer';
      if (!raced || attempt === ATTEMPTS) throw error;
    }
  }
}

async function place(deps: Deps, signal: Signal, subject: Subject): Promise<string | null> {
  const current = await deps.ledger.pointer(pointerKey(correlationKey(subject)));
  const incident = current === null ? null : await load(deps, current);
  if (incident !== null && belongs(deps, incident, signal)) return hearIn(deps, incident.id, signal, subject);
  if (signal.status === 'resolved') return null;
  if (incident !== null) await supersede(deps, incident.id);
  return (await recur(deps, signal, subject)) ?? open(deps, signal, subject);
}

/** Within the correlation window of the last signal, or while anything of it still fires or is being mended. */
function belongs(deps: Deps, incident: Incident, signal: Signal): boolean {
  if (signal.status === 'resolved' || incident.state !== 'resolved' || anyFiring(incident.episodes)) return true;
  return signal.receivedAt - incident.lastSignalAt <= deps.settings.correlation.window;
}

/** An incident that resolved longer ago than the window makes room for a new one. */
async function supersede(deps: Deps, id: string): Promise<void> {
  await change(deps, id, (incident) =>
    incident.state === 'resolved'
      ? { events: [{ type: 'incident.closed', reason: 'resolved, and outside the window' }] }
      : null,
  );
}

async function hearIn(deps: Deps, id: string, signal: Signal, subject: Subject): Promise<string> {
  await change(deps, id, async (incident) => {
    if (await isOldNews(deps, incident, signal)) return null;
    const events = heardEvents(incident, signal, subject, await wasCured(deps, incident, signal));
    return events.length === 0 ? null : { events };
  });
  return id;
}

/** A late firing wakes a person as a recurrence, and must be one: Alertmanager is asked. Where it does not answer it is believed. */
async function isOldNews(deps: Deps, { episodes }: Incident, signal: Signal): Promise<boolean> {
  if (deps.alertmanager === null || !isLate(episodes, signal)) return false;
  try {
    const { alerts } = await deps.alertmanager.active();
    return !alerts.some(({ fingerprint }) => fingerprint === signal.fingerprint);
  } catch (error) {
    deps.log.warn('Alertmanager does not say whether a late firing is true', { error: describe(error) });
    return false;
  }
}

/** By a runbook of this incident or of an earlier one, not long ago. */
const wasCured = async (deps: Deps, { key, episodes }: Incident, signal: Signal): Promise<boolean> =>
  effectOf(episodes, signal) === 'opens' && (await cureOf(deps, key, signal.fingerprint, signal.receivedAt)) !== null;

function heardEvents(incident: Incident, signal: Signal, subject: Subject, wasCuredBefore: boolean): IncidentEvent[] {
  const effect = effectOf(incident.episodes, signal);
  if (effect === 'nothing') return [];
  if (effect === 'renews' && signal.receivedAt - incident.lastSignalAt < RENEWAL) return [];
  const heard: IncidentEvent = { type: 'signal.heard', signal, severity: subject.severity };
  if (effect !== 'opens') return [heard];
  const known = incident.episodes.some(({ fingerprint }) => fingerprint === signal.fingerprint);
  if (wasCuredBefore || (incident.verifiedAt !== null && known))
    return [heard, ...again(incident, 'it fired again after a verified cure')];
  return incident.state === 'resolved' ? [heard, { type: 'incident.reopened', reason: 'it fires again' }] : [heard];
}

/** A second firing after a cure is an escalation, never a retry. */
function again(incident: Incident, reason: string): IncidentEvent[] {
  const reopened: IncidentEvent[] =
    incident.state === 'resolved' || incident.state === 'closed' ? [{ type: 'incident.reopened', reason }] : [];
  return [...reopened, { type: 'incident.escalated', step: 0, reason }];
}

async function recur(deps: Deps, signal: Signal, subject: Subject): Promise<string | null> {
  const cure = await cureOf(deps, correlationKey(subject), signal.fingerprint, signal.receivedAt);
  if (cure === null) return null;
  if (await isOldNews(deps, await load(deps, cure.incident), signal)) return cure.incident;
  const heard: IncidentEvent = { type: 'signal.heard', signal, severity: subject.severity };
  await change(deps, cure.incident, (incident) => ({
    events: [heard, ...again(incident, 'it fired again after a verified cure')],
  }));
  return cure.incident;
}

async function open(deps: Deps, signal: Signal, subject: Subject): Promise<string> {
  const id = deps.ids.next('inc');
  const until = deps.clock.now() + Math.min(DECIDING, deps.settings.pageHold);
  await append(deps, null, id, {
    events: [
      { type: 'incident.opened', key: correlationKey(subject), subject, parent: await parentOf(deps, subject) },
      { type: 'page.held', until, reason: 'a decision is being made' },
      { type: 'signal.heard', signal, severity: subject.severity },
    ],
  });
  return id;
}

/** The open host-down incident of this signal's host, unless it is that itself. */
async function parentOf(deps: Deps, subject: Subject): Promise<string | null> {
  if (subject.host === null || saysHostDown(subject)) return null;
  const { items } = await deps.ledger.list({
    host: subject.host,
    cluster: subject.cluster,
    alertname: HOST_DOWN,
    state: ['open', 'acknowledged', 'escalated'],
    limit: 50,
  });
  for (const { id } of items) {
    const parent = fold(await deps.ledger.read(id));
    if (parent !== null && parent.state !== 'closed' && parent.state !== 'resolved') return id;
  }
  return null;
}
