import type { Duration, Labels, Millis } from '../model/basic.ts';

/** `t` in seconds of Prometheus time, fractions allowed; `v` may be NaN or ±Infinity. */
export interface Sample {
  readonly t: number;
  readonly v: number;
}
export interface Series {
  readonly labels: Labels;
  readonly samples: readonly Sample[];
}

/**
 * Prometheus' query API. Empty results are answers (`[]`). Throws `failed` `metrics.unavailable` when it cannot be asked in
 * time, `input` `metrics.query` when the expression is refused.
 */
export interface Metrics {
  /** One sample per series, stamped with the evaluation time: says nothing of freshness. */
  instant(expr: string, at?: Millis): Promise<readonly Series[]>;
  range(expr: string, from: Millis, to: Millis, step: Duration): Promise<readonly Series[]>;
  /** Raw samples with their own timestamps: `selector[window]` evaluated now. */
  raw(selector: string, window: Duration): Promise<readonly Series[]>;
  /** Prometheus' own clock, seconds. */
  time(): Promise<number>;
  healthy(): Promise<boolean>;
}

/** Points of one series that Prometheus answers at most. */
export const MOST_POINTS = 11_000;
