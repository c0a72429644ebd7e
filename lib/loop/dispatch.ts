import { currentExecution, executionId, intent, move, nextTarget } from '../action/executions.ts';
import { livePlan } from '../incidents/plans.ts';
import { describe, isNightshiftError } from '../model/errors.ts';
import type { ExecutionView, Incident, PlanView } from '../model/incident.ts';
import type { PlanTarget } from '../model/plan.ts';
import type { SendRequest } from '../ports/runner.ts';
import { measure } from '../verification/measure.ts';
import { append, type Change, change } from './change.ts';
import { claimsOf, releaseOf } from './claims.ts';
import { escalation } from './deadline.ts';
import type { Deps } from './deps.ts';
import { selectorOfTarget } from './facts.ts';
import { unknown } from './poll.ts';
import { finite } from './prove.ts';
import { recheck } from './recheck.ts';

/**
 * At most once, provably: one transaction for the claims and the intent; a conditional write intent → sending whose one winner
 * sends, once; then the command id. Whoever finds an execution in `sending` without having put it there looks for the
 * command and never sends again. Returns the incident as it is then.
 */
export async function dispatch(deps: Deps, incident: Incident, plan: PlanView): Promise<Incident> {
  const execution = currentExecution(plan);
  if (execution?.state === 'sending') return recover(deps, incident, plan, execution);
  if (execution?.state === 'intent') return send(deps, incident, plan, execution);
  const target = nextTarget(plan);
  if (target === null) return write(deps, incident, end(plan, 'inconclusive', 'the plan names no host'));
  return plan.dryRun
    ? write(deps, incident, end(plan, 'shadowed', dryWords(plan)))
    : claim(deps, incident, plan, target);
}

type Receiver = Pick<SendRequest, 'host' | 'runbook'>;

const write = (deps: Deps, incident: Incident, change: Change) => append(deps, incident, incident.id, change);

const end = (plan: PlanView, to: 'refused' | 'shadowed' | 'inconclusive', reason: string): Change => ({
  events: [{ type: 'plan.moved', planId: plan.id, to, reason }],
});

const dryWords = (plan: PlanView) =>
  `dry run: ${plan.runbook} would have run on ${plan.targets.map(({ hostName }) => hostName).join(', ')}`;

async function claim(deps: Deps, incident: Incident, plan: PlanView, target: PlanTarget): Promise<Incident> {
  const id = executionId(plan, target);
  const asked = await recheck(deps, incident, plan, target, null);
  if (asked.refusal !== null) return write(deps, incident, refusal(deps, incident, plan, asked.refusal));
  const notAfter = deps.clock.now() + deps.settings.runner.delivery;
  const before = await valueBefore(deps, incident, plan, target);
  try {
    return await write(deps, incident, {
      events: [intent(plan, target, notAfter, before)],
      take: await claimsOf(deps, plan, target, id),
      conditions: asked.conditions,
    });
  } catch (error) {
    if (!isNightshiftError(error) || error.code !== 'ledger.claim') throw error;
    return write(deps, incident, refusal(deps, incident, plan, `somebody else holds ${error.field ?? 'a claim'}`));
  }
}

const refusal = (deps: Deps, incident: Incident, plan: PlanView, reason: string): Change => ({
  events: [
    ...end(plan, 'refused', reason).events,
    escalation(deps, incident, `${plan.runbook} was not run: ${reason}`),
  ],
});

/** Evidence, not a guard: a missing value does not stop the cure, its verification decides for itself. */
async function valueBefore(deps: Deps, incident: Incident, plan: PlanView, target: PlanTarget): Promise<number | null> {
  if (deps.metrics === null || plan.verification === null) return null;
  try {
    const selector = selectorOfTarget(deps, incident, plan, target);
    return finite(await measure(plan.verification, selector, deps.metrics));
  } catch (error) {
    deps.log.warn('the value before the cure is not known', { plan: plan.id, error: describe(error) });
    return null;
  }
}

async function send(deps: Deps, incident: Incident, plan: PlanView, execution: ExecutionView): Promise<Incident> {
  const asked = await recheck(deps, incident, plan, execution.target, execution.id);
  const late = deps.clock.now() >= execution.notAfter ? 'its time to begin is over' : null;
  const reason = asked.refusal ?? late;
  if (reason !== null || asked.host === null || asked.runbook === null)
    return write(deps, incident, undone(deps, incident, plan, execution, reason ?? 'host or runbook is gone'));
  const sending = await write(deps, incident, {
    events: [move(execution, 'sending', 'all guards passed at the moment of sending')],
    conditions: asked.conditions,
  });
  return deliver(deps, sending, plan, execution, { host: asked.host, runbook: asked.runbook });
}

/** Nothing was sent: the claims go back and a person is told why. */
function undone(deps: Deps, incident: Incident, plan: PlanView, execution: ExecutionView, reason: string): Change {
  const { events } = refusal(deps, incident, plan, reason);
  return { events: [move(execution, 'refused', reason), ...events], release: releaseOf(execution) };
}

/** What is written after sending goes onto the incident as it is then: people may have acted on it meanwhile. */
const afterwards = (
  deps: Deps,
  id: string,
  execution: string,
  what: (incident: Incident, plan: PlanView, execution: ExecutionView) => Change,
): Promise<Incident> =>
  change(deps, id, (incident) => {
    const plan = livePlan(incident);
    const current = plan?.executions.find((one) => one.id === execution);
    return plan !== null && current?.state === 'sending' ? what(incident, plan, current) : null;
  });

async function deliver(
  deps: Deps,
  incident: Incident,
  plan: PlanView,
  execution: ExecutionView,
  to: Receiver,
): Promise<Incident> {
  const { id, notAfter } = execution;
  let commandId: string;
  try {
    commandId = (await deps.runner.send({ executionId: id, ...to, parameters: plan.parameters, notAfter })).commandId;
  } catch (error) {
    if (isNightshiftError(error) && (error.kind === 'refused' || error.kind === 'input'))
      return afterwards(deps, incident.id, id, (now, live, one) => undone(deps, now, live, one, describe(error)));
    deps.log.error('nobody knows whether the command was sent', { execution: id, error: describe(error) });
    return recover(deps, incident, plan, execution);
  }
  return afterwards(deps, incident.id, id, (_, live, one) => sent(live, one, commandId));
}

const sent = (plan: PlanView, execution: ExecutionView, commandId: string): Change => ({
  events: [
    move(execution, 'sent', `command ${commandId}`, { commandId }),
    { type: 'plan.moved', planId: plan.id, to: 'running', reason: `sent to ${execution.target.hostName}` },
  ],
});

/** Found in `sending`: looked for, never sent again. Absence is no proof that it was not sent. */
async function recover(deps: Deps, incident: Incident, plan: PlanView, execution: ExecutionView): Promise<Incident> {
  const until = execution.since + deps.sendingGrace;
  if (deps.clock.now() < until) return write(deps, incident, { events: [], again: until });
  const commandId = await deps.runner.find(execution.id, plan.runbook, execution.intentAt);
  return afterwards(deps, incident.id, execution.id, (now, live, one) =>
    commandId === null
      ? unknown(deps, now, live, one, 'Nightshift stopped while sending it')
      : sent(live, one, commandId),
  );
}
