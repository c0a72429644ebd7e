import { type Actor, type Autonomy, type Labels, type Millis, SYSTEM } from '../model/basic.ts';
import type { Bundle, Policy } from '../model/catalogue.ts';
import type { Incident } from '../model/incident.ts';
import type { Decision, Plan, Reason } from '../model/plan.ts';
import type { Subject } from '../model/signal.ts';
import { clusterOf, type GuardContext } from './context.ts';
import type { GuardFacts } from './facts.ts';
import { effectiveAutonomy, policyAutonomy } from './guards/autonomy.ts';
import { askAll } from './guards.ts';
import { type Sha256, sealed } from './plan.ts';
import { type Proposal, propose } from './propose.ts';
import { hold, pass, refusals, refuse } from './reasons.ts';

export interface DecisionIds {
  readonly decisionId: string;
  readonly planId: string;
}

export interface DecideInput {
  readonly ids: DecisionIds;
  readonly bundle: Bundle;
  /** Of the alert the decision is about. */
  readonly labels: Labels;
  readonly subject: Subject;
  /** When its episode began, milliseconds. */
  readonly startsAt: Millis;
  /** What `$selector` stands for in this plan's queries. */
  readonly selector: string;
  readonly facts: GuardFacts & { readonly incident: Incident };
  readonly sha256: Sha256;
}

/** Decides one firing. The answer carries the reason of every guard, whatever the first of them said. */
export function decide(input: DecideInput): Decision {
  const { hosts, incident, last } = input.facts;
  const proposal = propose({ ...input, hosts, incident, ...(last !== undefined && { last }) });
  const { policy } = proposal;
  if (policy === null) return decision(input, SYSTEM, null, null, 'no-policy', proposal.reasons);
  const context = contextOf(input, proposal, policy);
  const level = levelOf(context, policy);
  const plan = planOf(context, input, level);
  const asked = askAll(context);
  const outcome = outcomeOf(level, context.dryRun, refusals(asked).length > 0);
  const reasons = [...proposal.reasons, ...asked, verdict(outcome, context, asked)];
  return decision(input, SYSTEM, policy.name, plan, outcome, reasons);
}

function contextOf(input: DecideInput, proposal: Proposal, policy: Policy): GuardContext {
  const { targets, runbook, parameters } = proposal;
  return {
    facts: input.facts,
    subject: input.subject,
    policy,
    manual: null,
    runbook,
    parameters,
    targets,
    planTargets: targets,
    verification: policy.verification,
    blastRadius: policy.guards.blastRadius,
    budget: policy.guards.budget,
    dryRun: policy.guards.dryRun,
    own: null,
  };
}

/** A demotion that could not be read can only lower: the policy's own level then still forbids what it forbids. */
function levelOf(context: GuardContext, policy: Policy): Autonomy {
  const level = effectiveAutonomy(context);
  return level.known ? level.value : policyAutonomy(policy, clusterOf(context));
}

type PlanInput = Pick<DecideInput, 'ids' | 'bundle' | 'selector' | 'sha256'>;

/** Null where runbook, targets or parameters could not be told. */
export function planOf(context: GuardContext, input: PlanInput, autonomy: Autonomy): Plan | null {
  const { runbook, targets, parameters, policy, verification, dryRun } = context;
  if (!runbook.known || !targets.known || !parameters.known) return null;
  const { name, hash, effect } = runbook.value;
  const plan = {
    id: input.ids.planId,
    policy: policy?.name ?? null,
    runbook: name,
    runbookHash: hash,
    effect,
    parameters: parameters.value,
    targets: targets.value,
    autonomy,
    verification,
    selector: input.selector,
    dryRun,
    bundleHash: input.bundle.hash,
  };
  return sealed(plan, input.sha256);
}

/** Only `auto` with every guard content runs. */
export function outcomeOf(level: Autonomy, dryRun: boolean, refused: boolean): Decision['outcome'] {
  if (level === 'observe') return 'observe';
  if (level === 'shadow' || dryRun) return 'shadow';
  if (refused) return 'refuse';
  return level === 'auto' ? 'run' : level;
}

/** The decision in one sentence, last in the list. */
export function verdict(outcome: Decision['outcome'], context: GuardContext, asked: readonly Reason[]): Reason {
  const against = [...new Set(refusals(asked).map(({ rule }) => rule))].join(', ');
  if (outcome === 'refuse') return refuse('outcome', `refused by ${against}`);
  if (outcome === 'run') return pass('outcome', `runs ${action(context)}`);
  const wish = against === '' ? `would have run ${action(context)}` : `would have refused: ${against}`;
  if (outcome === 'observe' || outcome === 'shadow') return hold('outcome', wish);
  return hold('outcome', `${outcome === 'suggest' ? 'suggests' : 'asks to run'} ${action(context)}`);
}

function action({ runbook, targets }: GuardContext): string {
  const hosts = targets.known ? targets.value.map(({ hostName }) => hostName).join(', ') : 'no host';
  return `${runbook.known ? runbook.value.name : 'no runbook'} on ${hosts}`;
}

export function decision(
  input: Pick<DecideInput, 'ids' | 'bundle'> & { readonly facts: GuardFacts },
  by: Actor,
  policy: string | null,
  plan: Plan | null,
  outcome: Decision['outcome'],
  reasons: readonly Reason[],
): Decision {
  const { ids, bundle, facts } = input;
  return { id: ids.decisionId, at: facts.now, bundleHash: bundle.hash, policy, outcome, reasons, plan, by };
}
