import { seriesText } from '../language/seriesText.ts';
import type { Labels } from '../model/basic.ts';
import type { Series } from '../ports/metrics.ts';
import { explain, type Reason } from '../scoring/explain.ts';
import { type Options, open, step } from '../scoring/series.ts';
import { plotSvg } from './plot.ts';
import type { Scored } from './scored.ts';
import { aspectOf, type PastAlarm, similarTo } from './similar.ts';

/** One trouble. Where a much greater one comes while it lasts, it is that from then on, and no second one. */
export interface Anomaly {
  /** Unix seconds; `end` is null while it lasts. */
  readonly begin: number;
  readonly end: number | null;
  /** These four and the reasons: of the sample that began it, or of the last that was much greater. */
  readonly score: number;
  /** The highest while it lasted. */
  readonly severity: number;
  readonly value: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly reasons: readonly string[];
  /** When it was alike before in these samples, Unix seconds, in order. */
  readonly similar: readonly number[];
}

export interface SeriesFindings {
  readonly series: string;
  readonly labels: Labels;
  readonly samples: number;
  /**
   * Samples that were not finite, that came twice, and that were out of order. The first were passed over, the last sorted. The
   * first reading of a counter, and the one after a reset, are no rate and not missing.
   */
  readonly missing: number;
  readonly duplicates: number;
  readonly unsorted: number;
  /** Too few samples to say anything of what is usual. */
  readonly warming: boolean;
  readonly anomalies: readonly Anomaly[];
  /** SVG of series, band and alarms. */
  readonly plot: string;
}

/** `unit` is written beside the plot. */
export interface DetectOptions extends Options {
  readonly unit?: string;
}

/** Scores a whole series from its beginning. */
export function detectIn({ labels, samples }: Series, options: DetectOptions): SeriesFindings {
  const series = open(options);
  const ordered = samples.toSorted((a, b) => a.t - b.t);
  const rows: Scored[] = [];
  const found: Found = { anomalies: [], past: [] };
  let warming = true;
  for (const { t, v } of ordered) {
    const { phase, value, score, severity, alarm, expected, lower, upper } = step(series, t, v);
    if (phase === 'missing') continue;
    warming = phase === 'warming';
    const row = { t, v: value, score, severity, alarm, expected, lower, upper };
    rows.push(row);
    if (alarm === 'begin') begin(found, row, explain(series));
    else goOn(found, row);
  }
  const name = seriesText(labels);
  return {
    series: name,
    labels,
    samples: samples.length,
    missing: samples.filter(({ t, v }) => !Number.isFinite(t) || !Number.isFinite(v)).length,
    duplicates: ordered.filter(({ t }, at) => at > 0 && t === ordered[at - 1]?.t).length,
    unsorted: samples.filter(({ t }, at) => at > 0 && t < (samples[at - 1]?.t ?? t)).length,
    warming,
    anomalies: found.anomalies,
    plot: plotSvg(rows, { title: name, unit: options.unit ?? '', timeZone: options.timeZone ?? 'UTC' }),
  };
}

interface Found {
  readonly anomalies: Anomaly[];
  readonly past: PastAlarm[];
}

const standing = ({ anomalies }: Found): Anomaly | null => {
  const last = anomalies.at(-1);
  return last === undefined || last.end !== null ? null : last;
};

function begin(
  found: Found,
  { t, v, score, severity, expected, lower, upper }: Scored,
  spoke: readonly Reason[],
): void {
  const { anomalies, past } = found;
  const reasons = spoke.map(({ text }) => text);
  const seen = { score, value: v, expected, lower, upper, reasons };
  const lesser = standing(found);
  if (lesser !== null) {
    anomalies[anomalies.length - 1] = { ...lesser, ...seen, severity: Math.max(lesser.severity, severity) };
    return;
  }
  const aspect = aspectOf(spoke);
  anomalies.push({ begin: t, end: null, ...seen, severity, similar: similarTo(past, aspect) });
  past.push({ t, aspect });
}

function goOn(found: Found, { t, severity, alarm }: Scored): void {
  const open = standing(found);
  if (open === null) return;
  const over = alarm === '' || alarm === 'end';
  found.anomalies[found.anomalies.length - 1] = {
    ...open,
    severity: Math.max(open.severity, severity),
    end: over ? t : null,
  };
}
