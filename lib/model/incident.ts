import type { Actor, Duration, Labels, Millis, Severity } from './basic.ts';
import type { Decision, Execution, ExecutionState, Plan, PlanState, PlanTarget, Verification } from './plan.ts';
import type { Signal, SignalSource, Subject } from './signal.ts';

/** (cluster, host or none, service or none): signals that agree on all three are about one trouble. */
export interface CorrelationKey {
  readonly cluster: string;
  readonly host: string | null;
  readonly service: string | null;
}

/** One indicator of the affected host or service, with how far it left its own recent past. */
export interface EvidenceSeries {
  readonly indicator: string;
  readonly title: string;
  readonly unit: string;
  readonly series: string;
  /** Robust z-score of the worst recent sample against the series' own past; sign as seen. */
  readonly score: number;
  readonly last: number;
  readonly median: number;
  /** When it first left its past, milliseconds; null where it did not. */
  readonly movedAt: Millis | null;
  /** Blob key of `[[tSeconds, value], …]` as JSON. */
  readonly blob: string;
  /** At most 60 values for a sparkline. */
  readonly spark: readonly number[];
  /** How old its last sample was when it was asked for, where that is more than a few steps. */
  readonly silentFor?: Duration;
  /** Why its score says nothing: hardly any sample before the recent ones, or none of late. */
  readonly unrated?: 'little-past' | 'silent';
}
export interface Evidence {
  readonly at: Millis;
  readonly from: Millis;
  readonly to: Millis;
  readonly ranked: readonly EvidenceSeries[];
  /** Indicators that could not be asked, and why: absence of evidence is told. */
  readonly missing: readonly { readonly indicator: string; readonly reason: string }[];
  readonly summary: string;
  /** Fingerprints of the watch list's findings that were looked for; evidence of before does not say. */
  readonly told?: readonly string[];
  /** How many times it was added to, for findings that joined. */
  readonly joins?: number;
}

/** One unbroken firing of a fingerprint. */
export interface Episode {
  readonly fingerprint: string;
  /** Who told of it first: only Alertmanager's own are reconciled with Alertmanager. */
  readonly source: SignalSource;
  readonly alertname: string;
  readonly labels: Labels;
  readonly startsAt: Millis;
  readonly endsAt: Millis | null;
  readonly lastHeard: Millis;
  readonly signals: number;
}

export type IncidentState = 'open' | 'acknowledged' | 'escalated' | 'resolved' | 'closed';

/** The persisted events: the incident is these, its state is a fold over them. `v` is raised when a shape changes. */
export type IncidentEvent =
  | {
      readonly type: 'incident.opened';
      readonly key: CorrelationKey;
      readonly subject: Subject;
      readonly parent: string | null;
    }
  | { readonly type: 'signal.heard'; readonly signal: Signal; readonly severity: Severity }
  | { readonly type: 'diagnosis.made'; readonly evidence: Evidence }
  | { readonly type: 'diagnosis.failed'; readonly reason: string }
  | {
      readonly type: 'decision.made';
      readonly decision: Decision;
      /** Until when a plan that waits for a person waits, milliseconds. */
      readonly approveBy: Millis;
      /** The episode it was made for; null for a manual run. */
      readonly fingerprint: string | null;
    }
  | { readonly type: 'plan.moved'; readonly planId: string; readonly to: PlanState; readonly reason: string }
  | { readonly type: 'plan.approved'; readonly planId: string; readonly planHash: string }
  | { readonly type: 'plan.rejected'; readonly planId: string; readonly planHash: string; readonly reason: string }
  | {
      readonly type: 'execution.moved';
      readonly executionId: string;
      readonly planId: string;
      readonly runbook: string;
      readonly target: PlanTarget;
      readonly to: ExecutionState;
      readonly reason: string;
      readonly commandId: string | null;
      readonly notAfter: Millis;
      readonly exitCode: number | null;
      /** Blob key of the redacted output, where there is any. */
      readonly output: string | null;
      /** On intent: the value of the verification's expression before the cure. */
      readonly before: number | null;
      /** Prometheus' own time, seconds, when the end of the command was seen; null until it could be asked. */
      readonly endedAtPrometheus: number | null;
    }
  | {
      readonly type: 'verification.made';
      readonly planId: string;
      readonly executionId: string;
      readonly verification: Verification;
    }
  | { readonly type: 'page.held'; readonly until: Millis; readonly reason: string }
  | { readonly type: 'page.released'; readonly reason: string }
  | { readonly type: 'incident.acknowledged' }
  | { readonly type: 'incident.escalated'; readonly step: number; readonly reason: string }
  | { readonly type: 'incident.commented'; readonly text: string }
  | { readonly type: 'incident.resolved'; readonly reason: string }
  | { readonly type: 'incident.reopened'; readonly reason: string }
  | { readonly type: 'incident.closed'; readonly reason: string }
  | {
      readonly type: 'notification.settled';
      readonly outboxId: string;
      readonly channel: string;
      readonly outcome: 'delivered' | 'refused' | 'gave-up';
      readonly detail: string;
      /** Thread reference of the channel: Slack ts, PagerDuty dedup key, mail message id. */
      readonly ref: string | null;
    };

/** What other streams hold: configuration, stop and windows, demotions, manual runs. */
export type RecordEvent = {
  readonly type: 'record.set';
  readonly key: string;
  readonly value: unknown;
  readonly reason: string;
};

export type LedgerEvent = IncidentEvent | RecordEvent;

/** As stored: `hash` = sha256 over the canonical JSON of everything else, `previous` = the hash before it in its stream. */
export interface StoredEvent<E extends LedgerEvent = LedgerEvent> {
  readonly v: 1;
  readonly stream: string;
  readonly version: number;
  readonly at: Millis;
  readonly actor: Actor;
  readonly event: E;
  readonly previous: string;
  readonly hash: string;
}

export interface PlanView extends Plan {
  readonly state: PlanState;
  readonly reason: string;
  readonly approvedBy: string | null;
  readonly decidedAt: Millis;
  /** Until when a plan that waits for a person waits, milliseconds. */
  readonly approveBy: Millis;
  readonly since: Millis;
  readonly executions: readonly ExecutionView[];
}
export interface ExecutionView extends Execution {
  readonly since: Millis;
  readonly intentAt: Millis;
  readonly endedAt: Millis | null;
  readonly exitCode: number | null;
  readonly output: string | null;
  readonly reason: string;
  readonly before: number | null;
  readonly endedAtPrometheus: number | null;
  readonly verification: Verification | null;
}

export interface Incident {
  readonly id: string;
  readonly version: number;
  readonly state: IncidentState;
  readonly key: CorrelationKey;
  readonly subject: Subject;
  readonly severity: Severity;
  readonly parent: string | null;
  readonly openedAt: Millis;
  readonly updatedAt: Millis;
  readonly lastSignalAt: Millis;
  readonly episodes: readonly Episode[];
  readonly evidence: Evidence | null;
  readonly diagnosis: 'wanted' | 'made' | 'failed';
  readonly decisions: readonly Decision[];
  /** Fingerprints that a decision was made for. */
  readonly decided: readonly string[];
  readonly plans: readonly PlanView[];
  readonly acknowledgedBy: string | null;
  readonly escalation: { readonly step: number; readonly since: Millis };
  readonly pageHeldUntil: Millis | null;
  readonly firstSignal: Signal | null;
  readonly paged: boolean;
  readonly verifiedAt: Millis | null;
  readonly resolvedAt: Millis | null;
  readonly closedAt: Millis | null;
  readonly closeReason: string | null;
  /** Channel → thread reference. */
  readonly threads: Readonly<Record<string, string>>;
}

export interface IncidentSummary {
  readonly id: string;
  readonly state: IncidentState;
  readonly severity: Severity;
  readonly cluster: string;
  readonly host: string | null;
  readonly service: string | null;
  readonly alertname: string;
  /** Whose findings are in it; those of before have none. */
  readonly watches?: readonly string[];
  readonly team: string | null;
  readonly openedAt: Millis;
  readonly updatedAt: Millis;
  readonly plan: PlanState | null;
}

/** A global stop, with an expiry: nothing is sent while it stands. */
export interface StopRecord {
  readonly until: Millis;
  readonly reason: string;
  readonly by: string;
}

/** Maintenance: alerts are expected, nothing runs. Freeze: nothing that changes state runs. */
export interface WindowRecord {
  readonly id: string;
  readonly kind: 'maintenance' | 'freeze';
  /** Once: from/until in epoch ms. Weekly: days 1 (Mon)–7, local `HH:MM`, IANA zone, minutes long. */
  readonly when:
    | { readonly from: Millis; readonly until: Millis }
    | { readonly days: readonly number[]; readonly at: string; readonly zone: string; readonly lasts: Duration };
  readonly scope: { readonly cluster: string | null; readonly host: string | null; readonly service: string | null };
  readonly reason: string;
  readonly by: string;
}

/** After a failed verification; only a named person lifts it. */
export interface DemotionRecord {
  readonly policy: string;
  readonly cluster: string;
  readonly to: 'suggest';
  readonly reason: string;
  readonly at: Millis;
}
