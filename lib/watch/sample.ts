import type { Sample, Series } from '../ports/metrics.ts';

const [DAY, STEP, DAYS] = [86_400, 300, 15];
/** A Monday, so that the weekend is where one looks for it. */
const BEGIN = 1_767_571_200;

/** What went wrong in the sample: from which second, for how long, and what it added. */
const TROUBLES: readonly { readonly from: number; readonly length: number; readonly add: number }[] = [
  { from: 10 * DAY + 14 * 3600, length: 2400, add: 260 },
  { from: 13 * DAY + 3 * 3600, length: 5400, add: 140 },
];

/** In [0, 1), the same for the same seed (splitmix32). */
function chance(seed: number): number {
  let bits = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}

/** Requests a second of a shop over 15 days, made up: more by day than by night, two troubles. To try the scorer on. */
export function sampleSeries(): Series {
  const samples: Sample[] = Array.from({ length: (DAYS * DAY) / STEP }, (_, at) => {
    const into = at * STEP;
    const load = 400 - 250 * Math.cos((2 * Math.PI * (into % DAY)) / DAY);
    const noise = 30 * (chance(at) + chance(at + 1e6) - 1);
    const trouble = TROUBLES.find(({ from, length }) => into >= from && into < from + length)?.add ?? 0;
    return { t: BEGIN + into, v: Math.round((load + noise + trouble) * 10) / 10 };
  });
  return { labels: { __name__: 'shop_requests_per_second' }, samples };
}
