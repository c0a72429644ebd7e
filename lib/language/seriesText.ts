import type { Labels } from '../model/basic.ts';
import { promqlString } from './selectors.ts';

/** A series as Prometheus writes it, `name{label="value"}`, labels in order: equal for equal label sets. */
export function seriesText({ __name__ = '', ...labels }: Labels): string {
  const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${__name__}{${pairs.map(([name, value]) => `${name}=${promqlString(value)}`).join(', ')}}`;
}
