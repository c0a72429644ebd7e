import { formatDuration } from '../language/duration.ts';
import type { Duration, Millis } from '../model/basic.ts';
import { invalid, isNightshiftError, refused } from '../model/errors.ts';
import { MOST_POINTS, type Series } from '../ports/metrics.ts';
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
const SECOND = 1_000;

/**
 * Scores what is given or asked for, each series from its beginning. Keeps nothing and tells nobody. `input` `detect.series` for
 * none, too many or too long ones, `detect.step`, and `metrics.query`; `refused` `detect.prometheus` where a query is asked and no
 * Prometheus is configured. Each names the field of the request.
 */
export async function detect(deps: Pick<Deps, 'metrics'>, request: DetectRequest): Promise<Detected> {
  const { source, ...options } = request;
  const given = await seriesOf(deps, source);
  check(given, fieldOf(source));
  const series = given.map((one) => detectIn(one, options));
  return { series, anomalies: series.reduce((sum, { anomalies }) => sum + anomalies.length, 0) };
}

async function seriesOf({ metrics }: Pick<Deps, 'metrics'>, source: DetectSource): Promise<readonly Series[]> {
  if ('sample' in source) return [sampleSeries()];
  if ('series' in source) return source.series;
  if (metrics === null)
    throw refused('detect.prometheus', 'no Prometheus is configured', {
      field: 'query',
      expected: 'prometheus.url in nightshift.yaml, or samples',
    });
  checkStep(source);
  try {
    return await metrics.range(source.query, source.from, source.to, source.step);
  } catch (cause) {
    if (!isNightshiftError(cause) || cause.code !== 'metrics.query') throw cause;
    throw invalid(cause.code, cause.message, { field: 'query', expected: 'PromQL that Prometheus can answer', cause });
  }
}

/** Before Prometheus is asked: its own words name neither the field nor a step that it would take. */
function checkStep({ from, to, step }: Extract<DetectSource, { query: string }>): void {
  const wrong = (message: string, expected: string) => invalid('detect.step', message, { field: 'step', expected });
  if (!(step > 0)) throw wrong('the step is not above 0', 'a duration above 0, such as 30s, 5m or 1h30m');
  if ((to - from) / step <= MOST_POINTS) return;
  const least = formatDuration(Math.ceil((to - from) / MOST_POINTS / SECOND) * SECOND);
  throw wrong(
    `from, to and step ask for ${Math.floor((to - from) / step) + 1} points`,
    `${least} or more, or a shorter time: Prometheus gives at most ${MOST_POINTS} points of a series`,
  );
}

/** As the request named what is scored: `samples` are one series without labels. */
function fieldOf(source: DetectSource): string {
  if ('query' in source) return 'query';
  const [only, ...others] = 'series' in source ? source.series : [];
  const isBare = only !== undefined && others.length === 0 && Object.keys(only.labels).length === 0;
  return isBare ? 'samples' : 'series';
}

function check(given: readonly Series[], field: string): void {
  const samples = given.reduce((sum, one) => sum + one.samples.length, 0);
  const wrong = (message: string, expected: string) => invalid('detect.series', message, { field, expected });
  if (samples === 0)
    throw wrong(
      'there is no sample to score',
      field === 'query' ? 'a query that has a series in this time' : 'at least one sample',
    );
  if (given.length > MOST_SERIES) throw wrong(`there are ${given.length} series`, `at most ${MOST_SERIES}: aggregate`);
  if (samples > MOST_SAMPLES) throw wrong(`there are ${samples} samples`, `at most ${MOST_SAMPLES} in all`);
}
