import { isoUtc } from '../../language/time.ts';
import type { Millis } from '../../model/basic.ts';
import { PLAN_ENDED, type Reason } from '../../model/plan.ts';
import type { GuardContext } from '../context.ts';
import { executionsOn } from '../propose.ts';
import { ifKnown, pass, refuse } from '../reasons.ts';

/** Executions per incident and host: the host that has seen most of them counts. */
export function attempts(context: GuardContext): Reason {
  const { policy, facts, own } = context;
  if (policy === null) return notAsked('attempts', context);
  return ifKnown('attempts', context.targets, (targets) => {
    const others = executionsOn(facts.incident, context.targets).filter(({ id }) => id !== own?.executionId);
    const most = Math.max(0, ...targets.map(({ hostId }) => others.filter((o) => o.target.hostId === hostId).length));
    const text = `${most} of ${policy.guards.attempts} attempts in this incident`;
    return most < policy.guards.attempts ? pass('attempts', text) : refuse('attempts', `${text}: a person is needed`);
  });
}

/** A second firing after a cure is an escalation, never a retry. */
export function recurrence(context: GuardContext): Reason {
  const { policy, facts } = context;
  if (policy === null) return notAsked('recurrence', context);
  return ifKnown('recurrence', facts.recentVerified, (recorded) => {
    const cured = Math.max(recorded ?? 0, ownCure(context));
    if (cured === 0 || facts.now - cured >= policy.guards.recurrence)
      return pass('recurrence', 'no cure of this trouble was verified lately');
    return refuse('recurrence', `a cure was verified ${isoUtc(cured)} and it is back: a person is needed`);
  });
}

/** The last verified plan of this incident other than the one being sent, 0 where there is none. */
function ownCure({ facts, own }: GuardContext): Millis {
  const plans = facts.incident?.plans ?? [];
  const cures = plans.filter(({ id, state }) => state === 'verified' && id !== own?.planId);
  return Math.max(0, ...cures.map(({ since }) => since));
}

/** A new signal while a plan runs never starts a second one on the same hosts. */
export function runningPlan({ facts, own, targets }: GuardContext): Reason {
  return ifKnown('running-plan', targets, (wanted) => {
    const live = (facts.incident?.plans ?? []).find(
      (plan) =>
        plan.id !== own?.planId &&
        !PLAN_ENDED.includes(plan.state) &&
        plan.targets.some(({ hostId }) => wanted.some((target) => target.hostId === hostId)),
    );
    if (live === undefined) return pass('running-plan', 'no other plan of this incident is under way here');
    return refuse('running-plan', `plan ${live.id} (${live.runbook}) is ${live.state} on the same hosts`);
  });
}

function notAsked(rule: string, { manual }: GuardContext): Reason {
  if (manual === null) return refuse(rule, 'neither a policy nor a person stands behind it');
  return pass(rule, `not asked: run by ${manual.name}`);
}
