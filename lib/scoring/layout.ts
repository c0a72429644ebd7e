/** How the state of one series lies in three typed arrays. Everything a step remembers is here, so the bytes of all are the state. */
export const VERSION = 5;

export const FEATURES = [
  'value',
  'shift',
  'restlessness',
  'season',
  'seasonTrend',
  'step',
  'longShift',
  'jump',
  'turn',
  'outside',
  'shape',
] as const;
/** Means of the last 2, 8 and 32 samples: in the places of jump, turn and outside where only what is new is told. */
export const LEVELS = ['level2', 'level8', 'level32'] as const;
export type Feature = (typeof FEATURES)[number] | (typeof LEVELS)[number];
export const COUNT = FEATURES.length;
export const VALUE = 0;
export const SHIFT = 1;
export const RESTLESSNESS = 2;
export const SEASON = 3;
export const SEASON_TREND = 4;
export const STEP = 5;
export const LONG_SHIFT = 6;
export const JUMP = 7;
export const TURN = 8;
export const OUTSIDE = 9;
export const SHAPE = 10;
export const FIRST_LEVEL = JUMP;
/** One tail for each side of each feature but the shape, which has no lower side. */
export const TAILS = 2 * COUNT - 1;

/** Recent values, less the origin; a power of two. */
export const RING = 32;
/** Largest cluster maxima of late that a tail keeps, in falling order; behind them where and what the last cluster's was. */
export const TOP = 16;
export const TAIL = TOP + 2;
/** Remembered shapes: runs of so many values. */
export const SHAPES = 10;
export const RUN = 4;
/** Hours of a day, and hours of a day of work and of a weekend. */
export const DAY = 24;
export const WEEK = 48;

/** Offsets in the Float32Array. */
export const AT_RING = 0;
export const AT_TAILS = AT_RING + RING;
export const AT_DAY = AT_TAILS + TAILS * TAIL;
export const AT_WEEK = AT_DAY + DAY;
export const AT_HIGH = AT_WEEK + WEEK;
export const AT_LOW = AT_HIGH + DAY;
/** How loud the loudest sample of each hour of the day usually is. */
export const AT_USUAL = AT_LOW + DAY;
export const AT_SHAPES = AT_USUAL + DAY;
export const BODY = AT_SHAPES + SHAPES * RUN;

/**
 * Offsets in the Uint8Array: samples that a profile's hour has seen, and days on which it was visited, both stop at 255; then when
 * each maximum of each tail was seen, in steps of some samples that begin anew after 255; then on how many days in a row an hour was
 * loud.
 */
export const AT_DAY_SEEN = 0;
export const AT_WEEK_SEEN = AT_DAY_SEEN + DAY;
export const AT_VISITS = AT_WEEK_SEEN + WEEK;
export const AT_BORN = AT_VISITS + DAY;
/** When a maximum was seen is remembered in steps of so many samples, by a number that begins anew after 255. */
export const BORN_SHIFT = 5;
export const BORN_STEP = 2 ** BORN_SHIFT;
export const BORN_TURN = 256;
export const AT_LOUD_DAYS = AT_BORN + TAILS * TOP;
export const MARKS = AT_LOUD_DAYS + DAY;
export const MOST_MARKED = 255;

/**
 * Fields of the Float64Array: what needs more digits than a float32 has, or is one of a kind. `dulling` is how many earlier alarms
 * still dull the next where only what is new is told, and TELLS_ALL where all is.
 */
export const HEAD_FIELDS = [
  'n',
  'origin',
  'opened',
  'later',
  'median',
  'deviation',
  'meanStep',
  'lastValue',
  'seasonSeen',
  'hour',
  'hourHigh',
  'hourLow',
  'hourScore',
  'lastHour',
  'lastHourHigh',
  'lastHourLow',
  'lastHourScore',
  'dayError',
  'weekError',
  'errors',
  'trend',
  'shapes',
  'seed',
  'time',
  'gap',
  'longestGap',
  'counter',
  'counterTime',
  'on',
  'calm',
  'reached',
  'began',
  'dulling',
] as const;
export type HeadField = (typeof HEAD_FIELDS)[number];
export const HEAD = HEAD_FIELDS.length;
export const TELLS_ALL = -1;
export const H = Object.fromEntries(HEAD_FIELDS.map((name, at) => [name, at])) as Readonly<Record<HeadField, number>>;

/** In the bytes before the three arrays: version and length. */
const PREFIX = 8;
export const AT_HEAD_BYTE = PREFIX;
export const AT_BODY_BYTE = AT_HEAD_BYTE + HEAD * 8;
export const AT_MARKS_BYTE = AT_BODY_BYTE + BODY * 4;
export const BYTES = AT_MARKS_BYTE + MARKS;

/** Three arrays in one piece of memory, so that all of it is copied at once. */
export interface State {
  readonly memory: Uint8Array;
  readonly head: Float64Array;
  readonly body: Float32Array;
  readonly marks: Uint8Array;
}

export function emptyState(dulling = TELLS_ALL): State {
  const memory = new Uint8Array(BYTES);
  const prefix = new DataView(memory.buffer);
  prefix.setUint32(0, VERSION, true);
  prefix.setUint32(4, BYTES, true);
  const head = new Float64Array(memory.buffer, AT_HEAD_BYTE, HEAD);
  const body = new Float32Array(memory.buffer, AT_BODY_BYTE, BODY);
  for (const name of ['hour', 'lastHour'] as const) head[H[name]] = -1;
  for (const name of ['time', 'counter', 'began'] as const) head[H[name]] = Number.NaN;
  head[H.seed] = 1;
  head[H.dulling] = dulling;
  body.fill(Number.NaN, AT_HIGH, AT_USUAL);
  for (let tail = 0; tail < TAILS; tail += 1) {
    const at = AT_TAILS + tail * TAIL;
    body.fill(Number.NEGATIVE_INFINITY, at, at + TOP);
    body[at + TOP] = -1e6;
  }
  return { memory, head, body, marks: new Uint8Array(memory.buffer, AT_MARKS_BYTE, MARKS) };
}
