import type { Millis } from '../model/basic.ts';
import type { ExecutionView, Incident, PlanView } from '../model/incident.ts';
import { named, nameOf, watchesIn } from '../model/named.ts';
import type { Decision, PlanState, Verification } from '../model/plan.ts';
import { figure } from './sparkline.ts';
import { gaps, lasting, listed, place, utc } from './words.ts';

/** The whole story in plain words: wrong, since when, evidence, decided and why, what ran, before and after, what is next. */
export function story(incident: Incident, at: Millis): readonly string[] {
  const decision = incident.decisions.at(-1);
  return [
    ...wrong(incident, at),
    ...(decision === undefined ? [] : decided(decision)),
    ...incident.plans.flatMap((plan) => plan.executions.flatMap((one) => ran(one, plan))),
    ...next(incident),
  ];
}

function wrong(incident: Incident, at: Millis): readonly string[] {
  const { subject, episodes, openedAt, evidence } = incident;
  const firing = episodes.filter((episode) => episode.endsAt === null);
  const names = [
    ...new Set((firing.length > 0 ? firing : episodes).map((one) => named(one.alertname, watchesIn([one])))),
  ];
  const what = names.length > 0 ? listed(names) : subject.alertname;
  const since = episodes.reduce((first, episode) => Math.min(first, episode.startsAt), openedAt);
  const verb = incident.firstSignal === null ? 'was started by hand' : firing.length > 0 ? 'fires' : 'fired';
  return [
    `${what} ${verb} for ${place(subject)}, since ${utc(since)} (${lasting(at - since)}).`,
    ...(evidence === null || evidence.summary === '' ? [] : [`Evidence: ${evidence.summary}`]),
    ...(incident.diagnosis === 'failed' ? ['There is no evidence: the metrics could not be asked.'] : []),
    ...gaps(evidence?.missing ?? [])
      .slice(0, 3)
      .map(({ names, reason }) => `No data for ${names}: ${reason}`),
  ];
}

const hostsOf = (plan: { readonly targets: PlanView['targets'] }): string =>
  listed(plan.targets.map((target) => target.hostName));

/** What was decided, and the rules that refused or held it; a pass is only counted. */
export function decided(decision: Decision): readonly string[] {
  const against = decision.reasons.filter((reason) => reason.verdict !== 'pass');
  const passed = decision.reasons.length - against.length;
  const why = against.slice(0, 8).map((reason) => `Because ${reason.rule}: ${reason.text}`);
  const rules = passed === 0 ? [] : [`${passed} of ${decision.reasons.length} rules passed.`];
  return [outcome(decision), ...why, ...rules];
}

function outcome({ outcome: kind, plan, policy }: Decision): string {
  const run = plan === null ? 'nothing' : `${plan.runbook} on ${hostsOf(plan)}`;
  const by = policy === null ? '' : ` (policy ${policy})`;
  switch (kind) {
    case 'no-policy':
      return 'Decided: nothing runs, because no policy matches; a person is needed.';
    case 'observe':
      return `Decided: nothing runs, the policy only observes${by}.`;
    case 'shadow':
      return `Decided: in shadow, nothing is sent; ${run} would have run${by}.`;
    case 'suggest':
      return `Suggested: ${run}${by}.`;
    case 'approve':
      return `Decided: ${run}, when a person approves it${by}.`;
    case 'run':
      return plan?.dryRun === true ? `Decided: a dry run of ${run}${by}.` : `Decided: run ${run}${by}.`;
    case 'refuse':
      return `Decided: nothing runs, it was refused${by}.`;
  }
}

/** One execution as it stands, with its proof. */
export function ran(execution: ExecutionView, plan: Pick<PlanView, 'verification'>): readonly string[] {
  const proof = execution.verification;
  return [attempted(execution), ...(proof === null || plan.verification === null ? [] : [proven(proof)])];
}

export function attempted(execution: ExecutionView): string {
  const head = `${execution.runbook} on ${execution.target.hostName}`;
  const code = execution.exitCode === null ? '' : ` with exit code ${execution.exitCode}`;
  const why = execution.reason === '' ? '' : `: ${execution.reason}`;
  switch (execution.state) {
    case 'intent':
    case 'sending':
      return `${head} is about to be sent.`;
    case 'sent':
      return `${head} is running.`;
    case 'succeeded':
      return `${head} ended${code}; whether it cured anything is proven by a query.`;
    case 'unknown':
      return `${head}: nobody knows whether it ran${why}. It is not sent again without a person.`;
    default:
      return `${head} ${execution.state === 'timed-out' ? 'took too long' : `is ${execution.state}`}${code}${why}.`;
  }
}

const RESULTS = { verified: 'Proven', failed: 'Not cured', inconclusive: 'Not proven' } as const;

export function proven(proof: Verification): string {
  const change = `${figure(proof.before)} before, ${figure(proof.after)} after`;
  return `${RESULTS[proof.result]}: ${proof.expr} was ${change}. ${proof.reason}`.trim();
}

const NEXT: Readonly<Partial<Record<PlanState, string>>> = {
  dispatching: 'Next: the runbook is sent, then its cure is proven by a fresh query.',
  running: 'Next: when the runbook has ended, its cure is proven by a fresh query.',
  verifying: 'Next: fresh samples are awaited to prove the cure.',
  unknown: 'Next: a person looks on the host whether the runbook ran.',
};

/** What will happen, or what somebody must do. */
export function next(incident: Incident): readonly string[] {
  const { state } = incident;
  if (state === 'resolved') return ['Next: nothing; it closes by itself when it stays quiet.'];
  if (state === 'closed') return [];
  const plan = incident.plans.at(-1);
  if (plan?.state === 'awaiting-approval' || plan?.state === 'proposed') {
    return [`Next: somebody approves or rejects ${plan.runbook} before ${utc(plan.approveBy)}.`];
  }
  if (plan?.state === 'verified') return ['Next: the alert should stop by itself; if it does not, this escalates.'];
  const words = plan === undefined ? undefined : NEXT[plan.state];
  if (words !== undefined) return [words];
  if (state === 'acknowledged') return [`Next: ${incident.acknowledgedBy ?? 'somebody'} is on it.`];
  return ['Next: a person acknowledges it; unanswered it goes up the escalation chain.'];
}

/** The name under which an incident is spoken of. */
export const titleOf = (incident: Incident): string => `${nameOf(incident)} for ${place(incident.subject)}`;
