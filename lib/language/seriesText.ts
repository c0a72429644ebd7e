import type { Labels } from '../model/basic.ts';
import { promqlString } from './selectors.ts';

/** Other names, as OpenTelemetry has them, are quoted where they stand. */
const PLAIN_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** A series as Prometheus writes it, `name{label="value"}`, labels in order: equal for equal label sets. */
export function seriesText({ __name__: metric = '', ...labels }: Labels): string {
  const isPlain = metric === '' || PLAIN_NAME.test(metric);
  const pairs = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${PLAIN_LABEL.test(name) ? name : promqlString(name)}=${promqlString(value)}`);
  return isPlain ? `${metric}{${pairs.join(', ')}}` : `{${[promqlString(metric), ...pairs].join(', ')}}`;
}
