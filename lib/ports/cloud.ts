import type { Labels, Millis } from '../model/basic.ts';
import type { Indicator } from '../model/catalogue.ts';
import type { Series } from './metrics.ts';

/** What figures are wanted of: the machine, and whatever else of the cloud the alert names. */
export interface CloudSubject {
  /** As the alert calls it: an id of the inventory or a name. */
  readonly host: string | null;
  readonly labels: Labels;
}

export interface CloudFigure {
  readonly indicator: Indicator;
  readonly series: readonly Series[];
  /** Why it could not be read, null where it could. */
  readonly problem: string | null;
}

/**
 * Figures that a cloud keeps of its own machines and services, and nothing on them can measure: credits, burst balances, status
 * checks, functions, queues. What does not exist of a subject (an instance without credits) is left out. `failed`
 * `cloud.unavailable` when it cannot be asked.
 */
export interface CloudMetrics {
  figures(about: CloudSubject, from: Millis, to: Millis): Promise<readonly CloudFigure[]>;
}
