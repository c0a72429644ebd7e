/** How the state of one series lies in two typed arrays. Everything a step remembers is here, so the bytes of both are the state. */
export const VERSION = 1;

/** Recent values, less the origin. */
export const RING = 129;
/** Largest cluster maxima kept per tail, and the five fields of its bookkeeping. */
export const TOP = 16;
export const TAIL = TOP + 5;
export const FEATURES = [
  'value',
  'level2',
  'level8',
  'level32',
  'step',
  'shift4',
  'shift16',
  'shift64',
  'volatility16',
  'volatility64',
  'season',
  'seasonTrend',
  'density',
] as const;
export type Feature = (typeof FEATURES)[number];
export const COUNT = FEATURES.length;
export const DENSITY = COUNT - 1;
/** One tail for each side of each feature; density has but one. */
export const TAILS = 2 * COUNT - 1;
export const SHINGLES = 32;
export const SHINGLE = 4;

/** Offsets in the Float32Array. */
export const AT_RING = 0;
export const AT_TAILS = AT_RING + RING;
export const AT_DAY = AT_TAILS + TAILS * TAIL;
export const AT_DAY_COUNT = AT_DAY + 24;
export const AT_DAY_VISITS = AT_DAY_COUNT + 24;
export const AT_WEEK = AT_DAY_VISITS + 24;
export const AT_WEEK_COUNT = AT_WEEK + 168;
export const AT_ENVELOPE_HIGH = AT_WEEK_COUNT + 168;
export const AT_ENVELOPE_LOW = AT_ENVELOPE_HIGH + 24;
export const AT_SHINGLES = AT_ENVELOPE_LOW + 24;
export const BODY = AT_SHINGLES + SHINGLES * SHINGLE;

/** Fields of the Float64Array: what needs more digits than a float32 has. */
export const HEAD_FIELDS = [
  'n',
  'origin',
  'opened',
  'median',
  'deviation',
  'meanStep',
  'lastValue',
  'hour',
  'hourHigh',
  'hourLow',
  'lastHour',
  'lastHourHigh',
  'lastHourLow',
  'dayError',
  'weekError',
  'errors',
  'trend',
  'shingles',
  'seed',
  'time',
  'counter',
  'counterTime',
  'on',
  'calm',
  'began',
  'debt',
  'debtTime',
] as const;
export type HeadField = (typeof HEAD_FIELDS)[number];
export const HEAD = HEAD_FIELDS.length;
export const H = Object.fromEntries(HEAD_FIELDS.map((name, at) => [name, at])) as Readonly<Record<HeadField, number>>;

export interface State {
  readonly head: Float64Array;
  readonly body: Float32Array;
}

export function emptyState(): State {
  const head = new Float64Array(HEAD);
  const body = new Float32Array(BODY);
  for (const name of ['hour', 'lastHour'] as const) head[H[name]] = -1;
  head[H.began] = -1e6;
  head[H.time] = Number.NaN;
  head[H.counter] = Number.NaN;
  head[H.seed] = 1;
  body.fill(Number.NaN, AT_ENVELOPE_HIGH, AT_SHINGLES);
  for (let tail = 0; tail < TAILS; tail += 1) body[AT_TAILS + tail * TAIL + TOP + 2] = -1e6;
  return { head, body };
}
