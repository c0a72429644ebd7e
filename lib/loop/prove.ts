import { currentExecution, move, nextTarget } from '../action/executions.ts';
import { demotionKey } from '../decision/keys.ts';
import type { DemotionRecord, ExecutionView, Incident, IncidentEvent, PlanView } from '../model/incident.ts';
import type { Verification, VerificationResult } from '../model/plan.ts';
import { verify } from '../verification/verify.ts';
import type { Change } from './change.ts';
import { cureRecord } from './cures.ts';
import { escalation } from './deadline.ts';
import type { Deps } from './deps.ts';
import { selectorOfTarget } from './facts.ts';
import { prometheusTime } from './poll.ts';

/** Looks for the proof that the cure worked. Exit code 0 is not a cure, and inconclusive is never success. */
export async function prove(deps: Deps, incident: Incident, plan: PlanView): Promise<Change | null> {
  const execution = currentExecution(plan);
  if (execution === null) return null;
  if (plan.verification === null) return unproven(plan, execution, deps);
  if (deps.metrics === null)
    return conclude(deps, incident, plan, execution, none(deps, plan, 'no Prometheus is configured'));
  const ended = execution.endedAtPrometheus ?? (await prometheusTime(deps, execution.endedAt ?? execution.since));
  if (ended === null) return waitForPrometheus(deps, incident, plan, execution);
  if (execution.endedAtPrometheus === null)
    return { events: [move(execution, 'succeeded', execution.reason, { endedAtPrometheus: ended })] };
  const { verification: spec } = plan;
  const answer = await verify(
    {
      spec,
      selector: selectorOfTarget(deps, incident, plan, execution.target),
      endedAtPrometheus: ended,
      before: execution.before,
      ...(execution.endedAt !== null && { endedAt: execution.endedAt }),
    },
    deps.metrics,
    deps.clock.now(),
  );
  if (answer.state === 'waiting') return { events: [], again: answer.retryAt };
  return conclude(deps, incident, plan, execution, answer.verification);
}

const RETRY = 2_000;

function waitForPrometheus(
  deps: Deps,
  incident: Incident,
  plan: PlanView,
  execution: ExecutionView,
): Promise<Change> | Change {
  const limit = (plan.verification?.stabilisation ?? 0) + (plan.verification?.within ?? 0);
  if (deps.clock.now() < (execution.endedAt ?? execution.since) + limit)
    return { events: [], again: deps.clock.now() + RETRY };
  return conclude(deps, incident, plan, execution, none(deps, plan, 'Prometheus could not be asked in time'));
}

function none(deps: Deps, plan: PlanView, reason: string): Verification {
  const expr = plan.verification?.expr ?? '';
  return { result: 'inconclusive', at: deps.clock.now(), expr, reason, before: null, after: null, freshFrom: null };
}

/** A manual run of a runbook that proves nothing ends when its last command did. */
function unproven(plan: PlanView, execution: ExecutionView, deps: Deps): Change {
  if (nextTarget(plan) !== null)
    return { events: [{ type: 'plan.moved', planId: plan.id, to: 'dispatching', reason: 'the next host' }] };
  const verification = none(deps, plan, 'the run declares no verification');
  return {
    events: [
      { type: 'verification.made', planId: plan.id, executionId: execution.id, verification },
      { type: 'plan.moved', planId: plan.id, to: 'inconclusive', reason: verification.reason },
    ],
  };
}

async function conclude(
  deps: Deps,
  incident: Incident,
  plan: PlanView,
  execution: ExecutionView,
  found: Verification,
): Promise<Change> {
  const verification = { ...found, before: finite(found.before), after: finite(found.after) };
  const made: IncidentEvent = { type: 'verification.made', planId: plan.id, executionId: execution.id, verification };
  if (verification.result === 'verified') return verified(deps, incident, plan, made, verification);
  const reason = `${plan.runbook} on ${execution.target.hostName}: ${verification.result}, ${verification.reason}`;
  return {
    events: [
      made,
      { type: 'plan.moved', planId: plan.id, to: verification.result, reason },
      escalation(deps, incident, reason),
    ],
    records: verification.result === 'failed' ? await demotion(deps, plan, execution, reason) : [],
  };
}

async function verified(
  deps: Deps,
  incident: Incident,
  plan: PlanView,
  made: IncidentEvent,
  proof: Verification,
): Promise<Change> {
  const more = nextTarget(plan) !== null;
  const to: VerificationResult | 'dispatching' = more ? 'dispatching' : 'verified';
  const reason = more ? `${proof.reason}; the next host` : proof.reason;
  const policy = (await deps.catalogue.active()).policies.find(({ name }) => name === plan.policy);
  const cured = more || policy === undefined ? [] : [await cureRecord(deps, incident, policy.guards.recurrence)];
  return { events: [made, { type: 'plan.moved', planId: plan.id, to, reason }], records: cured };
}

/** A failed proof takes the policy's autonomy in this cluster down to `suggest`, until a named person lifts it. */
async function demotion(deps: Deps, plan: PlanView, { target }: ExecutionView, reason: string) {
  // A runbook that changes nothing cannot have made it worse.
  if (plan.policy === null || plan.effect === 'read') return [];
  const key = demotionKey(plan.policy, target.cluster);
  const { version } = await deps.ledger.record(key);
  const value: DemotionRecord = {
    policy: plan.policy,
    cluster: target.cluster,
    to: 'suggest',
    reason,
    at: deps.clock.now(),
  };
  return [{ key, expectedVersion: version, value }];
}

/** A value that is not a number is no value; the audit holds JSON. */
export const finite = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;
