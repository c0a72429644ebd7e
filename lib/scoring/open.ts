import type { Alarm } from './alarm.ts';
import { areOf, fromBytes, toBytes } from './bytes.ts';
import { createEvidence, type Evidence, seenOf } from './evidence.ts';
import { BYTES, COUNT, emptyState, H, type State, TELLS_ALL } from './layout.ts';
import type { Envelope, Hours } from './season.ts';
import { createTails, prepareAll, type Tails } from './tail.ts';
import { NEW, TUNING, type Tuning } from './tuning.ts';
import { zoneOffsets } from './zone.ts';

export interface Options {
  /** IANA name; hours of the day and of the week are counted there. Default UTC. */
  readonly timeZone?: string;
  /** A counter is scored by its rate per second; a fall is a reset, after which the next rate counts. Default gauge. */
  readonly kind?: 'gauge' | 'counter' | undefined;
  /** False alarms that are accepted per series and week. Default 1. */
  readonly maxFalseAlarmsPerWeek?: number;
  /**
   * `new` tells what the series has never done: nothing is forgotten, and earlier alarms dull later ones, half as many after 3,000
   * samples. Default `all`: what comes back is told again.
   */
  readonly tell?: Tell | undefined;
}
export type Tell = 'all' | 'new';

/** `missing`: not a number, or a counter's first reading or the one after a reset: nothing was learned from it. */
export type Phase = 'warming' | 'ready' | 'missing';

/** What a step says; one object per series, overwritten by the next step. */
export interface Result {
  phase: Phase;
  /** What was scored: the value, or a counter's rate per second; nothing of use where the sample is missing. */
  value: number;
  /** Agreement of the features that speak for an anomaly, as −log10 of odds; what a threshold would be set on. ≥ 0. */
  score: number;
  /** Continuous, also below any alarm: ranks the samples of all series. ≥ 0. */
  severity: number;
  alarm: Alarm;
  /** What was expected, and the band in which most values were; in the unit of the value (of the rate for a counter). */
  expected: number;
  lower: number;
  upper: number;
}

export interface Series {
  readonly state: State;
  readonly result: Result;
  readonly evidence: Evidence;
  /** As precise as the tails keep them: what equals a maximum is found to equal it. */
  readonly features: Float32Array;
  readonly tails: Tails;
  readonly hours: Hours;
  /** Of the hour of the last sample. */
  readonly earlier: Envelope;
  readonly tuning: Tuning;
  readonly perWeek: number;
  readonly counter: boolean;
  readonly offset: (seconds: number) => number;
}

/**
 * Opens a series, new or from the bytes of an earlier one. Throws a RangeError for bytes that are no state of this version, or of a series
 * that tells something else.
 */
export function open(
  options: Options = {},
  bytes?: Uint8Array,
  tuning: Tuning = options.tell === 'new' ? NEW : TUNING,
): Series {
  const isNew = options.tell === 'new';
  const series: Series = {
    state: emptyState(isNew ? 0 : TELLS_ALL),
    result: { phase: 'warming', value: Number.NaN, score: 0, severity: 0, alarm: '', expected: 0, lower: 0, upper: 0 },
    evidence: createEvidence(tuning.mute, tuning.gate, isNew),
    features: new Float32Array(COUNT),
    tails: createTails(tuning),
    hours: { day: 0, week: 0 },
    earlier: { high: Number.NaN, low: Number.NaN },
    tuning,
    perWeek: options.maxFalseAlarmsPerWeek ?? 1,
    counter: options.kind === 'counter',
    offset: zoneOffsets(options.timeZone ?? 'UTC'),
  };
  if (bytes !== undefined) reopen(series, bytes);
  return series;
}

/** As `toBytes` gives them. */
const EMPTY = toBytes(emptyState(), new Uint8Array(BYTES));
const EMPTY_NEW = toBytes(emptyState(0), new Uint8Array(BYTES));

/**
 * Makes an open series another one, under the same options: new, or from the bytes of an earlier one. What it was is gone. For
 * those who step through many series by a sample each: it costs a sixth of opening one. Throws as `open` does, and then changes nothing.
 */
export function reopen({ state, evidence, tails }: Series, bytes?: Uint8Array): void {
  fromBytes(state, bytes ?? (state.head[H.dulling] === TELLS_ALL ? EMPTY : EMPTY_NEW));
  evidence.parts.fill(0);
  const { head } = state;
  const n = head[H.n] as number;
  const fewest = Math.min(n - (head[H.later] as number), head[H.seasonSeen] as number);
  prepareAll(state.body, tails, fewest, (tail) => seenOf(head, tail >> 1, n));
}

/**
 * The state, to go on from elsewhere; into `out` where one of as many bytes is given. Going on from it gives the same to the last
 * bit. Throws a RangeError for an `out` that is shorter.
 */
export const bytes = (series: Series, out: Uint8Array = new Uint8Array(BYTES)): Uint8Array =>
  toBytes(series.state, out);

/** Makes nothing of an alarm that is on: what lasts begins one with the next sample that is loud enough. */
export function quiet({ state: { head } }: Series): void {
  head[H.on] = 0;
  head[H.calm] = 0;
}

/** Whether a series of these options can go on from bytes, as far as their version says, and what they were learned to tell. */
export const goesOnFrom = ({ tell }: Options, bytes: Uint8Array): boolean => areOf(bytes, tell !== 'new');

/** Samples that it has learned from. */
export const samplesSeen = ({ state }: Series): number => state.head[H.n] as number;

/** Unix seconds of the last sample, or of a counter's last reading, that a series goes on from; null where there was none. */
export function timeSeen({ state: { head } }: Series): number | null {
  const time = head[H.time] as number;
  const read = Number.isNaN(head[H.counter] as number) ? Number.NaN : (head[H.counterTime] as number);
  const known = [time, read].filter((one) => !Number.isNaN(one));
  return known.length === 0 ? null : Math.max(...known);
}
