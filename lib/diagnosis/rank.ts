import { seriesText } from '../language/seriesText.ts';
import type { Labels } from '../model/basic.ts';
import type { Indicator } from '../model/catalogue.ts';
import type { Sample, Series } from '../ports/metrics.ts';

/** The seam of the scorer. `movedAt` in seconds; nothing of it is ever NaN. */
export interface Rating {
  readonly score: number;
  readonly movedAt: number | null;
  readonly median: number;
  readonly last: number;
}
/** Rates the samples from `recentFrom` (seconds) on against those before; sees finite values only. */
export type Rank = (series: readonly Sample[], recentFrom: number, direction: Indicator['direction']) => Rating;

export interface Ranked {
  readonly indicator: Indicator;
  readonly labels: Labels;
  readonly samples: readonly Sample[];
  readonly rating: Rating;
}

export function rankSeries(indicator: Indicator, series: readonly Series[], recentFrom: number, rank: Rank): Ranked[] {
  return series.flatMap(({ labels, samples }) => {
    const finite = samples.filter(({ v }) => Number.isFinite(v));
    if (finite.length === 0) return [];
    return [{ indicator, labels, samples: finite, rating: rank(finite, recentFrom, indicator.direction) }];
  });
}

/** Furthest in the bad direction first; of equals, whichever moved first; then by name, so that the order never depends on chance. */
export function byDeparture(a: Ranked, b: Ranked): number {
  const far = departure(b) - departure(a);
  if (far !== 0) return far;
  const early = (a.rating.movedAt ?? Number.MAX_VALUE) - (b.rating.movedAt ?? Number.MAX_VALUE);
  if (early !== 0) return early;
  const [one, other] = [nameOf(a), nameOf(b)];
  return one === other ? 0 : one < other ? -1 : 1;
}

function departure({ indicator, rating }: Ranked): number {
  if (indicator.direction === 'both') return Math.abs(rating.score);
  return Math.max(0, indicator.direction === 'high' ? rating.score : -rating.score);
}

const nameOf = ({ indicator, labels }: Ranked) => `${indicator.id} ${seriesText(labels)}`;
