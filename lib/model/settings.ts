import type { Duration, Labels, Severity } from './basic.ts';
import type { Matcher } from './catalogue.ts';
import type { LabelNames } from './signal.ts';
import type { WatchSettings } from './watch.ts';

export type ChannelSettings =
  | {
      readonly kind: 'slack';
      readonly url: string;
      readonly token: string;
      readonly channel: string;
      readonly signingSecret: string;
    }
  | { readonly kind: 'pagerduty'; readonly url: string; readonly routingKey: string; readonly webhookSecret: string }
  | { readonly kind: 'email'; readonly from: string; readonly to: readonly string[] }
  | { readonly kind: 'webhook'; readonly url: string; readonly token: string };

export interface RouteSettings {
  /** All must match the incident's labels; [] matches all. First route wins. */
  readonly match: readonly Matcher[];
  readonly severity: readonly Severity[];
  readonly team: string;
  /** Names in `channels`. */
  readonly channels: readonly string[];
  /** Used when a channel refuses or gives up. */
  readonly fallback: readonly string[];
}

/** One step: whom to tell when the step before was not answered within `after`. */
export interface EscalationStep {
  readonly after: Duration;
  readonly channels: readonly string[];
}

export interface Settings {
  readonly listen: { readonly host: string; readonly port: number };
  readonly url: string;
  readonly dataFolder: string;
  readonly prometheus: { readonly url: string; readonly timeout: Duration } | null;
  readonly alertmanager: { readonly url: string; readonly timeout: Duration } | null;
  readonly smtp: {
    readonly host: string;
    readonly port: number;
    readonly user: string | null;
    readonly password: string | null;
  } | null;
  /** A Redis for answers that several share; null keeps them in the process. */
  readonly cache: { readonly url: string; readonly password: string | null } | null;
  readonly labels: LabelNames;
  readonly correlation: { readonly window: Duration };
  readonly pageHold: Duration;
  readonly intake: {
    /** A rotatable pair; [] only where the listener is loopback. */
    readonly tokens: readonly string[];
    readonly maxBytes: number;
    readonly maxAlerts: number;
    /** Waiting messages above this answer 503. */
    readonly maxWaiting: number;
  };
  readonly heartbeat: {
    readonly alertname: string;
    readonly missedAfter: Duration;
    readonly channels: readonly string[];
  };
  readonly sweep: { readonly every: Duration; readonly reconcileEvery: Duration };
  readonly runner: { readonly delivery: Duration; readonly poll: Duration };
  readonly diagnosis: {
    readonly past: Duration;
    readonly recent: Duration;
    readonly step: Duration;
    readonly maxSeries: number;
    readonly timeout: Duration;
  };
  readonly watch: WatchSettings;
  readonly channels: Readonly<Record<string, ChannelSettings>>;
  readonly routes: readonly RouteSettings[];
  /** Team or `default` → its chain. */
  readonly escalation: Readonly<Record<string, readonly EscalationStep[]>>;
  readonly answerWithin: Readonly<Record<Severity, Duration>>;
  /** Closes a resolved incident after this. */
  readonly closeAfter: Duration;
  /** PEM of the key that signs the audit's roots; null makes one in the data folder. */
  readonly audit: { readonly key: string | null };
  /** How long delivered messages, ended claims and finished executions are kept. The audit itself is kept for ever. */
  readonly retention: Duration;
  readonly externalLabels: Labels;
}
