import type { Autonomy, Duration, Severity } from './basic.ts';
import type { Runbook } from './runbook.ts';

/** One comparison of an Alertmanager matcher list: `severity=~"critical|warning"`. */
export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** A series that a pack declares; `{{host}}` and `{{service}}`-style selectors are filled by language/placeholders. */
export interface Indicator {
  readonly id: string;
  readonly pack: string;
  readonly title: string;
  /** PromQL with `$selector` where the host/service matchers go, e.g. `redis_up{$selector}`. */
  readonly expr: string;
  readonly unit: string;
  /** Which way is bad. */
  readonly direction: 'high' | 'low' | 'both';
  readonly normal: string;
}

/** The short-window proof that the cure worked. */
export interface VerificationSpec {
  /** PromQL with `$selector`; cured when it returns samples and every one satisfies `op value`. */
  readonly expr: string;
  readonly op: '==' | '!=' | '<' | '<=' | '>' | '>=';
  readonly value: number;
  /** Wait after the command ended before samples count. */
  readonly stabilisation: Duration;
  /** How long proof is sought before it is inconclusive. */
  readonly within: Duration;
}

export interface Precondition {
  readonly id: string;
  readonly expr: string;
  readonly op: VerificationSpec['op'];
  readonly value: number;
  readonly why: string;
}

export interface BudgetRule {
  readonly scope: 'host' | 'cluster' | 'all';
  readonly per: 'hour' | 'day';
  readonly max: number;
}

export interface GuardSpec {
  /** Between two executions of this policy on one host. */
  readonly cooldown: Duration;
  /** Executions per incident and host. */
  readonly attempts: number;
  readonly budget: readonly BudgetRule[];
  readonly blastRadius: { readonly hosts: number; readonly percent: number };
  /** How long a proposed plan waits for an approver. */
  readonly approvalDeadline: Duration;
  readonly dryRun: boolean;
  /** After a verified cure, a firing within this reopens and escalates. */
  readonly recurrence: Duration;
}

export type TargetRule =
  | { readonly from: 'alert-host' }
  | {
      readonly from: 'service';
      readonly service: string;
      readonly max: number;
      /** PromQL with `$cluster`: the hosts of its answer come last, such as the one that leads the others. */
      readonly last?: string | undefined;
    };

export interface Policy {
  readonly name: string;
  readonly pack: string;
  readonly match: readonly Matcher[];
  /** Tried in order: a further attempt is the next runbook, never the same again. */
  readonly runbooks: readonly {
    readonly name: string;
    /** Constant text or `{from: label}`, each still checked against the runbook's pattern. */
    readonly parameters: Readonly<Record<string, string | { readonly label: string }>>;
  }[];
  readonly targets: TargetRule;
  readonly autonomy: Autonomy;
  readonly autonomyByCluster: Readonly<Record<string, Autonomy>>;
  readonly preconditions: readonly Precondition[];
  readonly verification: VerificationSpec;
  readonly guards: GuardSpec;
  readonly file: string;
}

/** One alert rule of a pack with its coverage: a policy, or `automation: none` and why. */
export interface AlertRule {
  readonly alert: string;
  readonly pack: string;
  readonly expr: string;
  readonly for: Duration;
  readonly severity: Severity;
  readonly automation: { readonly policy: string } | { readonly none: string };
}

export interface PackSummary {
  readonly name: string;
  readonly title: string;
  readonly indicators: readonly Indicator[];
  readonly alerts: readonly AlertRule[];
  readonly services: readonly string[];
}

/** Packs, policies and thresholds compiled and content-hashed; every decision records the hash. */
export interface Bundle {
  readonly hash: string;
  readonly packs: readonly PackSummary[];
  readonly runbooks: Readonly<Record<string, Runbook>>;
  readonly policies: readonly Policy[];
}
