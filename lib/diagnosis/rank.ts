import { seriesText } from '../language/seriesText.ts';
import type { Duration, Labels, Millis } from '../model/basic.ts';
import type { Indicator } from '../model/catalogue.ts';
import type { EvidenceSeries } from '../model/incident.ts';
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
  readonly silentFor: Duration | null;
  readonly unrated: EvidenceSeries['unrated'] | null;
}

/** What was asked for: its end, the part of it that is recent, and how far apart samples are. */
export interface Asked {
  readonly at: Millis;
  readonly settings: { readonly recent: Duration; readonly step: Duration };
}

/** Steps without a sample after which the last says nothing of now. */
const SILENT = 4;
/** Fewer past samples say nothing of what is usual; as many as the scorer wants. */
const ENOUGH = 5;

export function rankSeries(indicator: Indicator, series: readonly Series[], asked: Asked, rank: Rank): Ranked[] {
  const recentFrom = (asked.at - asked.settings.recent) / 1000;
  return series.flatMap(({ labels, samples }) => {
    const finite = samples.filter(({ v }) => Number.isFinite(v));
    if (finite.length === 0) return [];
    const rating = rank(finite, recentFrom, indicator.direction);
    const unrated = rating.movedAt === null ? whyUnrated(finite, recentFrom) : null;
    return [{ indicator, labels, samples: finite, rating, silentFor: silence(finite, asked), unrated }];
  });
}

function whyUnrated(samples: readonly Sample[], recentFrom: number): EvidenceSeries['unrated'] | null {
  const past = samples.filter(({ t }) => t < recentFrom).length;
  if (past < ENOUGH) return 'little-past';
  return past === samples.length ? 'silent' : null;
}

/** Null where the last sample is of now. A cloud has its own step, which may be longer than ours. */
function silence(samples: readonly Sample[], { at, settings }: Asked): Duration | null {
  const steps = samples.slice(1).map(({ t }, i) => (t - (samples[i]?.t ?? t)) * 1000);
  const own = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const age = Math.round(at - (samples.at(-1)?.t ?? 0) * 1000);
  return age > SILENT * Math.max(own, settings.step) ? age : null;
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
