import type { ExecutionView, Incident, IncidentEvent } from '../model/incident.ts';
import type { NoticePurpose } from '../model/notice.ts';
import type { ExecutionState, PlanState } from '../model/plan.ts';
import { attempted, decided, proven } from './story.ts';

/** What one event is worth telling: whom it concerns is the router's business. `loud` reaches e-mail too. */
export interface Occurrence {
  readonly purpose: NoticePurpose;
  readonly loud: boolean;
  /** `held`: for those whom a hold kept silent, others know already. `fresh`: news that an earlier cure does not cover. */
  readonly page?: 'held' | 'fresh';
  readonly lines: readonly string[];
  /** The approval that is asked for, by plan. */
  readonly planId?: string;
}

const quiet = (...lines: readonly string[]): Occurrence => ({ purpose: 'update', loud: false, lines });
const loud = (...lines: readonly string[]): Occurrence => ({ purpose: 'update', loud: true, lines });

/** Null where an event is nobody's news: bookkeeping, or what another event of the same change tells better. */
export function occurrenceOf(before: Incident | null, after: Incident, event: IncidentEvent): Occurrence | null {
  switch (event.type) {
    case 'incident.opened':
      return { purpose: 'trigger', loud: true, lines: [] };
    case 'incident.reopened':
      return { purpose: 'trigger', loud: true, lines: [`Reopened: ${event.reason}`] };
    case 'page.released':
      return released(after, event.reason);
    case 'signal.heard':
      return worsened(before, after) ?? joined(before, event);
    case 'diagnosis.made':
      return event.evidence.ranked.length > 0 ? quiet(`Evidence: ${event.evidence.summary}`) : null;
    case 'diagnosis.failed':
      return quiet(`There is no evidence: ${event.reason}`);
    case 'decision.made':
      return decision(event);
    case 'plan.approved':
      return quiet(`Approved by ${approverOf(after, event.planId)}.`);
    case 'plan.rejected':
      return quiet(`Rejected: ${event.reason}`);
    case 'plan.moved':
      return moved(after, event);
    case 'execution.moved':
      return executed(before, after, event);
    case 'verification.made':
      return event.verification.expr === '' ? null : loud(proven(event.verification));
    case 'incident.acknowledged':
      return { purpose: 'acknowledge', loud: false, lines: [`Acknowledged by ${after.acknowledgedBy ?? 'somebody'}.`] };
    case 'incident.escalated':
      return { purpose: 'escalate', loud: true, lines: [`Escalated to step ${event.step + 1}: ${event.reason}`] };
    case 'incident.commented':
      return quiet(`Comment: ${event.text}`);
    case 'incident.resolved':
      return { purpose: 'resolve', loud: true, lines: [`Resolved: ${event.reason}`] };
    case 'incident.closed':
      return closed(before, event.reason);
    case 'page.held':
    case 'notification.settled':
      return null;
  }
}

/** A page that was held goes out, unless the cure was proven or a person took over or it is over meanwhile. */
function released(after: Incident, reason: string): Occurrence | null {
  const needless = after.verifiedAt !== null || after.state !== 'open';
  return needless
    ? null
    : { purpose: 'trigger', loud: true, page: 'held', lines: [`The page goes out now: ${reason}.`] };
}

const RANK = { info: 0, warning: 1, critical: 2, unknown: 2 } as const;
function worsened(before: Incident | null, after: Incident): Occurrence | null {
  if (before === null || RANK[after.severity] <= RANK[before.severity]) return null;
  const lines = [`It became worse: ${before.severity} is now ${after.severity}.`];
  return { purpose: 'trigger', loud: true, page: 'fresh', lines };
}

type Event<T extends IncidentEvent['type']> = Extract<IncidentEvent, { readonly type: T }>;

/** Another alert of the same trouble. A critical one after a proven cure is none that the cure was for, so it pages. */
function joined(before: Incident | null, { signal, severity }: Event<'signal.heard'>): Occurrence | null {
  const known = before === null || before.episodes.some(({ fingerprint }) => fingerprint === signal.fingerprint);
  if (known || signal.status === 'resolved') return null;
  const line = `Also firing: ${signal.labels.alertname ?? signal.fingerprint}.`;
  const pages = before.verifiedAt !== null && RANK[severity] === RANK.critical;
  return pages ? { purpose: 'trigger', loud: true, page: 'fresh', lines: [line] } : quiet(line);
}

function decision({ decision: made }: Event<'decision.made'>): Occurrence {
  const asks = made.plan !== null && (made.outcome === 'approve' || made.outcome === 'suggest');
  return asks
    ? { purpose: 'approval', loud: true, lines: decided(made), planId: made.plan.id }
    : quiet(...decided(made));
}

const approverOf = (incident: Incident, planId: string): string =>
  incident.plans.find((plan) => plan.id === planId)?.approvedBy ?? 'somebody';

/** States that nobody would learn of from an execution, a verification or an escalation. */
const TOLD: Readonly<Partial<Record<PlanState, string>>> = {
  refused: 'It was refused at the moment of sending',
  cancelled: 'The plan was cancelled',
  unknown: 'Nobody knows whether the runbook ran',
  failed: 'The plan failed',
};

function moved(after: Incident, { planId, to, reason }: Event<'plan.moved'>): Occurrence | null {
  if (to === 'awaiting-approval' || to === 'proposed') {
    return { purpose: 'approval', loud: true, lines: [reason], planId };
  }
  const plan = after.plans.find((one) => one.id === planId);
  const words = TOLD[to];
  if (words === undefined) return null;
  const text = `${words}${plan === undefined ? '' : ` (${plan.runbook})`}${reason === '' ? '' : `: ${reason}`}`;
  return to === 'cancelled' ? quiet(text) : loud(text);
}

const SILENT: readonly ExecutionState[] = ['intent', 'sending', 'cancelled'];

const executionOf = (incident: Incident | null, id: string): ExecutionView | undefined =>
  incident?.plans.flatMap((plan) => plan.executions).find((one) => one.id === id);

/** A state is told once: an event may repeat it to add a figure. */
function executed(before: Incident | null, after: Incident, event: Event<'execution.moved'>): Occurrence | null {
  const execution = executionOf(after, event.executionId);
  const known = executionOf(before, event.executionId)?.state === event.to;
  if (execution === undefined || known || SILENT.includes(event.to)) return null;
  return quiet(attempted({ ...execution, state: event.to, reason: event.reason }));
}

function closed(before: Incident | null, reason: string): Occurrence {
  const over = before?.state === 'resolved';
  return over ? quiet(`Closed: ${reason}`) : { purpose: 'resolve', loud: true, lines: [`Closed: ${reason}`] };
}
