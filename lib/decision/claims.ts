import type { Duration, Millis } from '../model/basic.ts';
import type { BudgetRule, GuardSpec, Policy } from '../model/catalogue.ts';
import type { Host } from '../model/host.ts';
import type { ExecutionState, PlanTarget } from '../model/plan.ts';
import type { ReleaseClaim, TakeClaim } from '../ports/ledger.ts';
import { freeSlots } from './blastRadius.ts';
import { budgetKey, cooldownKey, leaseKey, slotKey, utcWindow } from './keys.ts';

/** A host that says nothing this long after its command must have ended leaves the execution unknown. */
export const SILENCE: Duration = 5 * 60_000;
/** Beyond delivery and the script's own limit: until its end is known, or known to be unknown, the host is nobody else's. */
export const LEASE_MARGIN: Duration = SILENCE + 3 * 60_000;

export interface ClaimInput {
  /** Null for a manual run: no cooldown and no budget. */
  readonly policy: Pick<Policy, 'name' | 'guards'> | null;
  readonly blastRadius: GuardSpec['blastRadius'];
  readonly target: PlanTarget;
  /** All hosts of the plan. */
  readonly planTargets: readonly PlanTarget[];
  readonly executionId: string;
  readonly now: Millis;
  /** How long a command may wait for its host, milliseconds. */
  readonly delivery: Duration;
  /** The runbook's own limit, seconds. */
  readonly timeoutSeconds: number;
  readonly hosts: readonly Host[];
  readonly downHosts: readonly string[];
}

/** The latest time at which the script can still be running, and a margin. */
export const leaseUntil = (input: Pick<ClaimInput, 'now' | 'delivery' | 'timeoutSeconds'>): Millis =>
  input.now + input.delivery + input.timeoutSeconds * 1000 + LEASE_MARGIN;

/** What one execution takes before it is written down: the transaction refuses it where another was first. */
export function claimsFor(input: ClaimInput): TakeClaim[] {
  const { target, executionId: holder, now, policy } = input;
  const until = leaseUntil(input);
  const places: TakeClaim[] = [
    { key: leaseKey(target.hostId), holder, limit: 1, until },
    { key: slotKey(target.cluster), holder, limit: slotsFree(input), until },
  ];
  if (policy === null) return places;
  return [...places, ...budgets(policy.guards.budget, target, holder, now), ...cooling(policy, target, holder, now)];
}

function slotsFree({ blastRadius, hosts, downHosts, planTargets, target }: ClaimInput): number {
  const ids = hosts.filter(({ cluster }) => cluster === target.cluster).map(({ id }) => id);
  const own = planTargets.map(({ hostId }) => hostId);
  const down = downHosts.filter((id) => ids.includes(id) && !own.includes(id)).length;
  return freeSlots(blastRadius, ids.length, down);
}

function budgets(rules: readonly BudgetRule[], target: PlanTarget, holder: string, now: Millis): TakeClaim[] {
  const byKey = new Map<string, TakeClaim>();
  for (const rule of rules) {
    const key = budgetKey(rule, target, now);
    const limit = Math.min(rule.max, byKey.get(key)?.limit ?? rule.max);
    byKey.set(key, { key, holder, limit, until: utcWindow(rule.per, now).until });
  }
  return [...byKey.values()];
}

function cooling({ name, guards }: Pick<Policy, 'name' | 'guards'>, target: PlanTarget, holder: string, now: Millis) {
  if (guards.cooldown <= 0) return [];
  return [{ key: cooldownKey(name, target.hostId), holder, limit: 1, until: now + guards.cooldown }];
}

/** The keys whose holders the guards want to know, for one target. */
export function claimKeys(
  policy: Pick<Policy, 'name' | 'guards'> | null,
  target: PlanTarget,
  now: Millis,
): readonly string[] {
  const places = [leaseKey(target.hostId), slotKey(target.cluster)];
  if (policy === null) return places;
  const spent = policy.guards.budget.map((rule) => budgetKey(rule, target, now));
  return [...new Set([...places, ...spent, cooldownKey(policy.name, target.hostId)])];
}

const UNDER_WAY: readonly ExecutionState[] = ['intent', 'sending', 'sent', 'unknown'];

/**
 * What an execution gives back at its end: its host and its place. Budget and cooldown run out by themselves. Nothing while
 * it may still be running, which is also what `unknown` means.
 */
export function releaseFor(target: PlanTarget, executionId: string, state: ExecutionState): ReleaseClaim[] {
  if (UNDER_WAY.includes(state)) return [];
  return [leaseKey(target.hostId), slotKey(target.cluster)].map((key) => ({ key, holder: executionId }));
}

/** An unknown execution keeps its host and its place until a person has looked. */
export function keepFor(target: PlanTarget, executionId: string, until: Millis): TakeClaim[] {
  // It has both already: that it is unknown must be written down, also where others took theirs since.
  const limit = Number.MAX_SAFE_INTEGER;
  return [leaseKey(target.hostId), slotKey(target.cluster)].map((key) => ({ key, holder: executionId, limit, until }));
}
