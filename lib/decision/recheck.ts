import { isoUtc } from '../language/time.ts';
import type { Actor } from '../model/basic.ts';
import type { Bundle, Policy } from '../model/catalogue.ts';
import { refused } from '../model/errors.ts';
import type { Incident, PlanView } from '../model/incident.ts';
import type { PlanTarget, Reason } from '../model/plan.ts';
import type { Runbook } from '../model/runbook.ts';
import type { Condition, LedgerRecord } from '../ports/ledger.ts';
import type { GuardContext } from './context.ts';
import { type Fact, type GuardFacts, known, unknown } from './facts.ts';
import { effectiveAutonomy } from './guards/autonomy.ts';
import { askAll } from './guards.ts';
import { demotionKey, leaseKey, STOP_KEY, WINDOWS_KEY } from './keys.ts';
import { MANUAL_BLAST_RADIUS } from './manual.ts';
import { planHash, type Sha256 } from './plan.ts';
import { checkedValues, runbookOf } from './propose.ts';
import { ifKnown, pass, refuse } from './reasons.ts';

export interface RecheckInput {
  readonly facts: GuardFacts & { readonly incident: Incident };
  readonly bundle: Bundle;
  readonly plan: PlanView;
  /** The one host that is next. */
  readonly target: PlanTarget;
  readonly executionId: string;
  /** Before the claims are taken, or with them in hand just before the command goes out. */
  readonly moment: 'intent' | 'sending';
  /** Who approved which plan; null where nobody did. */
  readonly approval: { readonly by: string; readonly planHash: string } | null;
  /** Who decided the plan: for a manual run the person. */
  readonly by: Actor;
  readonly sha256: Sha256;
}

export interface Recheck {
  readonly reasons: readonly Reason[];
  /** Every single reason is a pass. */
  readonly ok: boolean;
}

/** All guards once more for one host of a plan, with what they can only know now in place of what was decided. */
export function recheckAtSending(input: RecheckInput): Recheck {
  const context = contextOf(input);
  const now: Readonly<Record<string, Reason>> = {
    autonomy: approved(input, context),
    'dry-run': input.plan.dryRun ? refuse('dry-run', 'a dry run is never sent') : pass('dry-run', 'not a dry run'),
    ...(input.moment === 'sending' && { lease: leaseHeld(input) }),
  };
  const reasons = [...askAll(context).map((reason) => now[reason.rule] ?? reason), whole(input)];
  return { reasons, ok: reasons.every(({ verdict }) => verdict === 'pass') };
}

function contextOf(input: RecheckInput): GuardContext {
  const { facts, plan, bundle, executionId } = input;
  const policy = bundle.policies.find(({ name }) => name === plan.policy) ?? null;
  const runbook = sameRunbook(bundle, plan);
  return {
    facts,
    subject: facts.incident.subject,
    policy,
    manual: plan.policy === null ? input.by : null,
    runbook,
    parameters: runbook.known ? checkedValues(runbook.value, plan.parameters) : runbook,
    targets: sameHost(input),
    planTargets: known(plan.targets),
    verification: plan.verification,
    ...limitsOf(policy),
    dryRun: plan.dryRun,
    own: { planId: plan.id, executionId },
  };
}

const limitsOf = (policy: Policy | null) => ({
  blastRadius: policy?.guards.blastRadius ?? MANUAL_BLAST_RADIUS,
  budget: policy?.guards.budget ?? [],
});

function sameRunbook(bundle: Bundle, plan: PlanView): Fact<Runbook> {
  const runbook = runbookOf(bundle, plan.runbook);
  if (!runbook.known || runbook.value.hash === plan.runbookHash) return runbook;
  return unknown(`${plan.runbook} was changed after the plan was made`);
}

/** Identity is read again: the same id, name and cluster, reachable, and not a machine younger than the plan. */
function sameHost({ facts, target, plan }: RecheckInput): Fact<readonly PlanTarget[]> {
  if (!facts.hosts.known) return facts.hosts;
  if (!plan.targets.some(({ hostId }) => hostId === target.hostId))
    return unknown(`${target.hostName} is not in the plan`);
  const [host, ...more] = facts.hosts.value.filter(({ id }) => id === target.hostId);
  if (host === undefined || more.length > 0)
    return unknown(`the inventory has ${host === undefined ? 'no host' : 'several hosts'} ${target.hostId}`);
  if (host.name !== target.hostName || host.cluster !== target.cluster)
    return unknown(`${target.hostId} is now ${host.name} in ${host.cluster}`);
  if (host.state !== 'online') return unknown(`${host.name} is ${host.state}`);
  if (host.launchedAt !== null && host.launchedAt >= plan.decidedAt)
    return unknown(`${host.name} was launched ${isoUtc(host.launchedAt)}, after the plan was made`);
  return known([target]);
}

/** Anything below `auto`, then or now, needs a person's approval of exactly this plan. */
function approved(input: RecheckInput, context: GuardContext): Reason {
  const { plan, approval } = input;
  if (context.manual !== null) return pass('autonomy', `run by ${context.manual.name}`);
  if (context.policy === null) return refuse('autonomy', `policy ${plan.policy} is no longer there`);
  return ifKnown('autonomy', effectiveAutonomy(context), (level) => {
    if (level === 'observe' || level === 'shadow') return refuse('autonomy', `the policy is at ${level} now`);
    if (level === 'auto' && plan.autonomy === 'auto') return pass('autonomy', 'auto');
    if (approval === null) return refuse('autonomy', `${level} needs an approval, and there is none`);
    if (approval.planHash !== plan.hash) return refuse('autonomy', `${approval.by} approved another plan`);
    return pass('autonomy', `approved by ${approval.by}`);
  });
}

function leaseHeld({ facts, target, executionId }: RecheckInput): Reason {
  return ifKnown('lease', facts.claims, (claims) => {
    const key = leaseKey(target.hostId);
    const own = claims.find((claim) => claim.key === key && claim.holder === executionId && claim.until > facts.now);
    if (own === undefined) return refuse('lease', `${executionId} does not hold ${key}`);
    return pass('lease', `held until ${isoUtc(own.until)}`);
  });
}

/** The plan is still, to the letter, the one that was decided and approved. */
function whole({ plan, sha256 }: RecheckInput): Reason {
  if (planHash(plan, sha256) === plan.hash) return pass('plan', `plan ${plan.hash.slice(0, 12)}`);
  return refuse('plan', 'the plan is not the one its hash belongs to');
}

/**
 * What must still hold in the transaction that writes `sending`. Throws `refused` `decision.facts` when it was not known: then
 * nothing may be sent.
 */
export function conditionsFor(
  facts: Pick<GuardFacts, 'stop' | 'windows' | 'demotion'>,
  plan: Pick<PlanView, 'policy'>,
  target: PlanTarget,
  executionId: string,
): readonly Condition[] {
  const conditions: Condition[] = [versionOf(STOP_KEY, facts.stop), versionOf(WINDOWS_KEY, facts.windows)];
  if (plan.policy !== null) conditions.push(versionOf(demotionKey(plan.policy, target.cluster), facts.demotion));
  return [...conditions, { type: 'claim-held', key: leaseKey(target.hostId), holder: executionId }];
}

function versionOf(key: string, fact: Fact<LedgerRecord>): Condition {
  if (fact.known && fact.value.key === key) return { type: 'record-version', key, version: fact.value.version };
  const why = fact.known ? `${fact.value.key} was read` : fact.reason;
  throw refused('decision.facts', `${key} is not known: ${why}`, { field: key });
}
