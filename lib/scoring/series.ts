import { alarmOf, beginsAt, dulled, isWarm } from './alarm.ts';
import { moveCentre, unitOf } from './centre.ts';
import { learnFeatures, weigh } from './evidence.ts';
import { AT_RING, H, OUTSIDE, RING, SEASON, SEASON_TREND, SHAPE, type State } from './layout.ts';
import { clamp, log2 } from './numbers.ts';
import type { Result, Series } from './open.ts';
import {
  earlierDays,
  envelope,
  expectedOf,
  hoursOf,
  insideOf,
  learnHours,
  outsideOf,
  usualError,
  usualScore,
} from './season.ts';
import { strangeness } from './shape.ts';
import { learnGap, type Silence, silenceOf } from './silence.ts';
import { justBefore, windows } from './windows.ts';

export {
  bytes,
  goesOnFrom,
  type Options,
  open,
  type Phase,
  quiet,
  type Result,
  reopen,
  type Series,
  samplesSeen,
  type Tell,
  timeSeen,
} from './open.ts';

/** Looked up once: a step asks for them a thousand times. */
const { abs, max, min } = Math;

/** Further out than any deviation says anything about. */
const FAR = 1e12;
/** Beyond it a float32 could not hold a sum of values; such a value is as far out as can be told. */
const LARGEST = 1e35;
/** Unix seconds of the last moment, and less a sign of the first, that a date can hold. */
const LATEST = 8.64e12;
/** The band reaches so many deviations to both sides. */
const USUAL = 3;
const SHAPE_WARM = 64;
/** Earlier days from which on it says something that a value is outside what they had. */
const DAYS_OF_ENVELOPE = 2;
/** What distance from the centre and strangeness of the shape add to the severity where the score is silent. */
const FAR_SHARE = 0.25;
const STRANGE_SHARE = 0.8;

/** Whether what the last step said would begin an alarm, were none on. */
export const wouldBegin = ({ state, tuning, perWeek, result }: Series): boolean =>
  beginsAt(state, tuning, perWeek, result.score, state.head[H.time] as number);

/** Whether the series is silent for longer than it ever is, at `now` (Unix seconds). Changes nothing. */
export const absent = (series: Series, now: number): Silence => silenceOf(series.state, now, isWarm(series.state));

/**
 * Scores one sample and learns from it, in this order. `tSeconds` is Unix time; a value that is not finite, or a time that
 * no date has, is missing and changes nothing. No allocation.
 */
export function step(series: Series, tSeconds: number, value: number): Result {
  const { result, state } = series;
  const raw = series.counter ? rateOf(state.head, tSeconds, value) : value;
  if (!Number.isFinite(raw) || !isTime(tSeconds)) {
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

/** Beyond what a date can hold the hour of the day would be lost in the rounding. */
const isTime = (seconds: number): boolean => abs(seconds) <= LATEST;

/** NaN for the first reading, for the one after a reset, and for time that stands still or steps back. */
function rateOf(head: Float64Array, time: number, value: number): number {
  if (!Number.isFinite(value) || !isTime(time)) return Number.NaN;
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
  windows(state, x, series.evidence.levels, features);
  const inside = seasonal(series, time, x);
  const unit = unitOf(head);
  const strange = strangeness(state, unit);
  features[SHAPE] = n < SHAPE_WARM ? Number.NaN : log2(1 + strange);
  weigh(series.evidence, state, tails, features, scale, inside);
  learnFeatures(state, tails, features);
  const away = unit > 0 ? min(FAR, abs(x - (head[H.median] as number)) / unit) : 0;
  const { agreed } = series.evidence;
  result.score = max(0, agreed - usualScore(state, tuning, series.hours.day, agreed) - dulled(state, tuning));
  result.severity = agreed + FAR_SHARE * log2(1 + away) + STRANGE_SHARE * log2(1 + strange);
  result.alarm = alarmOf(state, tuning, series.perWeek, result.score, time);
  result.phase = isWarm(state) ? 'ready' : 'warming';
}

/** Season, its trend, and the band; returns on which sides the value is inside the envelope. */
function seasonal(series: Series, time: number, x: number): number {
  const { state, features, result, offset, hours, earlier } = series;
  const { head } = state;
  hoursOf(time + offset(time), hours);
  envelope(state, hours.day, x, earlier);
  const deviation = head[H.deviation] as number;
  const expected = expectedOf(state, hours, x, deviation);
  const days = earlierDays(state, hours.day);
  const isKnown = days >= 1 && !Number.isNaN(expected);
  if (!series.evidence.levels)
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
