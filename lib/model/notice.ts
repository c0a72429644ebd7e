import type { Labels, Millis, Severity } from './basic.ts';
import type { EvidenceSeries, IncidentState } from './incident.ts';
import type { PlanTarget, Reason } from './plan.ts';

export type NoticePurpose = 'trigger' | 'update' | 'approval' | 'acknowledge' | 'resolve' | 'escalate';

/** Everything a channel may say, plain text still unescaped: each channel escapes for itself. */
export interface Notice {
  /** Deterministic: the same notice is never queued twice. */
  readonly id: string;
  readonly incidentId: string;
  readonly purpose: NoticePurpose;
  readonly at: Millis;
  readonly severity: Severity;
  readonly state: IncidentState;
  readonly team: string | null;
  readonly headline: string;
  readonly lines: readonly string[];
  readonly labels: Labels;
  readonly evidence: readonly EvidenceSeries[];
  readonly reasons: readonly Reason[];
  readonly approval: {
    readonly planId: string;
    readonly planHash: string;
    readonly runbook: string;
    readonly targets: readonly PlanTarget[];
    readonly expiresAt: Millis;
    /** Single use, bound to the plan's hash. */
    readonly nonce: string;
  } | null;
  /** Link to the incident in the API or console. */
  readonly url: string;
}
