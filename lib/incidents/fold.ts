import type { Millis } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';
import type { Incident, IncidentEvent, StoredEvent } from '../model/incident.ts';
import { heard } from './episodes.ts';
import { withDecision, withExecution, withPlan, withVerification } from './plans.ts';
import { nextState, type StateEvent } from './states.ts';
import { worse } from './subject.ts';

type Opened = Extract<IncidentEvent, { type: 'incident.opened' }>;

function opened(id: string, event: Opened, at: Millis): Incident {
  return {
    id,
    version: 0,
    state: 'open',
    key: event.key,
    subject: event.subject,
    severity: event.subject.severity,
    parent: event.parent,
    openedAt: at,
    updatedAt: at,
    lastSignalAt: at,
    episodes: [],
    evidence: null,
    diagnosis: 'wanted',
    decisions: [],
    decided: [],
    plans: [],
    acknowledgedBy: null,
    escalation: { step: 0, since: at },
    pageHeldUntil: null,
    firstSignal: null,
    paged: false,
    verifiedAt: null,
    resolvedAt: null,
    closedAt: null,
    closeReason: null,
    threads: {},
  };
}

function moved(incident: Incident, event: StateEvent): Incident {
  const to = nextState(incident.state, event);
  if (to === null)
    throw invalid('incident.state', `an incident that is ${incident.state} cannot be ${event}`, { field: 'state' });
  return { ...incident, state: to };
}

/** One event onto the state before it; the state of an incident is nothing else than this, folded. */
function step(before: Incident, { event, at, actor }: Pick<StoredEvent, 'event' | 'at' | 'actor'>): Incident {
  switch (event.type) {
    case 'signal.heard':
      return {
        ...before,
        episodes: heard(before.episodes, event.signal),
        severity: worse(before.severity, event.severity),
        lastSignalAt: at,
        firstSignal: before.firstSignal ?? event.signal,
      };
    case 'diagnosis.made':
      return { ...before, diagnosis: 'made', evidence: event.evidence };
    case 'diagnosis.failed':
      return { ...before, diagnosis: 'failed' };
    case 'decision.made':
      return withDecision(before, event, at);
    case 'plan.moved':
      return withPlan(before, event.planId, at, { state: event.to, reason: event.reason });
    case 'plan.approved':
      return withPlan(before, event.planId, at, { state: 'dispatching', approvedBy: actor.name });
    case 'plan.rejected':
      return withPlan(before, event.planId, at, { state: 'cancelled', reason: event.reason });
    case 'execution.moved':
      return withExecution(before, event, at);
    case 'verification.made':
      return withVerification(before, event.executionId, event.verification, at);
    case 'page.held':
      return { ...before, pageHeldUntil: event.until };
    case 'page.released':
      return { ...before, pageHeldUntil: null, paged: true, escalation: { ...before.escalation, since: at } };
    case 'incident.acknowledged':
      return {
        ...moved(before, 'acknowledged'),
        acknowledgedBy: actor.name,
        escalation: { ...before.escalation, since: at },
      };
    case 'incident.escalated':
      return {
        ...moved(before, 'escalated'),
        escalation: { step: event.step, since: at },
        pageHeldUntil: null,
        paged: true,
      };
    case 'incident.resolved':
      return { ...moved(before, 'resolved'), resolvedAt: at };
    case 'incident.reopened':
      return { ...moved(before, 'reopened'), ...REOPENED, escalation: { step: 0, since: at } };
    case 'incident.closed':
      return { ...moved(before, 'closed'), closedAt: at, closeReason: event.reason, pageHeldUntil: null };
    case 'notification.settled':
      return event.ref === null || event.ref === ''
        ? before
        : { ...before, threads: { ...before.threads, [event.channel]: event.ref } };
    case 'incident.commented':
    case 'incident.opened':
    case 'record.set':
      return before;
  }
}

const REOPENED = {
  resolvedAt: null,
  closedAt: null,
  closeReason: null,
  acknowledgedBy: null,
  verifiedAt: null,
} as const;

/** Applies one stored (or about to be stored) event. The first of a stream must open the incident. */
export function apply(
  before: Incident | null,
  stored: Pick<StoredEvent, 'stream' | 'version' | 'at' | 'actor' | 'event'>,
): Incident {
  const base = before ?? start(stored);
  return { ...step(base, stored), version: stored.version, updatedAt: stored.at };
}

function start({ stream, event, at }: Pick<StoredEvent, 'stream' | 'event' | 'at'>): Incident {
  if (event.type === 'incident.opened') return opened(stream, event, at);
  throw invalid('incident.stream', `the first event of an incident must be incident.opened and is ${event.type}`, {
    field: 'event.type',
    expected: 'incident.opened',
  });
}

/** Null for a stream that does not exist. */
export function fold(events: readonly StoredEvent[]): Incident | null {
  return events.reduce<Incident | null>(apply, null);
}
