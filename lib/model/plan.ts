import type { Actor, Autonomy, JsonValue, Millis } from './basic.ts';
import type { VerificationSpec } from './catalogue.ts';

/** One rule that was asked, and its answer: "why did nothing happen?" is answered by the list of these. */
export interface Reason {
  readonly rule: string;
  readonly verdict: 'pass' | 'refuse' | 'hold';
  readonly text: string;
  /** What the rule looked at, for the record. */
  readonly facts?: JsonValue;
}

export type PlanState =
  | 'proposed'
  | 'shadowed'
  | 'awaiting-approval'
  | 'dispatching'
  | 'running'
  | 'verifying'
  | 'verified'
  | 'failed'
  | 'inconclusive'
  | 'unknown'
  | 'refused'
  | 'cancelled';

export const PLAN_ENDED: readonly PlanState[] = [
  'shadowed',
  'verified',
  'failed',
  'inconclusive',
  'unknown',
  'refused',
  'cancelled',
];

export interface PlanTarget {
  readonly hostId: string;
  readonly hostName: string;
  readonly cluster: string;
}

/** What is to be done, on which hosts in which order. `hash` covers all of it: an approval is bound to it. */
export interface Plan {
  readonly id: string;
  readonly hash: string;
  readonly policy: string | null;
  readonly runbook: string;
  readonly runbookHash: string;
  readonly effect: 'read' | 'change';
  readonly parameters: Readonly<Record<string, string>>;
  readonly targets: readonly PlanTarget[];
  readonly autonomy: Autonomy;
  readonly verification: VerificationSpec | null;
  readonly selector: string;
  readonly dryRun: boolean;
  readonly bundleHash: string;
}

/** A decision is a value with its reasons, kept whether or not anything runs. */
export interface Decision {
  readonly id: string;
  readonly at: Millis;
  readonly bundleHash: string;
  readonly policy: string | null;
  readonly outcome: 'no-policy' | 'observe' | 'shadow' | 'suggest' | 'approve' | 'run' | 'refuse';
  readonly reasons: readonly Reason[];
  readonly plan: Plan | null;
  readonly by: Actor;
}

export type VerificationResult = 'verified' | 'failed' | 'inconclusive';

export interface Verification {
  readonly result: VerificationResult;
  readonly at: Millis;
  readonly expr: string;
  readonly reason: string;
  /** Value before the cure and after, by series text; null where nothing was there. */
  readonly before: number | null;
  readonly after: number | null;
  /** Seconds of Prometheus time of the oldest sample that counted; null where none did. */
  readonly freshFrom: number | null;
}

export type ExecutionState =
  | 'intent'
  | 'sending'
  | 'sent'
  | 'succeeded'
  | 'failed'
  | 'timed-out'
  | 'undeliverable'
  | 'unknown'
  | 'refused'
  | 'cancelled';

export interface Execution {
  readonly id: string;
  readonly planId: string;
  readonly incidentId: string;
  readonly runbook: string;
  readonly target: PlanTarget;
  readonly state: ExecutionState;
  readonly commandId: string | null;
  readonly notAfter: Millis;
}
