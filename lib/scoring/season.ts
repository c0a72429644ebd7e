import {
  AT_DAY,
  AT_DAY_COUNT,
  AT_DAY_VISITS,
  AT_ENVELOPE_HIGH,
  AT_ENVELOPE_LOW,
  AT_WEEK,
  AT_WEEK_COUNT,
  H,
  type State,
} from './layout.ts';
import { clamp } from './numbers.ts';

/** Looked up once: a step asks for them a thousand times. */
const { abs, floor, max, min } = Math;

/** A visit's high and low move an envelope inwards by this much of the difference. */
const NARROW = 0.05;
const SLOWEST = 0.02;
const MOST_COUNTED = 65_535;

/** Local hour of the day and of the week. */
export interface Hours {
  readonly day: number;
  readonly week: number;
}
export const hoursOf = (localSeconds: number): Hours => {
  const hour = floor(localSeconds / 3600);
  return { day: ((hour % 24) + 24) % 24, week: ((hour % 168) + 168) % 168 };
};

/**
 * High and low of each hour of earlier days. Committed one hour late, so that today never counts; widened at once and
 * narrowed slowly. Says whether the value lies below the high and above the low of its hour and the two beside it.
 */
export function envelope({ head, body }: State, hour: number, x: number): number {
  if (hour !== head[H.hour]) {
    commit(head, body);
    head[H.lastHour] = head[H.hour] as number;
    head[H.lastHourHigh] = head[H.hourHigh] as number;
    head[H.lastHourLow] = head[H.hourLow] as number;
    head[H.hour] = hour;
    head[H.hourHigh] = x;
    head[H.hourLow] = x;
    body[AT_DAY_VISITS + hour] = (body[AT_DAY_VISITS + hour] as number) + 1;
  }
  if (x > (head[H.hourHigh] as number)) head[H.hourHigh] = x;
  if (x < (head[H.hourLow] as number)) head[H.hourLow] = x;
  return within(body, hour, x);
}

function commit(head: Float64Array, body: Float32Array): void {
  const hour = head[H.lastHour] as number;
  if (hour < 0) return;
  const high = head[H.lastHourHigh] as number;
  const low = head[H.lastHourLow] as number;
  const oldHigh = body[AT_ENVELOPE_HIGH + hour] as number;
  const oldLow = body[AT_ENVELOPE_LOW + hour] as number;
  body[AT_ENVELOPE_HIGH + hour] = oldHigh > high ? oldHigh + NARROW * (high - oldHigh) : high;
  body[AT_ENVELOPE_LOW + hour] = oldLow < low ? oldLow + NARROW * (low - oldLow) : low;
}

export const BELOW_HIGH = 1;
export const ABOVE_LOW = 2;

function within(body: Float32Array, hour: number, x: number): number {
  const known = body[AT_ENVELOPE_HIGH + hour] as number;
  if (Number.isNaN(known)) return 0;
  let high = Number.NEGATIVE_INFINITY;
  let low = Number.POSITIVE_INFINITY;
  for (let near = -1; near <= 1; near += 1) {
    const at = (hour + near + 24) % 24;
    const top = body[AT_ENVELOPE_HIGH + at] as number;
    if (Number.isNaN(top)) continue;
    if (top > high) high = top;
    if ((body[AT_ENVELOPE_LOW + at] as number) < low) low = body[AT_ENVELOPE_LOW + at] as number;
  }
  return (x <= high ? BELOW_HIGH : 0) + (x >= low ? ABOVE_LOW : 0);
}

/** What the hour of the day, or of the week once that predicts better, lets expect; NaN on a first visit. Learns the errors of both. */
export function expectedOf({ head, body }: State, { day, week }: Hours, x: number, deviation: number): number {
  if ((body[AT_DAY_COUNT + day] as number) === 0) return Number.NaN;
  let expected = body[AT_DAY + day] as number;
  if ((body[AT_WEEK_COUNT + week] as number) === 0) return expected;
  const byDay = abs(x - expected);
  const byWeek = abs(x - (body[AT_WEEK + week] as number));
  if ((head[H.errors] as number) > 20 && (head[H.weekError] as number) < (head[H.dayError] as number)) {
    expected = body[AT_WEEK + week] as number;
  }
  const most = 3 * deviation;
  head[H.weekError] = (head[H.weekError] as number) + 0.01 * (min(byWeek, most) - (head[H.weekError] as number));
  head[H.dayError] = (head[H.dayError] as number) + 0.01 * (min(byDay, most) - (head[H.dayError] as number));
  head[H.errors] = (head[H.errors] as number) + 1;
  return expected;
}

export function learn({ body }: State, { day, week }: Hours, x: number, deviation: number): void {
  learnOne(body, AT_DAY + day, AT_DAY_COUNT + day, x, deviation);
  learnOne(body, AT_WEEK + week, AT_WEEK_COUNT + week, x, deviation);
}

function learnOne(body: Float32Array, at: number, count: number, x: number, deviation: number): void {
  const seen = body[count] as number;
  if (seen === 0) {
    body[at] = x;
    body[count] = 1;
    return;
  }
  if (seen < MOST_COUNTED) body[count] = seen + 1;
  const error = x - (body[at] as number);
  const step = deviation > 0 ? clamp(error, deviation) : error;
  body[at] = (body[at] as number) + max(SLOWEST, 1 / (seen + 1)) * step;
}

/** Earlier visits of this hour of the day: trust in the profile grows with them. */
export const earlierVisits = ({ body }: State, day: number): number => (body[AT_DAY_VISITS + day] as number) - 1;
