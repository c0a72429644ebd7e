import { isoUtc } from '../../language/time.ts';
import type { BudgetRule } from '../../model/catalogue.ts';
import type { PlanTarget, Reason } from '../../model/plan.ts';
import type { HeldClaim } from '../../ports/ledger.ts';
import type { GuardContext } from '../context.ts';
import { budgetKey, cooldownKey, leaseKey } from '../keys.ts';
import { ifKnown, pass, refuse } from '../reasons.ts';

type Ask = (targets: readonly PlanTarget[], others: readonly HeldClaim[]) => Reason;

/** Claims of everybody else that still stand. */
function withOthers(rule: string, { facts, targets, own }: GuardContext, ask: Ask): Reason {
  return ifKnown(rule, targets, (wanted) =>
    ifKnown(rule, facts.claims, (claims) =>
      ask(
        wanted,
        claims.filter(({ holder, until }) => until > facts.now && holder !== own?.executionId),
      ),
    ),
  );
}

export const lease = (context: GuardContext): Reason =>
  withOthers('lease', context, (targets, others) => {
    const keys = new Set(targets.map(({ hostId }) => leaseKey(hostId)));
    const taken = others.find(({ key }) => keys.has(key));
    if (taken === undefined) return pass('lease', 'nothing else works on these hosts');
    return refuse('lease', `${taken.key} is held by ${taken.holder} until ${isoUtc(taken.until)}`);
  });

export function cooldown(context: GuardContext): Reason {
  const { policy, manual } = context;
  if (policy === null)
    return manual === null
      ? refuse('cooldown', 'neither a policy nor a person stands behind it')
      : pass('cooldown', `not asked: run by ${manual.name}`);
  return withOthers('cooldown', context, (targets, others) => {
    const keys = new Set(targets.map(({ hostId }) => cooldownKey(policy.name, hostId)));
    const warm = others.find(({ key }) => keys.has(key));
    if (warm === undefined) return pass('cooldown', `${policy.name} has cooled down on these hosts`);
    return refuse('cooldown', `${policy.name} ran here and cools down until ${isoUtc(warm.until)}`);
  });
}

export const budget = (context: GuardContext): Reason =>
  withOthers('budget', context, (targets, others) => {
    const spent = context.budget.flatMap((rule) => overspent(context, rule, targets, others));
    if (spent.length > 0) return refuse('budget', spent.join('; '));
    return pass('budget', context.budget.length === 0 ? 'no budget is set' : 'within every budget');
  });

/** A text for each budget key that the targets together would overdraw. */
function overspent(
  { facts }: GuardContext,
  rule: BudgetRule,
  targets: readonly PlanTarget[],
  others: readonly HeldClaim[],
): string[] {
  const keys = targets.map((target) => budgetKey(rule, target, facts.now));
  return [...new Set(keys)].flatMap((key) => {
    const used = others.filter((claim) => claim.key === key).length;
    const wanted = keys.filter((one) => one === key).length;
    return used + wanted <= rule.max ? [] : [`${used} of ${rule.max} used and ${wanted} wanted of ${key}`];
  });
}
