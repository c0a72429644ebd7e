import type { Labels } from '../model/basic.ts';
import type { LabelNames } from '../model/signal.ts';

/**
 * A PromQL string literal, whatever the text holds. JSON's escapes are a subset of the ones PromQL has from Go; a half of a
 * surrogate pair, which neither UTF-8 nor Go can hold, becomes U+FFFD, which Prometheus' lexer takes for broken UTF-8 unless it
 * is escaped itself.
 */
export const promqlString = (text: string): string =>
  JSON.stringify(text.toWellFormed()).replaceAll('\ufffd', '\\ufffd');

/** What an expression's placeholders stand for: matchers joined by commas, without braces. */
export interface Selectors {
  /** `$selector`: this host and service. */
  readonly selector: string;
  /** `$others`: the same service on every other host of the cluster. Null where no host or no service is known. */
  readonly others: string | null;
  /** `$cluster`: the whole cluster. Null where none is known. */
  readonly cluster: string | null;
}

export interface Place {
  readonly cluster?: string | null;
  readonly host?: string | null;
  readonly service?: string | null;
}
type Names = Pick<LabelNames, 'cluster' | 'host' | 'service'>;

/** As shipped; the configuration's `labels` overrides it. */
export const PLACE_LABELS: Names = {
  cluster: ['cluster'],
  host: ['instance_id', 'host'],
  service: ['service', 'job'],
};

const EC2_ID = /^i-[0-9a-f]{8,17}$/;

/**
 * PromQL matchers for a place, escaped: `host="db1",service="redis"`; '' for nowhere in particular. The label that carried the
 * value in the alert is the one that is asked for. Where the alert's labels are not at hand, an EC2 instance id is looked for
 * under `instance_id`, another host under the first name that is not that, everything else under its first name.
 */
export function selectorFor(place: Place, names: Names = PLACE_LABELS, labels: Labels = {}): string {
  return joined([
    matcher(place.cluster, names.cluster, labels, '='),
    matcher(place.host, hostNames(place.host, names.host), labels, '='),
    matcher(place.service, names.service, labels, '='),
  ]);
}

/** All three placeholders of a place, for preconditions that look beyond the host. */
export function selectorsFor(place: Place, names: Names = PLACE_LABELS, labels: Labels = {}): Selectors {
  const cluster = matcher(place.cluster, names.cluster, labels, '=');
  const service = matcher(place.service, names.service, labels, '=');
  const elsewhere = matcher(place.host, hostNames(place.host, names.host), labels, '!=');
  return {
    selector: selectorFor(place, names, labels),
    others: service === null || elsewhere === null ? null : joined([cluster, elsewhere, service]),
    cluster,
  };
}

const joined = (matchers: readonly (string | null)[]) => matchers.filter((text) => text !== null).join(',');

function hostNames(host: string | null | undefined, names: readonly string[]): readonly string[] {
  const wanted = (name: string) => (name === 'instance_id') === EC2_ID.test(host ?? '');
  return [...names.filter(wanted), ...names.filter((name) => !wanted(name))];
}

function matcher(
  value: string | null | undefined,
  names: readonly string[],
  labels: Labels,
  op: '=' | '!=',
): string | null {
  const name = names.find((candidate) => Object.hasOwn(labels, candidate) && labels[candidate] === value) ?? names[0];
  if (value === null || value === undefined || name === undefined) return null;
  return `${name}${op}${promqlString(value)}`;
}
