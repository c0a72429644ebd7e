import { AT_RING, H, LEVEL, RESTLESSNESS, RING, SHIFT, type State, VALUE } from './layout.ts';

/** Looked up once: a step asks for them a thousand times. */
const { abs, log } = Math;

const LEVEL_WIDTH = 8;
const SHIFT_WIDTH = 4;
const RESTLESS_WIDTH = 16;
/** Share of the usual step that softens the logarithm of the recent ones. */
const SOFT = 0.05;

/** The value `back` samples before the newest, less the origin. */
export const lag = (body: Float32Array, n: number, back: number): number =>
  body[AT_RING + ((n - 1 - back) & (RING - 1))] as number;

/** The features that follow from recent values, into `out`; NaN where there is not enough past yet. */
export function windows({ head, body }: State, x: number, out: Float64Array): void {
  const n = head[H.n] as number;
  let sum = 0;
  let back = 0;
  for (; back < SHIFT_WIDTH; back += 1) sum += lag(body, n, back);
  const near = sum;
  for (; back < LEVEL_WIDTH; back += 1) sum += lag(body, n, back);
  out[VALUE] = x;
  out[LEVEL] = n > LEVEL_WIDTH ? sum / LEVEL_WIDTH : Number.NaN;
  out[SHIFT] = n > LEVEL_WIDTH ? (2 * near - sum) / SHIFT_WIDTH : Number.NaN;
  out[RESTLESSNESS] = n > RESTLESS_WIDTH ? restlessness(body, n, head[H.meanStep] as number) : Number.NaN;
}

/** Logarithm of the mean absolute step, softened by the usual one; NaN where nothing moves at all. */
function restlessness(body: Float32Array, n: number, usual: number): number {
  let sum = 0;
  let newer = lag(body, n, 0);
  for (let back = 1; back <= RESTLESS_WIDTH; back += 1) {
    const older = lag(body, n, back);
    sum += abs(newer - older);
    newer = older;
  }
  const all = sum / RESTLESS_WIDTH + SOFT * usual;
  return all > 0 ? log(all) : Number.NaN;
}
