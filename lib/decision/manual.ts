import type { Actor } from '../model/basic.ts';
import type { Bundle, GuardSpec } from '../model/catalogue.ts';
import type { Decision } from '../model/plan.ts';
import type { Subject } from '../model/signal.ts';
import type { GuardContext } from './context.ts';
import { type DecisionIds, decision, outcomeOf, planOf, verdict } from './decide.ts';
import type { GuardFacts } from './facts.ts';
import { askAll } from './guards.ts';
import type { Sha256 } from './plan.ts';
import { checkedValues, runbookOf } from './propose.ts';
import { pass, refusals } from './reasons.ts';
import { namedTargets } from './targets.ts';

/** A person by hand takes at most half of a cluster, and never more than three hosts, at once. */
export const MANUAL_BLAST_RADIUS: GuardSpec['blastRadius'] = { hosts: 3, percent: 50 };

export interface ManualInput {
  readonly ids: DecisionIds;
  readonly bundle: Bundle;
  /** Who runs it: named, because a person is the authority here. */
  readonly actor: Actor;
  readonly runbook: string;
  /** Ids or names. */
  readonly hosts: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly dryRun: boolean;
  /** What the incident of the run is about: its service for windows, its response level. */
  readonly subject: Subject;
  readonly selector: string;
  readonly facts: GuardFacts;
  readonly sha256: Sha256;
}

/**
 * A run by hand through the same guards. What only bounds a machine (autonomy, cooldown, attempts, recurrence, severity)
 * is answered by the person's name; stop, windows, lease, blast radius and level hold for everybody.
 */
export function decideManual(input: ManualInput): Decision {
  const context = contextOf(input);
  const plan = planOf(context, input, 'auto');
  const asked = askAll(context);
  const outcome = outcomeOf('auto', input.dryRun, refusals(asked).length > 0);
  const who = pass('policy', `run by hand by ${input.actor.name} (${input.actor.via})`);
  return decision(input, input.actor, null, plan, outcome, [who, ...asked, verdict(outcome, context, asked)]);
}

function contextOf(input: ManualInput): GuardContext {
  const { facts, subject, actor, dryRun } = input;
  const runbook = runbookOf(input.bundle, input.runbook);
  const targets = facts.hosts.known ? namedTargets(input.hosts, facts.hosts.value) : facts.hosts;
  return {
    facts,
    subject,
    policy: null,
    manual: actor,
    runbook,
    parameters: runbook.known ? checkedValues(runbook.value, input.parameters) : runbook,
    targets,
    planTargets: targets,
    verification: null,
    blastRadius: MANUAL_BLAST_RADIUS,
    budget: [],
    dryRun,
    own: null,
  };
}
