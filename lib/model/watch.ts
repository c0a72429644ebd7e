import type { Duration } from './basic.ts';

/** A PromQL whose series are scored as they come: an indicator of a pack, or one that an operator added. */
export interface Watch {
  /** The indicator's id, or the operator's name. */
  readonly id: string;
  readonly title: string;
  /** Complete: nothing is left to fill in. */
  readonly expr: string;
  /** Of what is scored: of the rate where it is a counter. */
  readonly unit: string;
  /** A counter is scored by its rate per second. Default gauge. */
  readonly kind?: 'gauge' | 'counter' | undefined;
  /** Which way is bad; an anomaly in the other is no signal. */
  readonly direction: 'high' | 'low' | 'both';
  /** How many false alarms are accepted of each of its series. */
  readonly maxFalseAlarmsPerWeek: number;
  /** `new`: what comes back counts less and less. */
  readonly tell: 'all' | 'new';
}

export interface WatchSettings {
  /** Packs whose indicators are watched; `all` is every one. */
  readonly packs: 'all' | readonly string[];
  /** Between two samples of a series. */
  readonly step: Duration;
  /** A sample is looked at this long after its time, when whoever scrapes and computes has done so. */
  readonly delay: Duration;
  /** Past from which a series that is new here learns, and how far back an outage is caught up. */
  readonly past: Duration;
  readonly maxSeries: number;
  /** Blobs over which the states are spread: one for some thousand series. */
  readonly shards: number;
  readonly maxFalseAlarmsPerWeek: number;
  readonly tell: 'all' | 'new';
  /** IANA name; hours of the day and of the week are counted there. */
  readonly timeZone: string;
  /** Series of one host that move within this of each other agree. */
  readonly together: Duration;
  /** By the id of a pack's indicator: what is asked of it alone. */
  readonly indicators: Readonly<Record<string, { readonly maxFalseAlarmsPerWeek: number }>>;
  readonly own: readonly Watch[];
}
