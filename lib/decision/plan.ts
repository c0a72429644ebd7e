import { canonicalJson } from '../model/canonical.ts';
import type { Plan } from '../model/plan.ts';

/** Lower-case hex of UTF-8 text. */
export type Sha256 = (text: string) => string;

/** Covers everything a plan does: an approval of one plan is none of another. */
export function planHash(plan: Omit<Plan, 'hash'>, sha256: Sha256): string {
  const { id, policy, runbook, runbookHash, effect, parameters, targets } = plan;
  const { autonomy, verification, selector, dryRun, bundleHash } = plan;
  const action = { id, policy, runbook, runbookHash, effect, parameters, targets };
  return sha256(canonicalJson({ ...action, autonomy, verification, selector, dryRun, bundleHash }));
}

export const sealed = (plan: Omit<Plan, 'hash'>, sha256: Sha256): Plan => ({ ...plan, hash: planHash(plan, sha256) });
