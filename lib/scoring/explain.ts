import { COUNT, FEATURES, type Feature } from './layout.ts';
import type { Series } from './series.ts';

/** One aspect that speaks for an anomaly: what it is, on which side, and how rare it would be by chance. */
export interface Reason {
  readonly feature: Feature;
  readonly side: 'high' | 'low';
  /** One in so many samples, extrapolated from the series' own past. */
  readonly oneIn: number;
  readonly text: string;
}

const WORDS: Readonly<Record<Feature, string>> = {
  value: 'value',
  level: 'level of the last 8 samples',
  shift: 'shift against the 4 samples before',
  restlessness: 'restlessness of the last 16 samples',
  season: 'value for this hour',
  seasonTrend: 'run of values for these hours',
  shape: 'shape of the last 4 samples',
};
const MOST = 1e9;

/** The aspects of the last step that speak loudest, at most `count`, loudest first; [] where nothing speaks. */
export function explain({ evidence: { parts } }: Series, count = 3): readonly Reason[] {
  return Array.from({ length: 2 * COUNT }, (_, at) => at)
    .filter((at) => (parts[at] as number) > 1)
    .sort((a, b) => (parts[b] as number) - (parts[a] as number))
    .slice(0, count)
    .map((at) => reasonOf(at, parts[at] as number));
}

function reasonOf(at: number, odds: number): Reason {
  const feature = FEATURES[at >> 1] ?? 'value';
  const side = at % 2 === 0 ? 'high' : 'low';
  const oneIn = Math.round(Math.min(MOST, Math.exp(odds * Math.LN10)));
  const words = feature === 'shape' ? `${WORDS[feature]} never seen` : `${WORDS[feature]} ${side}`;
  return { feature, side, oneIn, text: `${words} (1 in ${oneIn})` };
}
