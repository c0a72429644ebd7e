import type { Duration, Millis, Severity } from '../model/basic.ts';
import type { Incident, IncidentState } from '../model/incident.ts';

/** The events that move an incident between its states. */
export type StateEvent = 'acknowledged' | 'escalated' | 'resolved' | 'reopened' | 'closed';

export interface StateRow {
  readonly state: IncidentState;
  readonly on: Readonly<Partial<Record<StateEvent, IncidentState>>>;
  /** What its deadline is, in words, and what a reached deadline does. Only `closed` has none. */
  readonly deadline: string;
  readonly reached: 'escalated' | 'closed' | 'nothing';
}

/** The table that docs/states.md shows and that the fold runs: state × event × deadline × next. */
export const STATES: readonly StateRow[] = [
  {
    state: 'open',
    on: { acknowledged: 'acknowledged', escalated: 'escalated', resolved: 'resolved', closed: 'closed' },
    deadline:
      "the severity's answerWithin after opening, or after the end of a held page; 15 min after a verified cure that the alert outlives",
    reached: 'escalated',
  },
  {
    state: 'acknowledged',
    on: { acknowledged: 'acknowledged', escalated: 'escalated', resolved: 'resolved', closed: 'closed' },
    deadline: '8 h after the acknowledgement',
    reached: 'escalated',
  },
  {
    state: 'escalated',
    on: { acknowledged: 'acknowledged', escalated: 'escalated', resolved: 'resolved', closed: 'closed' },
    deadline: "`after` of the next step of the team's chain; at its end the last step again",
    reached: 'escalated',
  },
  {
    state: 'resolved',
    on: { reopened: 'open', closed: 'closed', acknowledged: 'resolved', escalated: 'escalated' },
    deadline: '`closeAfter` after resolving',
    reached: 'closed',
  },
  { state: 'closed', on: { reopened: 'open' }, deadline: 'none', reached: 'nothing' },
];

/** Null where the table has no such row: the caller refuses. */
export function nextState(state: IncidentState, event: StateEvent): IncidentState | null {
  return STATES.find((row) => row.state === state)?.on[event] ?? null;
}

export interface DeadlineSettings {
  readonly answerWithin: Readonly<Record<Severity, Duration>>;
  readonly closeAfter: Duration;
  /** `after` of each step of the team's chain, in order. */
  readonly steps: readonly Duration[];
}

const MINUTE = 60_000;
const OUTLIVED: Duration = 15 * MINUTE;
const ACKNOWLEDGED: Duration = 8 * 60 * MINUTE;

/** When this incident's state must have changed, milliseconds; null only for `closed`. */
export function stateDeadline(incident: Incident, settings: DeadlineSettings): Millis | null {
  const answer = settings.answerWithin[incident.severity];
  switch (incident.state) {
    case 'closed':
      return null;
    case 'resolved':
      return (incident.resolvedAt ?? incident.updatedAt) + settings.closeAfter;
    case 'acknowledged':
      return incident.escalation.since + ACKNOWLEDGED;
    case 'escalated':
      return incident.escalation.since + (settings.steps[incident.escalation.step] ?? answer);
    case 'open':
      if (incident.verifiedAt !== null) return incident.verifiedAt + OUTLIVED;
      // Nobody can answer a page that is held.
      return Math.max(incident.escalation.since, incident.pageHeldUntil ?? 0) + answer;
  }
}
