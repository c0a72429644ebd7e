import { claimsFor, keepFor, releaseFor } from '../decision/claims.ts';
import { MANUAL_BLAST_RADIUS } from '../decision/manual.ts';
import type { GuardSpec, Policy } from '../model/catalogue.ts';
import type { ExecutionView, PlanView } from '../model/incident.ts';
import type { PlanTarget } from '../model/plan.ts';
import type { ReleaseClaim, TakeClaim } from '../ports/ledger.ts';
import type { Deps } from './deps.ts';
import { hostsDown } from './facts.ts';

export async function policyOf(deps: Deps, plan: PlanView): Promise<Policy | null> {
  return (await deps.catalogue.active()).policies.find(({ name }) => name === plan.policy) ?? null;
}

/** Host, place in the cluster, budget and cooldown: taken in the transaction that writes the intent down. */
export async function claimsOf(
  deps: Deps,
  plan: PlanView,
  target: PlanTarget,
  executionId: string,
): Promise<TakeClaim[]> {
  const policy = await policyOf(deps, plan);
  const { runbooks } = await deps.catalogue.active();
  const hosts = await deps.inventory.hosts();
  const blastRadius: GuardSpec['blastRadius'] = policy?.guards.blastRadius ?? MANUAL_BLAST_RADIUS;
  return claimsFor({
    policy,
    blastRadius,
    target,
    planTargets: plan.targets,
    executionId,
    now: deps.clock.now(),
    delivery: deps.settings.runner.delivery,
    timeoutSeconds: runbooks[plan.runbook]?.timeoutSeconds ?? 3600,
    hosts,
    downHosts: await hostsDown(deps, hosts),
  });
}

/** After an end that is known the host and its place are free again. */
export const releaseOf = ({ target, id }: ExecutionView): ReleaseClaim[] => releaseFor(target, id, 'succeeded');

const LOOK = 7 * 24 * 3_600_000;

/** An unknown execution keeps both until a person has looked, a week at most. */
export const keepOf = (deps: Deps, { target, id }: ExecutionView): TakeClaim[] =>
  keepFor(target, id, deps.clock.now() + LOOK);
