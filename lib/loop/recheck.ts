import { executionId } from '../action/executions.ts';
import { conditionsFor, recheckAtSending } from '../decision/recheck.ts';
import { SYSTEM } from '../model/basic.ts';
import { describe } from '../model/errors.ts';
import type { Host } from '../model/host.ts';
import type { Incident, PlanView } from '../model/incident.ts';
import type { PlanTarget } from '../model/plan.ts';
import type { Runbook } from '../model/runbook.ts';
import type { Condition } from '../ports/ledger.ts';
import { policyOf } from './claims.ts';
import type { Deps } from './deps.ts';
import { readFacts, selectorsOfPlace } from './facts.ts';

export interface Rechecked {
  /** Null when every guard passes. */
  readonly refusal: string | null;
  readonly conditions: readonly Condition[];
  readonly host: Host | null;
  readonly runbook: Runbook | null;
}

/** The guards once more for one host, with what is known now. `held` is the execution that has its claims, null before. */
export async function recheck(
  deps: Deps,
  incident: Incident,
  plan: PlanView,
  target: PlanTarget,
  held: string | null,
): Promise<Rechecked> {
  const bundle = await deps.catalogue.active();
  const policy = await policyOf(deps, plan);
  const labels = labelsOf(incident, plan);
  const selectors = selectorsOfPlace(deps, incident, labels);
  const facts = await readFacts(deps, { incident, policy, targets: [target], selectors });
  const id = held ?? executionId(plan, target);
  const approval = plan.approvedBy === null ? null : { by: plan.approvedBy, planHash: plan.hash };
  const decision = incident.decisions.find((one) => one.plan?.id === plan.id);
  const { ok, reasons } = recheckAtSending({
    facts: { ...facts, incident },
    bundle,
    plan,
    target,
    executionId: id,
    moment: held === null ? 'intent' : 'sending',
    approval,
    by: decision?.by ?? SYSTEM,
    sha256: deps.sha256,
  });
  const host = facts.hosts.known ? (facts.hosts.value.find((one) => one.id === target.hostId) ?? null) : null;
  const runbook = bundle.runbooks[plan.runbook] ?? null;
  if (!ok) {
    const against = reasons.filter(({ verdict }) => verdict !== 'pass').map(({ rule, text }) => `${rule}: ${text}`);
    return { refusal: against.join('; '), conditions: [], host, runbook };
  }
  return { ...conditionsOf(() => conditionsFor(facts, plan, target, id), held), host, runbook };
}

function conditionsOf(
  make: () => readonly Condition[],
  held: string | null,
): Pick<Rechecked, 'refusal' | 'conditions'> {
  try {
    const all = make();
    // The lease is taken in the same transaction as the intent; it can be a condition only afterwards.
    return { refusal: null, conditions: held === null ? all.filter(({ type }) => type !== 'claim-held') : all };
  } catch (error) {
    return { refusal: describe(error), conditions: [] };
  }
}

function labelsOf(incident: Incident, plan: PlanView) {
  const decided = incident.episodes.find(
    ({ alertname }) => plan.policy !== null && alertname === incident.subject.alertname,
  );
  return (decided ?? incident.episodes[0])?.labels ?? {};
}
