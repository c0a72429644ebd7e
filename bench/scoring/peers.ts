import type { World } from './worlds.ts';

/** A detector of the field: one score a row, causal. */
export interface Peer {
  readonly name: string;
  readonly scores: (world: World) => Float64Array;
}

/** −log10 of the two-sided odds of a normal deviation, by the bound of Chernoff: monotone, and no overflow. */
const surprise = (z: number) => (z * z) / 2 / Math.LN10;

/** Mean and deviation of the last `width` values, the current one not among them. */
function windowed(values: Float64Array, width: number, score: (z: number) => number): Float64Array {
  const ring = new Float64Array(width);
  let [kept, sum, squares] = [0, 0, 0];
  let origin = Number.NaN;
  return values.map((raw) => {
    if (Number.isNaN(raw)) return 0;
    if (Number.isNaN(origin)) origin = raw;
    const value = raw - origin;
    const n = Math.min(kept, width);
    const mean = n === 0 ? value : sum / n;
    const deviation = Math.sqrt(Math.max(0, n === 0 ? 0 : squares / n - mean * mean));
    const away = Math.abs(value - mean);
    const z = n < 30 ? 0 : away / (deviation + 1e-6 * Math.abs(mean) + 1e-9);
    const old = ring[kept % width] ?? 0;
    if (kept >= width) {
      sum -= old;
      squares -= old * old;
    }
    ring[kept % width] = value;
    kept += 1;
    sum += value;
    squares += value * value;
    return score(Math.min(z, 1e6));
  });
}

/** Bands about an exponentially weighted mean that widen with an exponentially weighted deviation, and a seasonal one a day ago. */
function adaptive({ values, day }: World): Float64Array {
  const gain = 2 / (day + 1);
  let [mean, spread, seen] = [Number.NaN, 0, 0];
  return values.map((value) => {
    if (Number.isNaN(value)) return 0;
    if (Number.isNaN(mean)) mean = value;
    const away = Math.abs(value - mean);
    const z = seen < 30 ? 0 : away / (Math.sqrt(spread) + 1e-9);
    seen += 1;
    mean += gain * (value - mean);
    spread += gain * (away * away - spread);
    return Math.min(z, 1e6);
  });
}

export const PEERS: readonly Peer[] = [
  { name: 'windowed Gaussian, 6400 rows', scores: ({ values }) => windowed(values, 6400, surprise) },
  {
    name: 'rolling z-score, 1 day',
    scores: ({ values, day }) => windowed(values, Math.max(24, Math.round(day)), (z) => z),
  },
  { name: 'adaptive bands', scores: adaptive },
];
