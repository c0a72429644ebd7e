/** Structurally the port's Sample; this room imports nothing. `t` in seconds. */
export interface ScoredSample {
  readonly t: number;
  readonly v: number;
}

export interface RobustScore {
  /** Deviations of the worst recent sample from the past's median, sign as seen, within ±100; 0 where nothing can be said. */
  readonly score: number;
  /** Seconds; the first sample of the run that left the past; null where none did. */
  readonly movedAt: number | null;
  readonly median: number;
  readonly last: number;
}

/** MAD × 1.4826 estimates a normal distribution's standard deviation (Hampel 1974; Iglewicz and Hoaglin 1993). */
const MAD_TO_SIGMA = 1.4826;
/** A past that did not move has no deviation of its own: this share of its median stands in. */
const FLOOR = 0.02;
/** Beyond this a sample has left its past. */
const LEFT = 4;
const CAP = 100;
/** Fewer past samples say nothing of what is usual. */
const ENOUGH = 5;

type Direction = 'high' | 'low' | 'both';

/**
 * How far the samples from `recentFrom` (seconds) on left those before it. Non-finite samples are skipped; the result never
 * holds NaN. Multiplying all values by a positive constant changes no score.
 */
export function robustScore(series: readonly ScoredSample[], recentFrom: number, direction: Direction): RobustScore {
  const all = series.filter(({ v }) => Number.isFinite(v));
  const recent = all.filter(({ t }) => t >= recentFrom);
  const past = all.slice(0, all.length - recent.length).map(({ v }) => v);
  const last = all.at(-1)?.v ?? 0;
  if (past.length < ENOUGH || recent.length === 0)
    return { score: 0, movedAt: null, median: medianOf(past) ?? last, last };
  const deviationsOf = against(past);
  const worst = recent
    .map(({ v }) => deviationsOf(v))
    .reduce((a, b) => (bad(b, direction) > bad(a, direction) ? b : a));
  const left = all.map(({ v }) => bad(deviationsOf(v), direction) > LEFT);
  const start = departure(left, all.length - recent.length);
  return {
    score: worst,
    movedAt: start === null ? null : (all[start]?.t ?? null),
    median: medianOf(past) ?? last,
    last,
  };
}

/** A score's size in the direction that is bad; negative where it went the good way. */
export function bad(score: number, direction: Direction): number {
  if (direction === 'both') return Math.abs(score);
  return direction === 'high' ? score : -score;
}

/** Values are first divided by their largest, so that neither huge nor tiny ones overflow on the way. */
function against(past: readonly number[]): (v: number) => number {
  const unit = past.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  if (unit === 0) return (v) => Math.sign(v) * CAP;
  const scaled = past.map((v) => v / unit);
  const median = medianOf(scaled) ?? 0;
  const mad = medianOf(scaled.map((v) => Math.abs(v - median))) ?? 0;
  // A mostly idle series with bursts has median and MAD 0: its largest value is then what it is measured by.
  const sigma = Math.max(mad * MAD_TO_SIGMA, Math.abs(median) * FLOOR) || 1;
  return (v) => clamp((v / unit - median) / sigma);
}

const clamp = (z: number) => Math.max(-CAP, Math.min(CAP, z));

/** Index where the first lasting run (two samples, or one that is the last) reaching into the recent part began. */
function departure(left: readonly boolean[], recentStart: number): number | null {
  const lasting = left.findIndex((here, i) => i >= recentStart && here && (left[i + 1] ?? true));
  if (lasting === -1) return null;
  // It may have begun before the recent part did.
  return left.findLastIndex((here, i) => i < lasting && !here) + 1;
}

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) return null;
  const lower = sorted.length % 2 === 1 ? upper : (sorted[middle - 1] ?? upper);
  return lower / 2 + upper / 2;
}
