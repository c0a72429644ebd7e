import {
  AT_RING,
  FIRST_LEVEL,
  H,
  JUMP,
  LONG_SHIFT,
  RESTLESSNESS,
  RING,
  SHIFT,
  STEP,
  type State,
  TURN,
  VALUE,
} from './layout.ts';
import { clamp } from './numbers.ts';

/** Looked up once: a step asks for them a thousand times. */
const { abs, log } = Math;

/** Further than any jump says anything about. */
const MOST = 1e12;

/** Samples of each half of a shift, and of a long one. */
const NEAR = 4;
const FAR = 16;
/** Restlessness is that of so many steps. */
const RESTLESS = 16;
/** A jump is away from the mean of so many samples before it, measured by the steps before it. */
const BEFORE = 8;
const STEPS = 23;
/** Share of the usual step that softens the logarithm of the recent ones, and what a jump is measured by. */
const SOFT = 0.05;
const FIRM = 0.3;

/** The value `back` samples before the newest, less the origin. */
export const lag = (body: Float32Array, n: number, back: number): number =>
  body[AT_RING + ((n - 1 - back) & (RING - 1))] as number;

/** Sum of the `count` values from `back` before the newest on. */
function sumOf(body: Float32Array, n: number, back: number, count: number): number {
  let sum = 0;
  for (let at = back; at < back + count; at += 1) sum += lag(body, n, at);
  return sum;
}

/** Sum of the `count` absolute steps that end `back` before the newest. */
function stepsOf(body: Float32Array, n: number, back: number, count: number): number {
  let sum = 0;
  let newer = lag(body, n, back);
  for (let at = back + 1; at <= back + count; at += 1) {
    const older = lag(body, n, at);
    sum += abs(newer - older);
    newer = older;
  }
  return sum;
}

/** What the series was about just before the newest sample; NaN where there is not enough past yet. */
export const justBefore = (body: Float32Array, n: number): number =>
  n > BEFORE ? sumOf(body, n, 1, BEFORE) / BEFORE : Number.NaN;

/**
 * The features that follow from recent values, into `out`; NaN where there is not enough past yet. Means of the last samples in the
 * place of jump, turn and outside where `levels` says so.
 */
export function windows({ head, body }: State, x: number, levels: boolean, out: Float32Array): void {
  const n = head[H.n] as number;
  const usual = head[H.meanStep] as number;
  // Each piece of the past is read once, and the windows are put together from them.
  const newest = sumOf(body, n, 0, NEAR);
  const older = sumOf(body, n, NEAR, NEAR);
  const last = abs(lag(body, n, 0) - lag(body, n, 1));
  const steps = stepsOf(body, n, 1, RESTLESS - 1);
  const near = n > 2 * NEAR ? (newest - older) / NEAR : Number.NaN;
  out[VALUE] = x;
  out[STEP] = n > 2 ? x - lag(body, n, 1) : Number.NaN;
  out[SHIFT] = near;
  const half = newest + older + (n > FAR ? sumOf(body, n, 2 * NEAR, FAR - 2 * NEAR) : 0);
  const before = n > 2 * FAR ? sumOf(body, n, FAR, FAR) : Number.NaN;
  out[LONG_SHIFT] = (half - before) / FAR;
  out[RESTLESSNESS] = n > RESTLESS ? logarithm((last + steps) / RESTLESS + SOFT * usual) : Number.NaN;
  if (levels) {
    out[FIRST_LEVEL] = n > 1 ? (x + lag(body, n, 1)) / 2 : Number.NaN;
    out[FIRST_LEVEL + 1] = n > 2 * NEAR ? (newest + older) / (2 * NEAR) : Number.NaN;
    out[FIRST_LEVEL + 2] = (half + before) / (2 * FAR);
    return;
  }
  const step = n > STEPS + 3 ? (steps + stepsOf(body, n, RESTLESS, STEPS + 1 - RESTLESS)) / STEPS + FIRM * usual : 0;
  out[JUMP] = step > 0 ? clamp((x - justBefore(body, n)) / step, MOST) : Number.NaN;
  out[TURN] = step > 0 ? clamp(near / step, MOST) : Number.NaN;
}

/** NaN where nothing moves at all. */
const logarithm = (x: number): number => (x > 0 ? log(x) : Number.NaN);
