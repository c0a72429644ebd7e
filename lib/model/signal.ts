import type { Labels, Millis, ResponseLevel, Severity } from './basic.ts';

export type SignalSource = 'alertmanager' | 'reconciliation' | 'watch' | 'push' | 'cloudwatch' | 'api';

/** One thing heard. `fingerprint` identifies the alert whatever its startsAt; `id` begins with time. */
export interface Signal {
  readonly id: string;
  readonly source: SignalSource;
  readonly receivedAt: Millis;
  readonly fingerprint: string;
  readonly status: 'firing' | 'resolved';
  readonly startsAt: Millis;
  /** Null while firing. */
  readonly endsAt: Millis | null;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly generatorURL: string | null;
}

/** What the labels mean here; made in one place (incidents/subject.ts) from the configured label names. */
export interface Subject {
  readonly alertname: string;
  readonly cluster: string;
  readonly host: string | null;
  readonly service: string | null;
  readonly team: string | null;
  readonly severity: Severity;
  readonly responseLevel: ResponseLevel;
}

/** Names of the labels that carry each meaning, first present wins. Configured in one place. */
export interface LabelNames {
  readonly cluster: readonly string[];
  readonly host: readonly string[];
  readonly service: readonly string[];
  readonly team: readonly string[];
  readonly severity: readonly string[];
  readonly responseLevel: readonly string[];
}
