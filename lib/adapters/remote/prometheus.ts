import * as z from 'zod/mini';
import type { Duration, Millis } from '../../model/basic.ts';
import { failed, invalid, isNightshiftError } from '../../model/errors.ts';
import type { HttpPort } from '../../ports/edges.ts';
import type { Metrics, Sample, Series } from '../../ports/metrics.ts';
import { call, type Endpoint, json } from './endpoint.ts';
import { httpClient } from './http.ts';

const MIB = 1024 * 1024;

const point = z.tuple([z.number(), z.string()]);
const series = z.object({
  metric: z.record(z.string(), z.string()),
  value: z.optional(point),
  values: z.optional(z.array(point)),
});
const data = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('scalar'), result: point }),
  z.object({ resultType: z.literal('vector'), result: z.array(series) }),
  z.object({ resultType: z.literal('matrix'), result: z.array(series) }),
]);
const answer = z.union([
  z.object({ status: z.literal('success'), data, warnings: z.optional(z.array(z.string())) }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
]);
type Data = z.infer<typeof data>;

export interface PrometheusOptions {
  readonly url: string;
  readonly timeout: Duration;
  readonly http?: HttpPort;
  /** Larger answers are refused unread; default 16 MiB. */
  readonly maxBytes?: number;
}

/**
 * Prometheus' HTTP API v1, or anything that speaks it. An answer with warnings is not used: they are how a partial answer
 * is told (a remote store or a Thanos replica missing), and half of the series would look like a cure.
 */
export function prometheusMetrics(options: PrometheusOptions): Metrics {
  const { maxBytes = 16 * MIB } = options;
  const http = options.http ?? httpClient({ maxBytes });
  const to: Endpoint = { url: options.url, timeout: options.timeout, http, maxBytes, code: 'metrics.unavailable' };
  const query = (form: Readonly<Record<string, string>>) => ask(to, '/api/v1/query', form);
  return {
    instant: async (expr, at) =>
      toSeries(await query({ query: expr, ...(at !== undefined && { time: seconds(at) }), ...limit(to) })),
    range: async (expr, from, to_, step) =>
      toSeries(await ask(to, '/api/v1/query_range', rangeForm(to, expr, from, to_, step))),
    raw: async (selector, window) =>
      toSeries(await query({ query: `${selector}[${Math.ceil(window)}ms]`, ...limit(to) })),
    time: async () => toTime(await query({ query: 'time()' })),
    healthy: () => healthy(to),
  };
}

const seconds = (at: Millis) => (at / 1000).toFixed(3);
/** Prometheus gives up when nobody waits any more. */
const limit = (to: Endpoint) => ({ timeout: `${Math.ceil(to.timeout)}ms` });

function rangeForm(to: Endpoint, expr: string, from: Millis, until: Millis, step: Duration) {
  return { query: expr, start: seconds(from), end: seconds(until), step: (step / 1000).toFixed(3), ...limit(to) };
}

async function ask(to: Endpoint, path: string, form: Readonly<Record<string, string>>): Promise<Data> {
  const response = await call(to, path, form);
  const parsed = answer.safeParse(json(to, response));
  if (!parsed.success) {
    throw failed(to.code, `answered ${response.status} with something that is not Prometheus' answer`, {
      cause: parsed.error,
    });
  }
  const body = parsed.data;
  if (body.status === 'error') throw refusal(to, form.query ?? '', body);
  const warning = body.warnings?.find((one) => !one.startsWith(REMARK));
  if (warning !== undefined) throw failed(to.code, `the answer may be incomplete: ${warning}`);
  return body.data;
}

/** Prometheus 2.48 to 2.53 and Thanos put what they remark of a query among the warnings; nothing is missing for that. */
const REMARK = 'PromQL info:';

const MOST_SHOWN = 300;

/**
 * `bad_data` is a wrong query, `execution` one that cannot be computed (many-to-many): both are ours to mend. Of which field
 * the query is only the caller knows.
 */
function refusal(to: Endpoint, query: string, { errorType, error }: { errorType: string; error: string }) {
  if (errorType === 'bad_data' || errorType === 'execution') {
    const shown = query.length > MOST_SHOWN ? `${query.slice(0, MOST_SHOWN)}…` : query;
    return invalid('metrics.query', `Prometheus refuses the query: ${error}, in ${shown}`);
  }
  return failed(to.code, `Prometheus answered ${errorType}: ${error}`);
}

function toSeries(result: Data): readonly Series[] {
  if (result.resultType === 'scalar') return [{ labels: {}, samples: [toSample(result.result)] }];
  return result.result.map(({ metric, value, values }) => ({
    labels: metric,
    samples: (values ?? (value === undefined ? [] : [value])).map(toSample),
  }));
}

function toSample([t, text]: readonly [number, string]): Sample {
  return { t, v: toNumber(text) };
}

/** Prometheus writes `NaN`, `+Inf` and `-Inf`; anything else that is no number is a broken answer. */
function toNumber(text: string): number {
  if (text === 'NaN') return Number.NaN;
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value))
    throw failed('metrics.unavailable', `sample value is no number: ${text}`);
  return value;
}

function toTime(result: Data): number {
  const [sample] = toSeries(result).flatMap(({ samples }) => samples);
  if (sample === undefined || !Number.isFinite(sample.v)) throw failed('metrics.unavailable', 'time() has no value');
  return sample.v;
}

/** Ready to answer queries. */
async function healthy(to: Endpoint): Promise<boolean> {
  try {
    return (await call(to, '/-/ready')).status === 200;
  } catch (error) {
    if (isNightshiftError(error)) return false;
    throw error;
  }
}
