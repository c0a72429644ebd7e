import { isoUtc } from '../../language/time.ts';
import type { WindowRecord } from '../../model/incident.ts';
import type { PlanTarget, Reason } from '../../model/plan.ts';
import type { GuardContext } from '../context.ts';
import { ifKnown, pass, refuse } from '../reasons.ts';
import { windowApplies } from '../windows.ts';

export const stop = ({ facts }: GuardContext): Reason =>
  ifKnown('stop', facts.stop, ({ value }) => {
    if (value === null) return pass('stop', 'there is no global stop');
    if (value.until <= facts.now) return pass('stop', `the global stop ended ${isoUtc(value.until)}`);
    return refuse('stop', `global stop by ${value.by} until ${isoUtc(value.until)}: ${value.reason}`);
  });

export const maintenance = (context: GuardContext): Reason =>
  ifKnown('maintenance', context.facts.windows, ({ value }) => window(context, 'maintenance', value ?? []));

/** A freeze forbids what changes a host; what only reads goes on. */
export const freeze = (context: GuardContext): Reason =>
  ifKnown('freeze', context.facts.windows, ({ value }) =>
    ifKnown('freeze', context.runbook, ({ effect }) =>
      effect === 'read' ? pass('freeze', 'it only reads') : window(context, 'freeze', value ?? []),
    ),
  );

function window(context: GuardContext, kind: WindowRecord['kind'], records: readonly WindowRecord[]): Reason {
  return ifKnown(kind, context.targets, (targets) => {
    const open = records.find(
      (record) => record.kind === kind && targets.some((host) => covers(context, record, host)),
    );
    if (open === undefined) return pass(kind, `no ${kind} window is open here`);
    return refuse(kind, `${kind} window ${open.id} by ${open.by}: ${open.reason}`);
  });
}

/** A window may name the host by its id or by its name, and the service by any that the action would touch. */
function covers(context: GuardContext, record: WindowRecord, target: PlanTarget): boolean {
  const { cluster, hostId, hostName } = target;
  return [hostId, hostName].some((host) =>
    servicesOf(context, target).some((service) => windowApplies(record, { cluster, host, service }, context.facts.now)),
  );
}

/** An alert about no service in particular is about the whole host, and so about all that runs there. */
function servicesOf({ facts, subject, policy }: GuardContext, target: PlanTarget): readonly (string | null)[] {
  const meant = policy?.targets.from === 'service' ? [policy.targets.service] : [];
  if (subject.service !== null) return [subject.service, ...meant];
  const host = facts.hosts.known ? facts.hosts.value.find(({ id }) => id === target.hostId) : undefined;
  return [null, ...meant, ...(host?.services ?? [])];
}
