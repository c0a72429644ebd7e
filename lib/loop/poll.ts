import { currentExecution, move } from '../action/executions.ts';
import { SILENCE } from '../decision/claims.ts';
import { describe } from '../model/errors.ts';
import type { ExecutionView, Incident, PlanView } from '../model/incident.ts';
import type { ExecutionState } from '../model/plan.ts';
import type { RunStatus } from '../model/runbook.ts';
import { endedAtPrometheus } from '../verification/ended.ts';
import type { Change } from './change.ts';
import { keepOf, releaseOf } from './claims.ts';
import { escalation } from './deadline.ts';
import type { Deps } from './deps.ts';

/** Web-standard in every runtime we have; the pure rooms are checked without any runtime's types. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

type Ended = Extract<RunStatus, { exitCode: number | null }>;

/** Asks what became of a sent command. The host's answer is the authority; events about it are only hints. */
export async function poll(deps: Deps, incident: Incident, plan: PlanView): Promise<Change | null> {
  const execution = currentExecution(plan);
  if (execution === null || execution.commandId === null) return null;
  const status = await deps.runner.status(execution.commandId, execution.target.hostId);
  if (status.state === 'pending' || status.state === 'running') return silent(deps, incident, plan, execution);
  return ended(deps, incident, plan, execution, status);
}

async function silent(
  deps: Deps,
  incident: Incident,
  plan: PlanView,
  execution: ExecutionView,
): Promise<Change | null> {
  const { runbooks } = await deps.catalogue.active();
  const limit = (runbooks[plan.runbook]?.timeoutSeconds ?? 3600) * 1000;
  if (deps.clock.now() < execution.notAfter + limit + SILENCE)
    return { events: [], again: deps.clock.now() + deps.settings.runner.poll };
  return unknown(deps, incident, plan, execution, 'the host never said how the command ended');
}

/** Never sent again without a person; the lease stays, for whatever may still be running there. */
export function unknown(
  deps: Deps,
  incident: Incident,
  plan: PlanView,
  execution: ExecutionView,
  reason: string,
): Change {
  return {
    take: keepOf(deps, execution),
    events: [
      move(execution, 'unknown', reason),
      { type: 'plan.moved', planId: plan.id, to: 'unknown', reason },
      escalation(deps, incident, `nobody knows whether ${plan.runbook} ran on ${execution.target.hostName}: ${reason}`),
    ],
  };
}

const TO: Readonly<Record<Ended['state'], ExecutionState>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  'timed-out': 'timed-out',
  cancelled: 'cancelled',
  undeliverable: 'undeliverable',
};

async function ended(
  deps: Deps,
  incident: Incident,
  plan: PlanView,
  execution: ExecutionView,
  status: Ended,
): Promise<Change> {
  const output = `incidents/${incident.id}/output/${execution.id}.json`;
  await deps.blobs.put(output, new TextEncoder().encode(JSON.stringify(status.output)), 'application/json');
  const { exitCode } = status;
  const given = { exitCode, output, endedAtPrometheus: await prometheusTime(deps, status.endedAt) };
  const release = releaseOf(execution);
  if (status.state === 'succeeded')
    return {
      release,
      events: [
        move(execution, 'succeeded', 'exit code 0', given),
        {
          type: 'plan.moved',
          planId: plan.id,
          to: 'verifying',
          reason: 'the command ended; the cure is not proven yet',
        },
      ],
    };
  const reason = `${plan.runbook} ${status.state} on ${execution.target.hostName}${exitCode === null ? '' : ` with exit code ${exitCode}`}`;
  return {
    release,
    events: [
      move(execution, TO[status.state], reason, given),
      { type: 'plan.moved', planId: plan.id, to: 'failed', reason },
      escalation(deps, incident, reason),
    ],
  };
}

/** Null while Prometheus cannot be asked: the proof then asks again, which is later and so stricter. */
export async function prometheusTime(deps: Deps, endedAt: number): Promise<number | null> {
  if (deps.metrics === null) return null;
  try {
    return await endedAtPrometheus(deps.metrics, endedAt, deps.clock.now());
  } catch (error) {
    deps.log.warn('Prometheus does not tell its time', { error: describe(error) });
    return null;
  }
}
