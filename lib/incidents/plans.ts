import type { Millis } from '../model/basic.ts';
import type { ExecutionView, Incident, IncidentEvent, PlanView } from '../model/incident.ts';
import { type Decision, PLAN_ENDED, type Verification } from '../model/plan.ts';

type Moved = Extract<IncidentEvent, { type: 'execution.moved' }>;

type Decided = Extract<IncidentEvent, { type: 'decision.made' }>;

const FIRST_STATE = {
  run: 'dispatching',
  approve: 'awaiting-approval',
  suggest: 'proposed',
  shadow: 'shadowed',
} as const;

function planOf(decision: Decision, approveBy: Millis, at: Millis): readonly PlanView[] {
  const { plan, outcome } = decision;
  if (plan === null || !(outcome in FIRST_STATE)) return [];
  const state = FIRST_STATE[outcome as keyof typeof FIRST_STATE];
  return [{ ...plan, state, reason: '', approvedBy: null, decidedAt: at, approveBy, since: at, executions: [] }];
}

export function withDecision(incident: Incident, event: Decided, at: Millis): Incident {
  const { decision, fingerprint } = event;
  return {
    ...incident,
    decisions: [...incident.decisions, decision],
    decided:
      fingerprint === null || incident.decided.includes(fingerprint)
        ? incident.decided
        : [...incident.decided, fingerprint],
    plans: [...incident.plans, ...planOf(decision, event.approveBy, at)],
  };
}

export function withPlan(
  incident: Incident,
  planId: string,
  at: Millis,
  change: Partial<Pick<PlanView, 'state' | 'reason' | 'approvedBy'>>,
): Incident {
  const plans = incident.plans.map((plan) => (plan.id === planId ? { ...plan, ...change, since: at } : plan));
  // A proven cure needs no page; the alert itself may go on firing for its window.
  const cured = change.state === 'verified' ? { verifiedAt: at, pageHeldUntil: null } : {};
  return { ...incident, plans, ...cured };
}

function execution(event: Moved, incidentId: string, at: Millis, before: ExecutionView | undefined): ExecutionView {
  const ended = !['intent', 'sending', 'sent', 'unknown'].includes(event.to);
  return {
    id: event.executionId,
    planId: event.planId,
    incidentId,
    runbook: event.runbook,
    target: event.target,
    state: event.to,
    commandId: event.commandId ?? before?.commandId ?? null,
    notAfter: event.notAfter,
    since: at,
    intentAt: before?.intentAt ?? at,
    endedAt: ended ? (before?.endedAt ?? at) : null,
    exitCode: event.exitCode ?? before?.exitCode ?? null,
    output: event.output ?? before?.output ?? null,
    reason: event.reason,
    before: event.before ?? before?.before ?? null,
    endedAtPrometheus: event.endedAtPrometheus ?? before?.endedAtPrometheus ?? null,
    verification: before?.verification ?? null,
  };
}

export function withExecution(incident: Incident, event: Moved, at: Millis): Incident {
  const place = (plan: PlanView): PlanView => {
    const known = plan.executions.find(({ id }) => id === event.executionId);
    const next = execution(event, incident.id, at, known);
    const others = plan.executions.map((one) => (one.id === next.id ? next : one));
    return { ...plan, executions: known === undefined ? [...plan.executions, next] : others };
  };
  return { ...incident, plans: incident.plans.map((plan) => (plan.id === event.planId ? place(plan) : plan)) };
}

export function withVerification(incident: Incident, id: string, verification: Verification, _at: Millis): Incident {
  const place = (one: ExecutionView) => (one.id === id ? { ...one, verification } : one);
  return { ...incident, plans: incident.plans.map((plan) => ({ ...plan, executions: plan.executions.map(place) })) };
}

/** The plan that is still under way, if any: there is at most one. */
export function livePlan(incident: Incident): PlanView | null {
  return incident.plans.find(({ state }) => !PLAN_ENDED.includes(state)) ?? null;
}
