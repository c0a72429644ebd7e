import type { Duration, Millis } from '../model/basic.ts';
import { invalid, refused } from '../model/errors.ts';
import type { Series } from '../ports/metrics.ts';
import { detectIn, type SeriesFindings } from '../watch/detect.ts';
import { sampleSeries } from '../watch/sample.ts';
import type { Deps } from './deps.ts';

export type DetectSource =
  | { readonly query: string; readonly from: Millis; readonly to: Millis; readonly step: Duration }
  | { readonly series: readonly Series[] }
  | { readonly sample: true };

export interface DetectRequest {
  readonly source: DetectSource;
  readonly maxFalseAlarmsPerWeek: number;
  /** IANA name. */
  readonly timeZone: string;
  /** A counter is scored by its rate per second. */
  readonly kind: 'gauge' | 'counter';
  /** `new`: what comes back counts less and less. */
  readonly tell: 'all' | 'new';
  /** Of what is scored, for the plot: of the rate where it is a counter. */
  readonly unit: string;
}
export interface Detected {
  readonly series: readonly SeriesFindings[];
  readonly anomalies: number;
}

const MOST_SERIES = 50;
const MOST_SAMPLES = 100_000;

/**
 * Scores what is given or asked for, each series from its beginning. Keeps nothing and tells nobody. `input` `detect.series` for
 * none, too many or too long ones; `refused` `detect.prometheus` where a query is asked and no Prometheus is configured.
 */
export async function detect(deps: Pick<Deps, 'metrics'>, request: DetectRequest): Promise<Detected> {
  const { source, ...options } = request;
  const given = await seriesOf(deps, source);
  check(given);
  const series = given.map((one) => detectIn(one, options));
  return { series, anomalies: series.reduce((sum, { anomalies }) => sum + anomalies.length, 0) };
}

async function seriesOf({ metrics }: Pick<Deps, 'metrics'>, source: DetectSource): Promise<readonly Series[]> {
  if ('sample' in source) return [sampleSeries()];
  if ('series' in source) return source.series;
  if (metrics === null) throw refused('detect.prometheus', 'no Prometheus is configured', { field: 'query' });
  return metrics.range(source.query, source.from, source.to, source.step);
}

function check(given: readonly Series[]): void {
  const samples = given.reduce((sum, one) => sum + one.samples.length, 0);
  if (samples === 0) throw invalid('detect.series', 'there is no sample to score', { expected: 'at least one series' });
  if (given.length > MOST_SERIES)
    throw invalid('detect.series', `there are ${given.length} series`, {
      expected: `at most ${MOST_SERIES}: aggregate`,
    });
  if (samples > MOST_SAMPLES)
    throw invalid('detect.series', `there are ${samples} samples`, { expected: `at most ${MOST_SAMPLES} in all` });
}
