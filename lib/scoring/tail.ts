import { AT_BORN, AT_TAILS, BORN_SHIFT, BORN_STEP, BORN_TURN, type State, TAIL, TAILS, TOP } from './layout.ts';
import { log10 } from './numbers.ts';

/** Looked up once: a step asks for them a thousand times. */
const { abs, floor, fround, max, min } = Math;

/** Behind the maxima: the sample at which the last cluster had its maximum, and that maximum. */
const LAST = TOP;
const LAST_VALUE = TOP + 1;
/** Samples of one cluster: only its maximum counts, or one long incident would look like many. */
const CLUSTER = 10;
const WARM = 60;
const FEWEST = 5;
const SHARE = 20;
/** Mean excess is at least this share of the series' deviation. */
const FLOOR = 0.05;
/** Odds of one in 10^12 are as far out as is told. */
const CAP = 12;
/** Samples between two looks for what is too old. */
const LOOK = 4 * BORN_STEP;

/**
 * What follows from the maxima of each tail, kept so that an ordinary sample costs one comparison. Not part of the state. The mean
 * excess is worked out when a sample asks for it, and NaN until then.
 */
export interface Tails {
  /** A value above this is in the tail. */
  readonly from: Float64Array;
  /** Mean excess of the maxima above it. */
  readonly excess: Float64Array;
  /** How many maxima lie in the tail. */
  readonly used: Float64Array;
  readonly forgiving: number;
  /** Samples after which a maximum is forgotten; no more than can be told apart between two looks, or infinite. */
  readonly memory: number;
}

export const createTails = ({ forgiving, memory }: Pick<Tails, 'forgiving' | 'memory'>): Tails => ({
  from: new Float64Array(TAILS).fill(Number.POSITIVE_INFINITY),
  excess: new Float64Array(TAILS),
  used: new Float64Array(TAILS),
  forgiving,
  memory: memory === Number.POSITIVE_INFINITY ? memory : min(memory, BORN_STEP * BORN_TURN - 2 * LOOK),
});

/**
 * −log10 of the odds that a value this far out is ordinary, by an exponential tail through the maxima; for a value that is in the
 * tail, above `from`. `share` of what the tail begins at is no excess: 0 where zero means nothing.
 */
export function tailOdds(
  { body }: State,
  tails: Tails,
  tail: number,
  x: number,
  seen: number,
  scale: number,
  share: number,
): number {
  const from = tails.from[tail] as number;
  const excess = max(excessOf(body, tails, tail), FLOOR * scale, share * abs(from));
  // A series that never moved: whatever leaves it is as far out as can be told.
  if (excess <= 0) return x - from > 1e-6 * abs(from) ? CAP : 0;
  return min(CAP, log10(min(seen, tails.memory) / (tails.used[tail] as number)) + (x - from) / excess / Math.LN10);
}

/** LOOK is a power of two: a remainder of floating point would take longer than all else here. */
const looks = (memory: number, seen: number): boolean => (seen & (LOOK - 1)) === 0 && seen > memory;

/** Whether a tail that has seen so many values has something to do, whatever comes: to forget, or to let more of its maxima count. */
export const looksOrGrows = ({ memory }: Tails, seen: number): boolean =>
  looks(memory, seen) || (seen >= WARM && seen <= SHARE * (TOP + 1) && seen % SHARE === 0);

/** Whether a value may be one of a tail's maxima: it is above the least of them, or as large and that one is getting old. */
export function isNews({ body, marks }: State, { memory }: Tails, tail: number, value: number, seen: number): boolean {
  // As it is kept: a value that comes again is found to be the same.
  const x = fround(value);
  const least = body[AT_TAILS + tail * TAIL + TOP - 1] as number;
  return x > least || (x === least && 2 * ageOf(marks, AT_BORN + tail * TOP + TOP - 1, seen) >= memory);
}

/** What is due once so many values were seen, whatever the value is, or without one. */
export function tailAge({ body, marks }: State, tails: Tails, tail: number, seen: number): void {
  if (looks(tails.memory, seen))
    forgetOld(body, marks, AT_TAILS + tail * TAIL, AT_BORN + tail * TOP, seen, tails.memory);
  prepare(body, tails, tail, seen);
}

/**
 * Remembers a value after it was scored: what is scored never counts for itself. `seen` counts the values, this one too. Need not be
 * called where nothing is due and the value is no news.
 */
export function tailLearn(state: State, tails: Tails, tail: number, value: number, seen: number): void {
  const { body, marks } = state;
  const x = fround(value);
  const at = AT_TAILS + tail * TAIL;
  const born = AT_BORN + tail * TOP;
  if (looksOrGrows(tails, seen)) tailAge(state, tails, tail, seen);
  if (!isNews(state, tails, tail, value, seen)) return;
  if (seen - (body[at + LAST] as number) <= CLUSTER) {
    if (x <= (body[at + LAST_VALUE] as number)) return;
    forgetLast(body, marks, at, born);
  }
  insert(body, marks, at, born, x, seen);
  body[at + LAST] = seen;
  body[at + LAST_VALUE] = x;
  prepare(body, tails, tail, seen);
}

/** Before its equals, so that the oldest of them goes first. */
function insert(body: Float32Array, marks: Uint8Array, at: number, born: number, x: number, seen: number): void {
  let i = TOP - 1;
  while (i > 0 && (body[at + i - 1] as number) <= x) {
    body[at + i] = body[at + i - 1] as number;
    marks[born + i] = marks[born + i - 1] as number;
    i -= 1;
  }
  body[at + i] = x;
  marks[born + i] = seen >>> BORN_SHIFT;
}

/** Samples since a maximum was seen, in steps. */
const ageOf = (marks: Uint8Array, at: number, seen: number): number =>
  (((seen >>> BORN_SHIFT) - (marks[at] as number)) & (BORN_TURN - 1)) * BORN_STEP;

/** Takes out what was seen more than `memory` samples ago: what has not come back for so long is news again. */
function forgetOld(
  body: Float32Array,
  marks: Uint8Array,
  at: number,
  born: number,
  seen: number,
  memory: number,
): void {
  let kept = 0;
  for (let i = 0; i < TOP; i += 1) {
    if (ageOf(marks, born + i, seen) > memory) continue;
    body[at + kept] = body[at + i] as number;
    marks[born + kept] = marks[born + i] as number;
    kept += 1;
  }
  body.fill(Number.NEGATIVE_INFINITY, at + kept, at + TOP);
}

/** Takes the last cluster's maximum out again, because a larger one of the same cluster takes its place. */
function forgetLast(body: Float32Array, marks: Uint8Array, at: number, born: number): void {
  const value = body[at + LAST_VALUE] as number;
  let i = 0;
  while (i < TOP && body[at + i] !== value) i += 1;
  if (i === TOP) return;
  body.copyWithin(at + i, at + i + 1, at + TOP);
  marks.copyWithin(born + i, born + i + 1, born + TOP);
  body[at + TOP - 1] = Number.NEGATIVE_INFINITY;
}

/** Works out again where one tail begins. */
function prepare(body: Float32Array, tails: Tails, tail: number, seen: number): void {
  const at = AT_TAILS + tail * TAIL;
  let kept = TOP;
  while (kept > 0 && body[at + kept - 1] === Number.NEGATIVE_INFINITY) kept -= 1;
  const k = min(kept, max(FEWEST, floor(seen / SHARE)));
  const isKnown = seen >= WARM && k >= FEWEST;
  tails.from[tail] = isKnown ? (body[at + k - 1] as number) : Number.POSITIVE_INFINITY;
  tails.excess[tail] = Number.NaN;
  tails.used[tail] = k;
}

/**
 * The same for all tails at once, as it is a large part of what it costs to go on from bytes. `seenOf` says how many values each of
 * them has seen, of which `fewest` is the least.
 */
export function prepareAll(body: Float32Array, tails: Tails, fewest: number, seenOf: (tail: number) => number): void {
  const { from, excess, used } = tails;
  const allCount = fewest >= SHARE * TOP;
  for (let tail = 0; tail < TAILS; tail += 1) {
    const last = body[AT_TAILS + tail * TAIL + TOP - 1] as number;
    if (allCount && last !== Number.NEGATIVE_INFINITY) {
      from[tail] = last;
      excess[tail] = Number.NaN;
      used[tail] = TOP;
    } else prepare(body, tails, tail, seenOf(tail));
  }
}

function excessOf(body: Float32Array, tails: Tails, tail: number): number {
  const known = tails.excess[tail] as number;
  if (!Number.isNaN(known)) return known;
  const at = AT_TAILS + tail * TAIL;
  const k = tails.used[tail] as number;
  const from = tails.from[tail] as number;
  let sum = 0;
  for (let i = 0; i < k - 1; i += 1) sum += (body[at + i] as number) - from;
  const mean = sum / (k - 1);
  // The median of an exponential is ln 2 of its mean; half of the maxima may be incidents before it moves much.
  const even = ((body[at + (k >> 1)] as number) - from) / Math.LN2;
  const excess = mean + tails.forgiving * (min(mean, even) - mean);
  tails.excess[tail] = excess;
  return excess;
}
