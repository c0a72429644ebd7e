import { isoUtc } from '../language/time.ts';
import type { Millis } from '../model/basic.ts';
import type { BudgetRule } from '../model/catalogue.ts';
import type { PlanTarget } from '../model/plan.ts';

export const STOP_KEY = 'stop';
export const WINDOWS_KEY = 'windows';

const HOUR = 3_600_000;
const LENGTH: Readonly<Record<BudgetRule['per'], Millis>> = { hour: HOUR, day: 24 * HOUR };

/** One segment: names that hold a slash cannot be taken for two segments. Usual names stay as they are. */
const segment = (text: string): string => encodeURIComponent(text.toWellFormed());

export const demotionKey = (policy: string, cluster: string): string =>
  `demotion/${segment(policy)}/${segment(cluster)}`;

export const leaseKey = (hostId: string): string => `lease/host/${segment(hostId)}`;

export const slotKey = (cluster: string): string => `slot/cluster/${segment(cluster)}`;

export const cooldownKey = (policy: string, hostId: string): string => `cooldown/${segment(policy)}/${segment(hostId)}`;

/** The fixed UTC hour or day that `now` lies in: the first millisecond in it and the first after it. */
export function utcWindow(per: BudgetRule['per'], now: Millis): { readonly from: Millis; readonly until: Millis } {
  const from = Math.floor(now / LENGTH[per]) * LENGTH[per];
  return { from, until: from + LENGTH[per] };
}

const scopeId = (scope: BudgetRule['scope'], target: PlanTarget): string =>
  scope === 'host' ? target.hostId : scope === 'cluster' ? target.cluster : 'all';

export function budgetKey(rule: Pick<BudgetRule, 'scope' | 'per'>, target: PlanTarget, now: Millis): string {
  const start = isoUtc(utcWindow(rule.per, now).from);
  return `budget/${rule.scope}/${segment(scopeId(rule.scope, target))}/${rule.per}/${start}`;
}
