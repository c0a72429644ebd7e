import type { Actor } from '../model/basic.ts';
import type { BudgetRule, GuardSpec, Policy, VerificationSpec } from '../model/catalogue.ts';
import type { PlanTarget, Reason } from '../model/plan.ts';
import type { Runbook } from '../model/runbook.ts';
import type { Subject } from '../model/signal.ts';
import type { Fact, GuardFacts } from './facts.ts';

/** What every guard is given: the action in question and everything known about the world it would happen in. */
export interface GuardContext {
  readonly facts: GuardFacts;
  readonly subject: Subject;
  /** Null for a manual run. */
  readonly policy: Policy | null;
  /** The person who runs it by hand, null where a policy does. */
  readonly manual: Actor | null;
  readonly runbook: Fact<Runbook>;
  readonly parameters: Fact<Readonly<Record<string, string>>>;
  /** The hosts that are asked about now: all of the plan at the decision, one at its sending. */
  readonly targets: Fact<readonly PlanTarget[]>;
  /** The hosts of the whole plan: the blast radius counts them all. */
  readonly planTargets: Fact<readonly PlanTarget[]>;
  readonly verification: VerificationSpec | null;
  readonly blastRadius: GuardSpec['blastRadius'];
  readonly budget: readonly BudgetRule[];
  readonly dryRun: boolean;
  /** The plan being sent, whose own claims and executions are not in its way; null at the decision. */
  readonly own: { readonly planId: string; readonly executionId: string } | null;
}

/** A reason not to act, or that there is none. May throw: whoever asks turns that into a refusal. */
export type Guard = (context: GuardContext) => Reason;

/** Where the action would happen: the host's cluster, which is the alert's too. */
export const clusterOf = ({ targets, subject }: Pick<GuardContext, 'targets' | 'subject'>): string =>
  (targets.known ? targets.value[0]?.cluster : undefined) ?? subject.cluster;
