import { COUNT, FEATURES, type Feature, FIRST_LEVEL, LEVELS } from './layout.ts';
import { exp } from './numbers.ts';
import type { Series } from './series.ts';

/** One aspect that speaks for an anomaly: what it is, on which side, and how rare it would be by chance. */
export interface Reason {
  readonly feature: Feature;
  readonly side: 'high' | 'low';
  /** One in so many samples, to two digits: extrapolated from the series' own past, and corrected by how often such odds came true. */
  readonly oneIn: number;
  readonly text: string;
}

const WORDS: Readonly<Record<Feature, string>> = {
  value: 'value',
  shift: 'shift against the 4 samples before',
  restlessness: 'restlessness of the last 16 samples',
  season: 'value for this hour',
  seasonTrend: 'run of values for these hours',
  step: 'step from the sample before',
  longShift: 'level of the last 16 samples against the 16 before',
  jump: 'jump from the last 8 samples',
  turn: 'turn of the last 4 samples',
  outside: 'value against all that earlier days had at this hour',
  level2: 'mean of the last 2 samples',
  level8: 'mean of the last 8 samples',
  level32: 'mean of the last 32 samples',
  shape: 'shape of the last 4 samples',
};

type Met = readonly (readonly [odds: number, met: number])[];
/**
 * Odds of an aspect, and how often they are met on series without troubles, both as log10 of "one in so many samples": between the
 * medians of the aspects over 200 made-up series of all kinds (bench/scoring, seeds 5001 to 5200) and over 40 with quiet noise
 * (test/scoring/made). What is rare is extrapolated too far.
 */
const MET: Met = [
  [0, 0],
  [1.5, 1.45],
  [2, 2],
  [2.5, 2.5],
  [3, 3.05],
  [3.5, 3.4],
  [4, 3.7],
  [5, 4.1],
  [6, 4.4],
  [8, 4.7],
  [12, 5],
];
/**
 * The same where only what is new is told, over 120 (seeds 5001 to 5120) and 40: what counts for half within earlier days is rarer than
 * it says.
 */
const MET_NEW: Met = [
  [0, 0],
  [1, 1.85],
  [1.5, 2.25],
  [2, 2.55],
  [2.5, 2.65],
  [3, 2.95],
  [3.5, 3.4],
  [4, 3.75],
  [5, 4.4],
  [6, 4.7],
  [12, 5],
];

/** The aspects of the last step that speak loudest, at most `count`, loudest first; [] where nothing speaks. */
export function explain({ evidence: { parts, levels } }: Series, count = 3): readonly Reason[] {
  return Array.from({ length: 2 * COUNT }, (_, at) => at)
    .filter((at) => (parts[at] as number) > 1)
    .sort((a, b) => (parts[b] as number) - (parts[a] as number))
    .slice(0, count)
    .map((at) => {
      const met = metOf(levels ? MET_NEW : MET, parts[at] as number);
      return reasonOf(featureAt(at >> 1, levels), at % 2 === 0 ? 'high' : 'low', met);
    });
}

/** What stands at a place: some are means of the last samples where only what is new is told. */
export const featureAt = (place: number, levels: boolean): Feature =>
  (levels ? LEVELS[place - FIRST_LEVEL] : undefined) ?? FEATURES[place] ?? 'value';

function reasonOf(feature: Feature, side: Reason['side'], met: number): Reason {
  const oneIn = twoDigits(exp(met * Math.LN10));
  const words = feature === 'shape' ? `${WORDS[feature]} never seen` : `${WORDS[feature]} ${side}`;
  return { feature, side, oneIn, text: `${words} (1 in ${oneIn})` };
}

function metOf(table: Met, odds: number): number {
  const above = table.findIndex(([at]) => at > odds);
  const [from, fromMet] = table.at(above < 0 ? -1 : above - 1) ?? [0, 0];
  if (above < 0) return fromMet;
  const [to, toMet] = table[above] ?? [1, 0];
  return fromMet + ((odds - from) / (to - from)) * (toMet - fromMet);
}

/** More would be a precision that nobody has. */
function twoDigits(x: number): number {
  let unit = 1;
  while (x / unit >= 100) unit *= 10;
  return Math.round(x / unit) * unit;
}
