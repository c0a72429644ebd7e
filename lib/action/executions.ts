import type { Millis } from '../model/basic.ts';
import type { ExecutionView, IncidentEvent, PlanView } from '../model/incident.ts';
import type { ExecutionState, PlanTarget } from '../model/plan.ts';

type Moved = Extract<IncidentEvent, { type: 'execution.moved' }>;
type Optional = 'commandId' | 'exitCode' | 'output' | 'before' | 'endedAtPrometheus';

/** An execution's id is made of its plan and target: the same attempt is the same execution however often it is begun. */
export const executionId = (plan: PlanView, target: PlanTarget): string =>
  `${plan.id}-${plan.targets.findIndex(({ hostId }) => hostId === target.hostId) + 1}`;

/** The first move: what is meant to be done, written before anything is done. */
export function intent(plan: PlanView, target: PlanTarget, notAfter: Millis, before: number | null): Moved {
  return {
    type: 'execution.moved',
    executionId: executionId(plan, target),
    planId: plan.id,
    runbook: plan.runbook,
    target,
    to: 'intent',
    reason: 'claims taken',
    commandId: null,
    notAfter,
    exitCode: null,
    output: null,
    before,
    endedAtPrometheus: null,
  };
}

/** A later move of an execution that is known; what is not given stays as it was. */
export function move(
  execution: ExecutionView,
  to: ExecutionState,
  reason: string,
  given: Partial<Pick<Moved, Optional>> = {},
): Moved {
  const { id, planId, runbook, target, notAfter, commandId, exitCode, output, before, endedAtPrometheus } = execution;
  return {
    type: 'execution.moved',
    executionId: id,
    planId,
    runbook,
    target,
    to,
    reason,
    notAfter,
    commandId,
    exitCode,
    output,
    before,
    endedAtPrometheus,
    ...given,
  };
}

/** The target whose turn it is, null when every one has had its execution. */
export function nextTarget(plan: PlanView): PlanTarget | null {
  const begun = new Set(plan.executions.map(({ target }) => target.hostId));
  return plan.targets.find(({ hostId }) => !begun.has(hostId)) ?? null;
}

/** The execution under way or the last one: a rollout goes one after the other. */
export const currentExecution = (plan: PlanView): ExecutionView | null => plan.executions.at(-1) ?? null;
