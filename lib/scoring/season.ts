import {
  AT_DAY,
  AT_DAY_SEEN,
  AT_HIGH,
  AT_LOUD_DAYS,
  AT_LOW,
  AT_USUAL,
  AT_VISITS,
  AT_WEEK,
  AT_WEEK_SEEN,
  DAY,
  H,
  MOST_MARKED,
  type State,
} from './layout.ts';
import { clamp } from './numbers.ts';

/** Looked up once: a step asks for them a thousand times. */
const { abs, exp, floor, max, min } = Math;

/** A visit's high and low move an envelope inwards by this much of the difference. */
const NARROW = 0.05;
const SLOWEST = 0.02;
/** The unit of a distance beyond the envelope, in widths and in deviations, and the farthest that says anything. */
const WIDTHS = 5;
const DEVIATIONS = 2;
const FARTHEST = 1e5;
/** How fast the usual score of an hour follows the days, and the highest that it takes for usual. */
const USUAL_GAIN = 0.3;
const MOST_USUAL = 12;
/** An hour whose loudest sample reached this is loud; loud on so many days in a row, it is so every day. */
const LOUD = 7;
const EVERY_DAY = 2;
/** Gain of the profiles' mean errors, and the logarithm of what of them is kept. */
const ERROR_GAIN = 0.01;
const LOG_KEPT = -0.01005033585350145;
/** Fewer errors say little of which profile predicts better. */
const ENOUGH = 20;
/** Days since Monday: 1970 began on a Thursday. */
const THURSDAY = 3;

/** Local hour of the day, and the hour of a day of work (0–23) or of a weekend (24–47). */
export interface Hours {
  day: number;
  week: number;
}

export function hoursOf(localSeconds: number, into: Hours): void {
  const hour = floor(localSeconds / 3600);
  const date = floor(hour / DAY);
  into.day = hour - date * DAY;
  const weekday = (((date + THURSDAY) % 7) + 7) % 7;
  into.week = into.day + (weekday >= 5 ? DAY : 0);
}

/** Shares of an hour's usual score that are taken off. */
export interface Shares {
  readonly usual: number;
  /** Where the hour was loud on each day of late. */
  readonly daily: number;
}

export const BELOW_HIGH = 1;
export const ABOVE_LOW = 2;

/** What earlier days had at an hour and the two beside it; NaN where none had. */
export interface Envelope {
  high: number;
  low: number;
}

/**
 * High and low of the hour on earlier days, into `out`. Committed one hour late, so that today never counts; widened at once and
 * narrowed slowly.
 */
export function envelope(state: State, hour: number, x: number, out: Envelope): void {
  const { head, body } = state;
  if (hour !== head[H.hour]) enter(state, hour, x);
  if (x > (head[H.hourHigh] as number)) head[H.hourHigh] = x;
  if (x < (head[H.hourLow] as number)) head[H.hourLow] = x;
  const [previous, next] = [before(hour), after(hour)];
  const [high, low] = [body[AT_HIGH + hour] as number, body[AT_LOW + hour] as number];
  out.high = higher(higher(high, body[AT_HIGH + previous] as number), body[AT_HIGH + next] as number);
  out.low = -higher(higher(-low, -(body[AT_LOW + previous] as number)), -(body[AT_LOW + next] as number));
}

/** On which sides a value is inside; on none where nothing is known, as comparisons with NaN are false. */
export const insideOf = ({ high, low }: Envelope, x: number): number =>
  (x <= high ? BELOW_HIGH : 0) + (x >= low ? ABOVE_LOW : 0);

/**
 * How far a value is beyond what earlier days had, signed; 0 inside. In a unit so large that the least excess of a tail is a quarter
 * of the envelope's width and a tenth of the series' deviation: beyond by less is nothing much.
 */
export function outsideOf({ high, low }: Envelope, x: number, deviation: number): number {
  const beyond = x > high ? x - high : x < low ? x - low : 0;
  if (beyond === 0) return 0;
  const unit = WIDTHS * (high - low) + DEVIATIONS * deviation;
  return unit > 0 ? clamp(beyond / unit, FARTHEST) : 0;
}

function enter({ head, body, marks }: State, hour: number, x: number): void {
  commit(head, body, marks);
  head[H.lastHour] = head[H.hour] as number;
  head[H.lastHourHigh] = head[H.hourHigh] as number;
  head[H.lastHourLow] = head[H.hourLow] as number;
  head[H.lastHourScore] = head[H.hourScore] as number;
  head[H.hour] = hour;
  head[H.hourHigh] = x;
  head[H.hourLow] = x;
  head[H.hourScore] = 0;
  marks[AT_VISITS + hour] = min(MOST_MARKED, (marks[AT_VISITS + hour] as number) + 1);
}

function commit(head: Float64Array, body: Float32Array, marks: Uint8Array): void {
  const hour = head[H.lastHour] as number;
  if (hour < 0) return;
  const high = head[H.lastHourHigh] as number;
  const low = head[H.lastHourLow] as number;
  const oldHigh = body[AT_HIGH + hour] as number;
  const oldLow = body[AT_LOW + hour] as number;
  body[AT_HIGH + hour] = oldHigh > high ? oldHigh + NARROW * (high - oldHigh) : high;
  body[AT_LOW + hour] = oldLow < low ? oldLow + NARROW * (low - oldLow) : low;
  const score = head[H.lastHourScore] as number;
  const usual = body[AT_USUAL + hour] as number;
  body[AT_USUAL + hour] = usual + USUAL_GAIN * (min(MOST_USUAL, score) - usual);
  marks[AT_LOUD_DAYS + hour] = score < LOUD ? 0 : min(EVERY_DAY, (marks[AT_LOUD_DAYS + hour] as number) + 1);
}

/** Comparisons with an hour that is not known yet are false. */
const higher = (a: number, b: number): number => (b > a ? b : a);
const before = (hour: number): number => (hour === 0 ? DAY - 1 : hour - 1);
const after = (hour: number): number => (hour === DAY - 1 ? 0 : hour + 1);

/**
 * What is to be taken off a score because this hour and the two beside it are loud on other days too: a share of how loud they
 * usually are, and much more of it where one was loud on each day of late. What happens every night is no news. Remembers how loud
 * this sample is, for days to come.
 */
export function usualScore(
  { head, body, marks }: State,
  { usual, daily }: Shares,
  hour: number,
  score: number,
): number {
  if (score > (head[H.hourScore] as number)) head[H.hourScore] = score;
  const [previous, next] = [before(hour), after(hour)];
  const loud = max(
    body[AT_USUAL + hour] as number,
    body[AT_USUAL + previous] as number,
    body[AT_USUAL + next] as number,
  );
  const isDaily =
    marks[AT_LOUD_DAYS + hour] === EVERY_DAY ||
    marks[AT_LOUD_DAYS + previous] === EVERY_DAY ||
    marks[AT_LOUD_DAYS + next] === EVERY_DAY;
  return loud * (isDaily ? daily : usual);
}

/**
 * What the hour of the day lets expect, or that of days of work and weekends once it predicts better; NaN on a first visit.
 * Learns the errors of both.
 */
export function expectedOf({ head, body, marks }: State, { day, week }: Hours, x: number, deviation: number): number {
  if (marks[AT_DAY_SEEN + day] === 0) return Number.NaN;
  const byDay = body[AT_DAY + day] as number;
  if (marks[AT_WEEK_SEEN + week] === 0) return byDay;
  const byWeek = body[AT_WEEK + week] as number;
  const isWeek = (head[H.errors] as number) > ENOUGH && (head[H.weekError] as number) < (head[H.dayError] as number);
  const most = 3 * deviation;
  head[H.weekError] =
    (head[H.weekError] as number) + ERROR_GAIN * (min(abs(x - byWeek), most) - (head[H.weekError] as number));
  head[H.dayError] =
    (head[H.dayError] as number) + ERROR_GAIN * (min(abs(x - byDay), most) - (head[H.dayError] as number));
  head[H.errors] = (head[H.errors] as number) + 1;
  return isWeek ? byWeek : byDay;
}

/** Mean error of what the hours let expect, for the width of a band; the series' own deviation before that is known. */
export function usualError({ head }: State, deviation: number): number {
  const seen = head[H.errors] as number;
  if (seen <= ENOUGH) return deviation;
  // The means began at nothing; this is how much of them has come since.
  const come = 1 - exp(seen * LOG_KEPT);
  return min(deviation, min(head[H.dayError] as number, head[H.weekError] as number) / come);
}

export function learnHours({ body, marks }: State, { day, week }: Hours, x: number, deviation: number): void {
  learnHour(body, AT_DAY + day, marks, AT_DAY_SEEN + day, x, deviation);
  learnHour(body, AT_WEEK + week, marks, AT_WEEK_SEEN + week, x, deviation);
}

function learnHour(
  body: Float32Array,
  at: number,
  marks: Uint8Array,
  mark: number,
  x: number,
  deviation: number,
): void {
  const seen = marks[mark] as number;
  if (seen < MOST_MARKED) marks[mark] = seen + 1;
  if (seen === 0) {
    body[at] = x;
    return;
  }
  const error = x - (body[at] as number);
  const step = deviation > 0 ? clamp(error, deviation) : error;
  body[at] = (body[at] as number) + max(SLOWEST, 1 / (seen + 1)) * step;
}

/** Earlier days on which this hour was seen: trust in the profile grows with them. */
export const earlierDays = ({ marks }: State, day: number): number => (marks[AT_VISITS + day] as number) - 1;
