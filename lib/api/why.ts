import type { Incident } from '../model/incident.ts';
import { nameOf } from '../model/named.ts';
import type { Decision } from '../model/plan.ts';

const SIGN = { pass: 'passed', refuse: 'REFUSED', hold: 'held' } as const;

function outcomeOf(decision: Decision): string {
  const policy = decision.policy === null ? '' : ` by policy ${decision.policy}`;
  const plan = decision.plan;
  if (plan === null) return `${decision.outcome}${policy}`;
  const hosts = plan.targets.map((target) => target.hostName).join(', ');
  return `${decision.outcome}${policy}: runbook ${plan.runbook} on ${hosts || 'no host'}`;
}

/** Decisions as sentences, one line each, for whoever reads no JSON. */
export function explain(incident: Incident): string[] {
  const { summary } = incident.firstSignal?.annotations ?? {};
  const state = `${nameOf(incident)} (${incident.severity}) is ${incident.state}.`;
  const head = summary === undefined ? [state] : [state, summary];
  if (incident.decisions.length === 0) {
    const waiting = incident.diagnosis === 'wanted' ? 'the diagnosis is still wanted' : 'triage has not come to it yet';
    return [...head, `Nothing has been decided: ${waiting}.`];
  }
  const lines = incident.decisions.flatMap((decision) => [
    outcomeOf(decision),
    ...decision.reasons.map((reason) => `  ${SIGN[reason.verdict]} ${reason.rule}: ${reason.text}`),
  ]);
  const plans = incident.plans.map((plan) => `plan ${plan.id} (${plan.runbook}) is ${plan.state}: ${plan.reason}`);
  return [...head, ...lines, ...plans];
}
