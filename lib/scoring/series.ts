import { type Alarm, alarmOf, beginsAt, isWarm } from './alarm.ts';
import { fromBytes, toBytes } from './bytes.ts';
import { moveCentre, unitOf } from './centre.ts';
import { createEvidence, type Evidence, learnFeatures, seenOf, weigh } from './evidence.ts';
import {
  AT_RING,
  BYTES,
  COUNT,
  emptyState,
  H,
  OUTSIDE,
  RING,
  SEASON,
  SEASON_TREND,
  SHAPE,
  type State,
} from './layout.ts';
import { clamp, log2 } from './numbers.ts';
import {
  type Envelope,
  earlierDays,
  envelope,
  expectedOf,
  type Hours,
  hoursOf,
  insideOf,
  learnHours,
  outsideOf,
  usualError,
  usualScore,
} from './season.ts';
import { strangeness } from './shape.ts';
import { learnGap, type Silence, silenceOf } from './silence.ts';
import { createTails, prepareAll, type Tails } from './tail.ts';
import { TUNING, type Tuning } from './tuning.ts';
import { justBefore, windows } from './windows.ts';
import { zoneOffsets } from './zone.ts';

/** Looked up once: a step asks for them a thousand times. */
const { abs, max, min } = Math;

export interface Options {
  /** IANA name; hours of the day and of the week are counted there. Default UTC. */
  readonly timeZone?: string;
  /** A counter is scored by its rate per second; a fall is a reset, after which the next rate counts. Default gauge. */
  readonly kind?: 'gauge' | 'counter' | undefined;
  /** False alarms that are accepted per series and week. Default 1. */
  readonly maxFalseAlarmsPerWeek?: number;
}

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

/** Further out than any deviation says anything about. */
const FAR = 1e12;
/** Beyond it a float32 could not hold a sum of values; such a value is as far out as can be told. */
const LARGEST = 1e35;
/** The band reaches so many deviations to both sides. */
const USUAL = 3;
const SHAPE_WARM = 64;
/** Earlier days from which on it says something that a value is outside what they had. */
const DAYS_OF_ENVELOPE = 2;
/** What distance from the centre and strangeness of the shape add to the severity where the score is silent. */
const FAR_SHARE = 0.25;
const STRANGE_SHARE = 0.8;

/** Opens a series, new or from the bytes of an earlier one. Throws a RangeError for bytes that are no state of this version. */
export function open(options: Options = {}, bytes?: Uint8Array, tuning: Tuning = TUNING): Series {
  const series: Series = {
    state: emptyState(),
    result: { phase: 'warming', value: Number.NaN, score: 0, severity: 0, alarm: '', expected: 0, lower: 0, upper: 0 },
    evidence: createEvidence(tuning.mute, tuning.gate),
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

/** As `toBytes` gives it. */
const EMPTY = toBytes(emptyState(), new Uint8Array(BYTES));

/**
 * Makes an open series another one, under the same options: new, or from the bytes of an earlier one. What it was is gone. For
 * those who step through many series by a sample each: it costs a sixth of opening one. Throws as `open` does, and then changes nothing.
 */
export function reopen({ state, evidence, tails }: Series, bytes: Uint8Array = EMPTY): void {
  fromBytes(state, bytes);
  evidence.parts.fill(0);
  const { head } = state;
  const n = head[H.n] as number;
  const fewest = min(n - (head[H.later] as number), head[H.seasonSeen] as number);
  prepareAll(state.body, tails, fewest, (tail) => seenOf(head, tail >> 1, n));
}

/**
 * The state, to go on from elsewhere; into `out` where one of as many bytes is given. Going on from it gives the same to the last
 * bit. Throws a RangeError for an `out` that is shorter.
 */
export const bytes = (series: Series, out: Uint8Array = new Uint8Array(BYTES)): Uint8Array =>
  toBytes(series.state, out);

/** Samples that it has learned from. */
export const samplesSeen = ({ state }: Series): number => state.head[H.n] as number;

/** Whether what the last step said would begin an alarm, were none on. */
export const wouldBegin = ({ state, tuning, perWeek, result }: Series): boolean =>
  beginsAt(state, tuning, perWeek, result.score, state.head[H.time] as number);

/** Whether the series is silent for longer than it ever is, at `now` (Unix seconds). Changes nothing. */
export const absent = (series: Series, now: number): Silence => silenceOf(series.state, now, isWarm(series.state));

/**
 * Scores one sample and learns from it, in this order. `tSeconds` is Unix time; a value that is not finite, or a time that is
 * not, is missing and changes nothing. No allocation.
 */
export function step(series: Series, tSeconds: number, value: number): Result {
  const { result, state } = series;
  const raw = series.counter ? rateOf(state.head, tSeconds, value) : value;
  if (!Number.isFinite(raw) || !Number.isFinite(tSeconds)) {
    result.phase = 'missing';
    result.score = 0;
    result.severity = 0;
    result.alarm = '';
    return result;
  }
  result.value = raw;
  score(series, tSeconds, raw);
  return result;
}

/** NaN for the first reading, for the one after a reset, and for time that stands still or steps back. */
function rateOf(head: Float64Array, time: number, value: number): number {
  if (!Number.isFinite(value) || !Number.isFinite(time)) return Number.NaN;
  const before = head[H.counter] as number;
  const elapsed = time - (head[H.counterTime] as number);
  if (!Number.isNaN(before) && !(elapsed > 0)) return Number.NaN;
  head[H.counter] = value;
  head[H.counterTime] = time;
  if (Number.isNaN(before)) return Number.NaN;
  // After a reset only a part of what was counted meanwhile is known: no rate.
  return value >= before ? (value - before) / elapsed : Number.NaN;
}

function score(series: Series, time: number, value: number): void {
  const { state, result, features, tails, tuning } = series;
  const { head, body } = state;
  const n = (head[H.n] as number) + 1;
  if (n === 1) {
    head[H.origin] = value;
    head[H.opened] = time;
  }
  head[H.n] = n;
  learnGap(head, time);
  const x = clamp(value - (head[H.origin] as number), LARGEST);
  const scale = head[H.deviation] as number;
  body[AT_RING + ((n - 1) & (RING - 1))] = x;
  moveCentre(head, n, x);
  windows(state, x, features);
  const inside = seasonal(series, time, x);
  const unit = unitOf(head);
  const strange = strangeness(state, unit);
  features[SHAPE] = n < SHAPE_WARM ? Number.NaN : log2(1 + strange);
  weigh(series.evidence, state, tails, features, scale, inside);
  learnFeatures(state, tails, features);
  const away = unit > 0 ? min(FAR, abs(x - (head[H.median] as number)) / unit) : 0;
  const { agreed } = series.evidence;
  result.score = max(0, agreed - usualScore(state, tuning, series.hours.day, agreed));
  result.severity = agreed + FAR_SHARE * log2(1 + away) + STRANGE_SHARE * log2(1 + strange);
  result.alarm = alarmOf(state, tuning, series.perWeek, result.score, time);
  result.phase = isWarm(state) ? 'ready' : 'warming';
}

/** Season, its trend, and the band; returns on which sides the value is inside the envelope. */
function seasonal({ state, features, result, offset, hours, earlier }: Series, time: number, x: number): number {
  const { head } = state;
  hoursOf(time + offset(time), hours);
  envelope(state, hours.day, x, earlier);
  const deviation = head[H.deviation] as number;
  const expected = expectedOf(state, hours, x, deviation);
  const days = earlierDays(state, hours.day);
  const isKnown = days >= 1 && !Number.isNaN(expected);
  features[OUTSIDE] = days >= DAYS_OF_ENVELOPE ? outsideOf(earlier, x, deviation) : Number.NaN;
  // On its first day an hour has nothing to be compared with; zeros in its place would make the second day look like nothing before.
  if (!isKnown) {
    features[SEASON] = Number.NaN;
    features[SEASON_TREND] = Number.NaN;
  } else {
    const residual = ((x - expected) * days) / (days + 0.5);
    head[H.seasonSeen] = (head[H.seasonSeen] as number) + 1;
    head[H.trend] = 0.8 * (head[H.trend] as number) + 0.2 * residual;
    features[SEASON] = residual;
    features[SEASON_TREND] = head[H.trend] as number;
  }
  const centre = (isKnown ? expected : lately(state)) + (head[H.origin] as number);
  result.expected = centre;
  const around = USUAL * (isKnown ? usualError(state, deviation) : deviation);
  result.lower = centre - around;
  result.upper = centre + around;
  learnHours(state, hours, x, deviation);
  return insideOf(earlier, x);
}

/** What is expected where the hour is not known from an earlier day: what was just before, or the centre of the first few. */
function lately({ head, body }: State): number {
  const before = justBefore(body, head[H.n] as number);
  return Number.isNaN(before) ? (head[H.median] as number) : before;
}
