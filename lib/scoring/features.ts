import { AT_RING, AT_SHINGLES, COUNT, DENSITY, H, RING, SHINGLE, SHINGLES, type State } from './layout.ts';
import { clamp, log2 } from './numbers.ts';

/** Looked up once: a step asks for them a thousand times. */
const { abs, floor, imul, log, min, sqrt } = Math;

const LEVELS = [2, 8, 32];
const SHIFTS = [4, 16, 64];
const VOLATILITIES = [16, 64];
const NEAREST = 4;
const LIFE = 1000;
/** Further out than any deviation says anything about. */
const FAR = 1e12;

/** The value `back` samples ago, less the origin. */
function lag(body: Float32Array, n: number, back: number): number {
  return body[AT_RING + ((n - 1 - back + 4 * RING) % RING)] as number;
}

function mean(body: Float32Array, n: number, from: number, width: number): number {
  let sum = 0;
  for (let back = from; back < from + width; back += 1) sum += lag(body, n, back);
  return sum / width;
}

/** Everything but season and density into `out`; NaN where there is not enough past yet. */
export function windows({ head, body }: State, x: number, out: Float64Array): void {
  const n = head[H.n] as number;
  const past = n - 1;
  out[0] = x;
  let at = 1;
  for (const width of LEVELS) {
    out[at] = past >= width ? mean(body, n, 0, width) : Number.NaN;
    at += 1;
  }
  out[at] = past > 0 ? x - lag(body, n, 1) : Number.NaN;
  at += 1;
  for (const width of SHIFTS) {
    out[at] = past >= 2 * width - 1 ? mean(body, n, 0, width) - mean(body, n, width, width) : Number.NaN;
    at += 1;
  }
  for (const width of VOLATILITIES) {
    out[at] = past >= width ? roughness(body, n, width, head[H.meanStep] as number) : Number.NaN;
    at += 1;
  }
}

/** Logarithm of the mean absolute step, softened by the usual one; NaN where nothing moves at all. */
function roughness(body: Float32Array, n: number, width: number, usual: number): number {
  let sum = 0;
  for (let back = 0; back < width; back += 1) sum += abs(lag(body, n, back) - lag(body, n, back + 1));
  const all = sum / width + 0.05 * usual;
  return all > 0 ? log(all) : Number.NaN;
}

const near = new Float64Array(NEAREST);

/** Mean distance of the last four values to the four nearest of those remembered, in robust deviations; remembers some of them. */
export function density({ head, body }: State, unit: number): number {
  const n = head[H.n] as number;
  if (n <= 20 || !(unit > 0)) return 0;
  const known = head[H.shingles] as number;
  near.fill(Number.POSITIVE_INFINITY);
  for (let one = 0; one < known; one += 1) {
    let distance = 0;
    for (let j = 0; j < SHINGLE; j += 1) {
      const difference = clamp(((body[AT_SHINGLES + one * SHINGLE + j] as number) - lag(body, n, j)) / unit, FAR);
      distance += difference * difference;
    }
    insert(distance);
  }
  remember(head, body, n);
  const count = min(NEAREST, known);
  let sum = 0;
  for (let j = 0; j < count; j += 1) sum += sqrt(near[j] as number);
  return n < 64 || count === 0 ? 0 : sum / count;
}

function insert(distance: number): void {
  if (distance >= (near[NEAREST - 1] as number)) return;
  let at = NEAREST - 1;
  while (at > 0 && (near[at - 1] as number) > distance) {
    near[at] = near[at - 1] as number;
    at -= 1;
  }
  near[at] = distance;
}

/** A linear congruential generator: the same draws everywhere, and part of the state. */
function draw(head: Float64Array): number {
  const seed = (imul(head[H.seed] as number, 1_664_525) + 1_013_904_223) >>> 0;
  head[H.seed] = seed;
  return seed / 4_294_967_296;
}

function remember(head: Float64Array, body: Float32Array, n: number): void {
  const known = head[H.shingles] as number;
  let slot = -1;
  if (known < SHINGLES) {
    slot = known;
    head[H.shingles] = known + 1;
  } else if (draw(head) < SHINGLES / min(n, LIFE)) slot = floor(draw(head) * SHINGLES);
  if (slot < 0) return;
  for (let j = 0; j < SHINGLE; j += 1) body[AT_SHINGLES + slot * SHINGLE + j] = lag(body, n, j);
}

/** Whether a feature is compared in its own unit (a logarithm) and not in that of the value. */
export const isRelative = (feature: number): boolean => feature === 8 || feature === 9 || feature === DENSITY;
/** Features that tell where the series is, and not only that it moved. */
export const IS_STATE: readonly boolean[] = Array.from({ length: COUNT }, (_, at) => [0, 1, 2, 8, 10, 11].includes(at));
export const densityFeature = (distance: number): number => log2(1 + distance);
