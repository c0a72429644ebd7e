import { describe } from '../model/errors.ts';
import type { Reason } from '../model/plan.ts';
import type { Guard, GuardContext } from './context.ts';
import { dryRun, parameters, runbook, targets, verification } from './guards/action.ts';
import { parent, responseLevel, severity } from './guards/alert.ts';
import { autonomy } from './guards/autonomy.ts';
import { blastRadius } from './guards/blastRadius.ts';
import { freeze, maintenance, stop } from './guards/calm.ts';
import { budget, cooldown, lease } from './guards/claims.ts';
import { attempts, recurrence, runningPlan } from './guards/history.ts';
import { preconditions } from './guards/preconditions.ts';
import { refuse } from './reasons.ts';

/** Every guard under the name its reason carries, in the order in which a person would ask. */
export const GUARDS = {
  runbook,
  targets,
  parameters,
  autonomy,
  severity,
  'response-level': responseLevel,
  stop,
  maintenance,
  freeze,
  parent,
  recurrence,
  'running-plan': runningPlan,
  attempts,
  cooldown,
  lease,
  budget,
  'blast-radius': blastRadius,
  preconditions,
  verification,
  'dry-run': dryRun,
} as const satisfies Readonly<Record<string, Guard>>;

export type GuardName = keyof typeof GUARDS;
export const GUARD_NAMES = Object.keys(GUARDS) as readonly GuardName[];

/** All of them, whatever the first ones say: the record holds every reason. A guard that breaks refuses. */
export function askAll(context: GuardContext): readonly Reason[] {
  return GUARD_NAMES.map((name) => ask(name, GUARDS[name], context));
}

function ask(name: string, guard: Guard, context: GuardContext): Reason {
  try {
    return guard(context);
  } catch (error) {
    return refuse(name, `cannot be told: ${describe(error)}`);
  }
}
