import { seriesText } from '../language/seriesText.ts';
import type { Labels } from '../model/basic.ts';
import type { Series } from '../ports/metrics.ts';
import { explain } from '../scoring/explain.ts';
import { type Options, open, step } from '../scoring/series.ts';
import { plotSvg } from './plot.ts';
import type { Scored } from './scored.ts';
import { aspectOf, type PastAlarm, similarTo } from './similar.ts';

export interface Anomaly {
  /** Unix seconds; `end` is null while it lasts. */
  readonly begin: number;
  readonly end: number | null;
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
  /** Samples that were not finite, that came twice, and that were out of order. The first were passed over, the last sorted. */
  readonly missing: number;
  readonly duplicates: number;
  readonly unsorted: number;
  /** Too few samples to say anything of what is usual. */
  readonly warming: boolean;
  readonly anomalies: readonly Anomaly[];
  /** SVG of series, band and alarms. */
  readonly plot: string;
}

/** Scores a whole series from its beginning. */
export function detectIn({ labels, samples }: Series, options: Options): SeriesFindings {
  const series = open(options);
  const ordered = samples.toSorted((a, b) => a.t - b.t);
  const rows: Scored[] = [];
  const anomalies: Anomaly[] = [];
  const past: PastAlarm[] = [];
  let warming = true;
  for (const { t, v } of ordered) {
    const { phase, score, severity, alarm, expected, lower, upper } = step(series, t, v);
    if (phase === 'missing') continue;
    warming = phase === 'warming';
    rows.push({ t, v, score, severity, alarm, expected, lower, upper });
    const last = anomalies.at(-1);
    if (alarm === 'begin') {
      if (last !== undefined && last.end === null) anomalies[anomalies.length - 1] = { ...last, end: t };
      const spoke = explain(series);
      const aspect = aspectOf(spoke);
      const similar = similarTo(past, aspect);
      past.push({ t, aspect });
      const reasons = spoke.map(({ text }) => text);
      anomalies.push({ begin: t, end: null, score, severity, value: v, expected, lower, upper, reasons, similar });
    } else if (last !== undefined && last.end === null) {
      const over = alarm === '' || alarm === 'end';
      anomalies[anomalies.length - 1] = { ...last, severity: Math.max(last.severity, severity), end: over ? t : null };
    }
  }
  const name = seriesText(labels);
  return {
    series: name,
    labels,
    samples: samples.length,
    missing: samples.length - rows.length,
    duplicates: ordered.filter(({ t }, at) => at > 0 && t === ordered[at - 1]?.t).length,
    unsorted: samples.filter(({ t }, at) => at > 0 && t < (samples[at - 1]?.t ?? t)).length,
    warming,
    anomalies,
    plot: plotSvg(rows, name),
  };
}
