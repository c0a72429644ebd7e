import { AT_TAILS, TAIL, TOP } from './layout.ts';
import { log10 } from './numbers.ts';

/** Looked up once: a step asks for them a thousand times. */
const { abs, floor, max, min } = Math;

/** Offsets behind the largest maxima. */
const KEPT = TOP;
const SEEN = TOP + 1;
const LAST = TOP + 2;
const LAST_VALUE = TOP + 3;
const MEAN = TOP + 4;

/** Samples of one cluster: only its maximum counts, or one long incident would look like many. */
const CLUSTER = 10;
const WARM = 60;
const FEWEST = 5;
const SHARE = 20;
const FLOOR = 0.05;
export const CAP = 12;

/**
 * −log10 of the odds that a value this far out is ordinary, from an exponential tail through the largest cluster maxima; below
 * their smallest a graded body in [−1, 0), for severity only. `scale` is the series' own robust deviation.
 */
export function tailScore(body: Float32Array, tail: number, x: number, scale: number): number {
  const at = AT_TAILS + tail * TAIL;
  const seen = body[at + SEEN] as number;
  if (seen < WARM) return 0;
  const k = min(body[at + KEPT] as number, max(FEWEST, floor(seen / SHARE)));
  if (k < FEWEST) return 0;
  const u = body[at + k - 1] as number;
  const base = log10(seen / k);
  if (x <= u) return bodyScore(x, u, body[at + MEAN] as number, base);
  let excess = 0;
  for (let i = 0; i < k - 1; i += 1) excess += (body[at + i] as number) - u;
  excess = max(excess / (k - 1), FLOOR * scale);
  // A series that never moved: whatever leaves it is as far out as can be told.
  if (excess <= 0) return x - u > 1e-6 * abs(u) ? CAP : 0;
  return min(CAP, base + (x - u) / excess / Math.LN10);
}

function bodyScore(x: number, u: number, mean: number, base: number): number {
  if (!(u > mean)) return 0;
  const share = min(1, (x - mean) / (u - mean));
  return share <= 0 ? 0 : -0.5 * min(base, 2) * share * share;
}

/** Remembers a value after it was scored: what is scored never counts for itself. */
export function tailUpdate(body: Float32Array, tail: number, x: number): void {
  const at = AT_TAILS + tail * TAIL;
  const seen = (body[at + SEEN] as number) + 1;
  body[at + SEEN] = seen;
  body[at + MEAN] = (body[at + MEAN] as number) + (x - (body[at + MEAN] as number)) / min(seen, 1000);
  let kept = body[at + KEPT] as number;
  if (kept === TOP && x <= (body[at + TOP - 1] as number)) return;
  if (seen - (body[at + LAST] as number) <= CLUSTER) {
    if (x <= (body[at + LAST_VALUE] as number)) return;
    kept = forget(body, at, kept);
  }
  let i = kept < TOP ? kept : TOP - 1;
  body[at + KEPT] = kept < TOP ? kept + 1 : TOP;
  while (i > 0 && (body[at + i - 1] as number) < x) {
    body[at + i] = body[at + i - 1] as number;
    i -= 1;
  }
  body[at + i] = x;
  body[at + LAST] = seen;
  // As it is kept, so that it is found again.
  body[at + LAST_VALUE] = x;
}

/** Takes the last cluster's maximum out again, because a larger one of the same cluster takes its place. */
function forget(body: Float32Array, at: number, kept: number): number {
  const value = body[at + LAST_VALUE] as number;
  let i = 0;
  while (i < kept && body[at + i] !== value) i += 1;
  if (i === kept) return kept;
  for (let j = i; j < kept - 1; j += 1) body[at + j] = body[at + j + 1] as number;
  return kept - 1;
}
