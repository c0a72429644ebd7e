import { AT_RING, H, JUMP, LONG_SHIFT, RESTLESSNESS, RING, SHIFT, STEP, type State, TURN, VALUE } from './layout.ts';
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

/** Mean of the `count` values from `back` before the newest on. */
function meanOf(body: Float32Array, n: number, back: number, count: number): number {
  let sum = 0;
  for (let at = back; at < back + count; at += 1) sum += lag(body, n, at);
  return sum / count;
}

/** Mean absolute step of the `count` steps that end `back` before the newest. */
function meanStep(body: Float32Array, n: number, back: number, count: number): number {
  let sum = 0;
  let newer = lag(body, n, back);
  for (let at = back + 1; at <= back + count; at += 1) {
    const older = lag(body, n, at);
    sum += abs(newer - older);
    newer = older;
  }
  return sum / count;
}

/** What the series was about just before the newest sample; NaN where there is not enough past yet. */
export const justBefore = (body: Float32Array, n: number): number =>
  n > BEFORE ? meanOf(body, n, 1, BEFORE) : Number.NaN;

/** The features that follow from recent values, into `out`; NaN where there is not enough past yet. */
export function windows({ head, body }: State, x: number, out: Float64Array): void {
  const n = head[H.n] as number;
  const usual = head[H.meanStep] as number;
  const near = n > 2 * NEAR ? meanOf(body, n, 0, NEAR) - meanOf(body, n, NEAR, NEAR) : Number.NaN;
  out[VALUE] = x;
  out[STEP] = n > 2 ? x - lag(body, n, 1) : Number.NaN;
  out[SHIFT] = near;
  out[LONG_SHIFT] = n > 2 * FAR ? meanOf(body, n, 0, FAR) - meanOf(body, n, FAR, FAR) : Number.NaN;
  out[RESTLESSNESS] = n > RESTLESS ? logarithm(meanStep(body, n, 0, RESTLESS) + SOFT * usual) : Number.NaN;
  const step = n > STEPS + 3 ? meanStep(body, n, 1, STEPS) + FIRM * usual : 0;
  out[JUMP] = step > 0 ? clamp((x - justBefore(body, n)) / step, MOST) : Number.NaN;
  out[TURN] = step > 0 ? clamp(near / step, MOST) : Number.NaN;
}

/** NaN where nothing moves at all. */
const logarithm = (x: number): number => (x > 0 ? log(x) : Number.NaN);
