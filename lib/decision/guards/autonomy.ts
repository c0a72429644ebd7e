import { type Autonomy, lowerAutonomy } from '../../model/basic.ts';
import type { Policy } from '../../model/catalogue.ts';
import type { DemotionRecord } from '../../model/incident.ts';
import type { Reason } from '../../model/plan.ts';
import { clusterOf, type GuardContext } from '../context.ts';
import { type Fact, known, unknown } from '../facts.ts';
import { demotionKey } from '../keys.ts';
import { hold, ifKnown, pass, refuse } from '../reasons.ts';

/** What the policy says for this cluster, before any demotion. */
export function policyAutonomy(policy: Policy, cluster: string): Autonomy {
  const own = Object.hasOwn(policy.autonomyByCluster, cluster) ? policy.autonomyByCluster[cluster] : undefined;
  return own ?? policy.autonomy;
}

/** The lower of policy and ledger; a person who runs something by hand is the authority. */
export function effectiveAutonomy(context: GuardContext): Fact<Autonomy> {
  if (context.policy === null) return known('auto');
  const { demotion } = context.facts;
  if (!demotion.known) return demotion;
  const wanted = demotionKey(context.policy.name, clusterOf(context));
  if (demotion.value.key !== wanted) return unknown(`${demotion.value.key} was read instead of ${wanted}`);
  return known(lowered(policyAutonomy(context.policy, clusterOf(context)), demotion.value.value));
}

const lowered = (own: Autonomy, demotion: DemotionRecord | null): Autonomy =>
  demotion === null ? own : lowerAutonomy(own, demotion.to);

const MEANS: Readonly<Record<Autonomy, string>> = {
  observe: 'only observed',
  shadow: 'decided, nothing is sent',
  suggest: 'suggested to a person',
  approve: 'waits for an approval',
  auto: 'may run by itself',
};

export function autonomy(context: GuardContext): Reason {
  if (context.manual !== null) return pass('autonomy', `run by ${context.manual.name}`);
  if (context.policy === null) return refuse('autonomy', 'neither a policy nor a person stands behind it');
  const record = context.facts.demotion;
  return ifKnown('autonomy', effectiveAutonomy(context), (level) => {
    const why = record.known && record.value.value !== null ? ` (demoted: ${record.value.value.reason})` : '';
    const text = `${level} in ${clusterOf(context)}: ${MEANS[level]}${why}`;
    return level === 'auto' ? pass('autonomy', text) : hold('autonomy', text);
  });
}
