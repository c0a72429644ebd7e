import type { EvidenceSeries } from '../model/incident.ts';
import { lasting } from './words.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/**
 * At most `width` bars. Where values must share a bar the one furthest from the median is shown, because averaging would
 * hide exactly the spike that the line is drawn for. A gap (not finite) is a dot; a flat line stays low.
 */
export function sparkline(values: readonly number[], median: number, width = 30): string {
  const shown = values.length <= width ? values : narrowed(values, median, width);
  const finite = shown.filter(Number.isFinite);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  return shown.map((value) => bar(value, low, range)).join('');
}

function bar(value: number, low: number, range: number): string {
  if (!Number.isFinite(value)) return '·';
  const step = range > 0 && Number.isFinite(range) ? Math.floor(((value - low) / range) * BARS.length) : 0;
  return BARS[Math.min(BARS.length - 1, step)] ?? BARS[0];
}

function narrowed(values: readonly number[], median: number, width: number): readonly number[] {
  return Array.from({ length: width }, (_, index) => {
    const from = Math.floor((index * values.length) / width);
    const to = Math.floor(((index + 1) * values.length) / width);
    const share = values.slice(from, to).filter(Number.isFinite);
    return share.reduce((far, value) => (distance(far, median) >= distance(value, median) ? far : value), Number.NaN);
  });
}

const distance = (value: number, median: number): number => (Number.isFinite(value) ? Math.abs(value - median) : -1);

/** At most four significant digits with SI-free plain notation where that is short. */
export function figure(value: number | null): string {
  if (value === null) return 'no data';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : value > 0 ? 'infinite' : '−infinite';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-3)) return value.toExponential(2);
  return String(size >= 1000 ? Math.round(value) : Number(value.toPrecision(4)));
}

const PERCENT_OF_ONE = 100;
/** A share is read as percent; other units follow their figure. */
function withUnit(value: number, unit: string, isShare: boolean): string {
  if (unit === 'ratio') return isShare ? `${figure(value * PERCENT_OF_ONE)} %` : figure(value);
  return unit === '' ? figure(value) : `${figure(value)} ${unit}`;
}

/** Its last value, since when it is the last where it is not of now, and what is usual where anything is known of it. */
export interface Figures {
  readonly last: string;
  readonly seen: string;
  readonly usual: string | null;
}

/** A ratio is a share only where it never was above one: a fragmentation of 1.4 is no 140 %. */
export function figuresOf({ last, median, spark, unit, silentFor, unrated }: EvidenceSeries): Figures {
  const isShare = [last, median, ...spark].every((value) => !(Math.abs(value) > 1));
  return {
    last: withUnit(last, unit, isShare),
    seen: silentFor === undefined ? 'now' : `last seen ${lasting(silentFor)} ago`,
    usual: unrated === 'little-past' ? null : withUnit(median, unit, isShare),
  };
}

/** Why no score is told; null where it says something. */
export const UNRATED: Readonly<Record<EvidenceSeries['unrated'] & string, string>> = {
  'little-past': 'too little past to compare',
  silent: 'nothing of late to compare',
};

/** One indicator in words: what it is, now, and what is usual for it. */
export function evidenceText(series: EvidenceSeries): string {
  const { last, seen, usual } = figuresOf(series);
  const score = series.unrated === undefined ? `score ${figure(series.score)}` : UNRATED[series.unrated];
  return `${series.title}: ${last} ${seen}${usual === null ? '' : `, usually ${usual}`} (${score})`;
}
