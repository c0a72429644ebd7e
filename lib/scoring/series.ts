import { type Alarm, alarmOf, effective, thresholdFor, WARM } from './alarm.ts';
import { density, densityFeature, IS_STATE, isRelative, windows } from './features.ts';
import { AT_RING, BODY, COUNT, DENSITY, emptyState, FEATURES, H, HEAD, RING, type State, VERSION } from './layout.ts';
import { clamp, log2, power, root } from './numbers.ts';
import { ABOVE_LOW, BELOW_HIGH, earlierVisits, envelope, expectedOf, hoursOf, learn } from './season.ts';
import { tailScore, tailUpdate } from './tail.ts';
import { zoneOffsets } from './zone.ts';

/** Looked up once: a step asks for them a thousand times. */
const { abs, max, min } = Math;

export interface Options {
  /** IANA name; hours of the day and of the week are counted there. Default UTC. */
  readonly timeZone?: string;
  /** A counter is scored by its rate per second; a fall is a reset. Default gauge. */
  readonly kind?: 'gauge' | 'counter';
  /** False alarms that are accepted per series and week. Default 1. */
  readonly maxFalseAlarmsPerWeek?: number;
}

/** `missing`: not a number, or the first reading of a counter: nothing was learned from it. */
export type Phase = 'warming' | 'ready' | 'missing';

/** What a step says; one object per series, overwritten by the next step. */
export interface Result {
  phase: Phase;
  /**
   * Agreement of the features that speak for an anomaly, as −log10 of odds, less what recent alarms of this series took from
   * it; what a threshold would be set on. ≥ 0.
   */
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
  /** −log10 odds of each feature's high side, then its low side, of the last step. */
  readonly parts: Float64Array;
  readonly features: Float64Array;
  readonly limit: number;
  readonly counter: boolean;
  readonly offset: (seconds: number) => number;
}

/** Further out than any deviation says anything about. */
const FAR = 1e12;
/** Beyond it a float32 could not hold a sum of values; such a value is as far out as can be told. */
const LARGEST = 1e35;
const MEMORY = 1000;
const HUBER = 3;
const LOUD = 0.5;
/** Inside the envelope of earlier days a feature's evidence counts half. */
const GATE = 0.5;
const USUAL = 3;

/** Opens a series, new or from the bytes of an earlier one. Throws a RangeError for bytes of another version or length. */
export function open(options: Options = {}, bytes?: Uint8Array): Series {
  return {
    state: bytes === undefined ? emptyState() : fromBytes(bytes),
    result: { phase: 'warming', score: 0, severity: 0, alarm: '', expected: 0, lower: 0, upper: 0 },
    parts: new Float64Array(2 * COUNT),
    features: new Float64Array(COUNT),
    limit: thresholdFor(options.maxFalseAlarmsPerWeek ?? 1),
    counter: options.kind === 'counter',
    offset: zoneOffsets(options.timeZone ?? 'UTC'),
  };
}

/** The state, to go on from elsewhere: version, then both arrays, little-endian. Going on from it gives the same to the last bit. */
export function bytes({ state: { head, body } }: Series): Uint8Array {
  const out = new Uint8Array(8 + HEAD * 8 + BODY * 4);
  const view = new DataView(out.buffer);
  view.setUint32(0, VERSION, true);
  view.setUint32(4, HEAD, true);
  for (let at = 0; at < HEAD; at += 1) view.setFloat64(8 + at * 8, head[at] as number, true);
  for (let at = 0; at < BODY; at += 1) view.setFloat32(8 + HEAD * 8 + at * 4, body[at] as number, true);
  return out;
}

function fromBytes(from: Uint8Array): State {
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
  if (from.byteLength < 8 || view.getUint32(0, true) !== VERSION) {
    throw new RangeError(`not a state of version ${VERSION}`);
  }
  if (from.byteLength !== 8 + HEAD * 8 + BODY * 4) throw new RangeError('a state of another length');
  const state = emptyState();
  for (let at = 0; at < HEAD; at += 1) state.head[at] = view.getFloat64(8 + at * 8, true);
  for (let at = 0; at < BODY; at += 1) state.body[at] = view.getFloat32(8 + HEAD * 8 + at * 4, true);
  return state;
}

/**
 * Scores one sample and learns from it, in this order. `tSeconds` is Unix time; a value that is not finite, or a time that is
 * not, is missing and changes nothing. No allocation.
 */
export function step(series: Series, tSeconds: number, value: number): Result {
  const { result } = series;
  const raw = series.counter ? rateOf(series.state.head, tSeconds, value) : value;
  if (!Number.isFinite(raw) || !Number.isFinite(tSeconds)) {
    result.phase = 'missing';
    result.score = 0;
    result.severity = 0;
    result.alarm = '';
    return result;
  }
  score(series, tSeconds, raw);
  return result;
}

/** NaN for the first reading and for time that stands still. */
function rateOf(head: Float64Array, time: number, value: number): number {
  if (!Number.isFinite(value)) return Number.NaN;
  const before = head[H.counter] as number;
  const elapsed = time - (head[H.counterTime] as number);
  head[H.counter] = value;
  head[H.counterTime] = time;
  if (Number.isNaN(before) || !(elapsed > 0)) return Number.NaN;
  return (value >= before ? value - before : value) / elapsed;
}

function score(series: Series, time: number, value: number): void {
  const { state, result, features, limit } = series;
  const { head, body } = state;
  const n = (head[H.n] as number) + 1;
  if (n === 1) {
    head[H.origin] = value;
    head[H.opened] = time;
  }
  const x = clamp(value - (head[H.origin] as number), LARGEST);
  const known = head[H.deviation] as number;
  head[H.n] = n;
  body[AT_RING + ((n - 1) % RING)] = x;
  moveCentre(head, n, x);
  windows(state, x, features);
  const inside = seasonal(series, time, x);
  const unit = unitOf(head);
  const distance = density(state, unit);
  features[DENSITY] = n < 64 ? Number.NaN : densityFeature(distance);
  fuse(series, known, inside);
  for (let k = 0; k < COUNT; k += 1) remember(body, k, features[k] as number);
  const z = unit > 0 ? min(FAR, abs(x - (head[H.median] as number)) / unit) : 0;
  result.severity += 0.25 * log2(1 + z) + 0.75 * log2(1 + distance);
  const agreed = result.score;
  result.score = effective(state, agreed, time);
  result.alarm = alarmOf(state, agreed, result.score, limit, time);
  result.phase = n <= WARM ? 'warming' : 'ready';
  head[H.time] = time;
}

/** Robust centre, scale and mean step by Huber steps. */
function moveCentre(head: Float64Array, n: number, x: number): void {
  const gain = 1 / min(n, MEMORY);
  const median = n === 1 ? x : (head[H.median] as number);
  const deviation = head[H.deviation] as number;
  const error = x - median;
  head[H.median] = median + gain * (deviation > 0 ? clamp(error, HUBER * deviation) : error);
  const size = abs(error);
  head[H.deviation] = deviation + gain * ((deviation > 0 ? min(size, 5 * deviation) : size) - deviation);
  const usual = head[H.meanStep] as number;
  const moved = n === 1 ? 0 : abs(x - (head[H.lastValue] as number));
  head[H.meanStep] = usual + gain * ((usual > 0 ? min(moved, 8 * usual) : moved) - usual);
  head[H.lastValue] = x;
}

/** In what distances from the centre are counted: the deviation, and a little of the absolute level for series that hardly move. */
function unitOf(head: Float64Array): number {
  return (head[H.deviation] as number) + 0.02 * abs((head[H.median] as number) + (head[H.origin] as number));
}

/** Season, trend of the season and band; returns on which sides the value is inside the envelope. */
function seasonal({ state, features, result, offset }: Series, time: number, x: number): number {
  const { head } = state;
  const hours = hoursOf(time + offset(time));
  const inside = envelope(state, hours.day, x);
  const deviation = head[H.deviation] as number;
  const expected = expectedOf(state, hours, x, deviation);
  if (Number.isNaN(expected)) {
    features[10] = Number.NaN;
    features[11] = Number.NaN;
  } else {
    const visits = earlierVisits(state, hours.day);
    const residual = ((x - expected) * visits) / (visits + 0.5);
    head[H.trend] = 0.8 * (head[H.trend] as number) + 0.2 * residual;
    features[10] = residual;
    features[11] = head[H.trend] as number;
  }
  const centre = (Number.isNaN(expected) ? (head[H.median] as number) : expected) + (head[H.origin] as number);
  result.expected = centre;
  result.lower = centre - USUAL * deviation;
  result.upper = centre + USUAL * deviation;
  learn(state, hours, x, deviation);
  return inside;
}

/** Scores each side of each feature and joins them by agreement; severity is taken before the gate. */
function fuse({ state: { body }, result, features, parts }: Series, scale: number, inside: number): void {
  let all = 0;
  let loud = 0;
  let loudState = 0;
  let quiet = 0;
  for (let k = 0; k < COUNT; k += 1) {
    const feature = features[k] as number;
    const sides = k === DENSITY ? 1 : 2;
    for (let side = 0; side < sides; side += 1) {
      const signed = side === 0 ? feature : -feature;
      let odds = Number.isNaN(signed) ? 0 : tailScore(body, 2 * k + side, signed, isRelative(k) ? 1 : scale);
      if (odds > LOUD) {
        const strength = power(odds);
        loud += strength;
        if (IS_STATE[k]) loudState += strength;
      } else if (odds < 0 && IS_STATE[k]) quiet = max(quiet, -odds);
      if (isGated(k, side, inside)) odds *= GATE;
      if (odds < 0) odds = 0;
      parts[2 * k + side] = odds;
      if (odds > LOUD) all += power(odds);
    }
  }
  result.score = root(all);
  result.severity = 0.5 * root(loud) + 0.5 * root(loudState) + 0.2 * quiet;
}

function isGated(feature: number, side: number, inside: number): boolean {
  if (isRelative(feature)) return inside === BELOW_HIGH + ABOVE_LOW;
  return (inside & (side === 0 ? BELOW_HIGH : ABOVE_LOW)) !== 0;
}

function remember(body: Float32Array, feature: number, value: number): void {
  if (Number.isNaN(value)) return;
  tailUpdate(body, 2 * feature, value);
  if (feature !== DENSITY) tailUpdate(body, 2 * feature + 1, -value);
}

export { FEATURES };
