import type { Host } from '../../model/host.ts';
import type { PlanTarget, Reason } from '../../model/plan.ts';
import type { HeldClaim } from '../../ports/ledger.ts';
import { allowedHosts } from '../blastRadius.ts';
import type { GuardContext } from '../context.ts';
import { slotKey } from '../keys.ts';
import { ifKnown, pass, refuse } from '../reasons.ts';

const RULE = 'blast-radius';

interface World {
  readonly hosts: readonly Host[];
  readonly down: readonly string[];
  readonly claims: readonly HeldClaim[];
}

/** Hosts out of order after this plan began: its own, those down already, and those that others work on. */
export const blastRadius = (context: GuardContext): Reason =>
  ifKnown(RULE, context.planTargets, (targets) =>
    ifKnown(RULE, context.facts.hosts, (hosts) =>
      ifKnown(RULE, context.facts.downHosts, (down) =>
        ifKnown(RULE, context.facts.claims, (claims) => measure(context, targets, { hosts, down, claims })),
      ),
    ),
  );

function measure(context: GuardContext, targets: readonly PlanTarget[], world: World): Reason {
  const clusters = [...new Set(targets.map(({ cluster }) => cluster))];
  const each = clusters.map((cluster) => inCluster(context, targets, world, cluster));
  const text = each.map(({ said }) => said).join('; ');
  if (each.length === 0) return refuse(RULE, 'there is no target');
  return each.every(({ within }) => within) ? pass(RULE, text) : refuse(RULE, text);
}

function inCluster(context: GuardContext, targets: readonly PlanTarget[], world: World, cluster: string) {
  const ids = world.hosts.filter((host) => host.cluster === cluster).map(({ id }) => id);
  const wanted = targets.filter((target) => target.cluster === cluster).map(({ hostId }) => hostId);
  const here = new Set(ids);
  const down = world.down.filter((id) => here.has(id) && !wanted.includes(id)).length;
  const slot = slotKey(cluster);
  const busy = world.claims.filter(
    ({ key, holder, until }) => key === slot && until > context.facts.now && holder !== context.own?.executionId,
  ).length;
  const allowed = allowedHosts(context.blastRadius, ids.length);
  const said = `${wanted.length} wanted, ${down} down and ${busy} worked on, of ${ids.length} in ${cluster}; ${allowed} allowed`;
  return { said, within: wanted.length + down + busy <= allowed };
}
