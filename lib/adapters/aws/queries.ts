import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { failed, invalid, NightshiftError } from '../../model/errors.ts';
import type { QueryAnswer, QueryRequest } from '../../model/query.ts';
import type { AlertmanagerPort } from '../../ports/alertmanager.ts';
import type { Metrics } from '../../ports/metrics.ts';
import { unavailable } from './errors.ts';

/**
 * Prometheus and Alertmanager through the one function that stands in their network and calls nothing else. It answers bounded
 * questions only, so the others need neither the network nor a way out of it.
 */
export function queryPorts(
  client: LambdaClient,
  functionName: string,
): { metrics: Metrics; alertmanager: AlertmanagerPort } {
  const ask = <T>(request: QueryRequest) => invoke<T>(client, functionName, request);
  return {
    metrics: {
      instant: (expr, at) => ask({ ask: 'instant', expr, ...(at !== undefined && { at }) }),
      range: (expr, from, to, step) => ask({ ask: 'range', expr, from, to, step }),
      raw: (selector, window) => ask({ ask: 'raw', selector, window }),
      time: () => ask({ ask: 'time' }),
      healthy: () => ask<boolean>({ ask: 'healthy' }).catch(() => false),
    },
    alertmanager: { active: () => ask({ ask: 'alerts' }) },
  };
}

async function invoke<T>(client: LambdaClient, FunctionName: string, request: QueryRequest): Promise<T> {
  const room = request.ask === 'alerts' ? 'alertmanager' : 'metrics';
  const answer = await asked(client, FunctionName, request, room);
  if (answer.error === undefined) return revived(answer.value) as T;
  const { kind, code, message, field } = answer.error;
  throw new NightshiftError(kind, code, message, field === undefined ? {} : { field });
}

async function asked(
  client: LambdaClient,
  FunctionName: string,
  request: QueryRequest,
  room: string,
): Promise<QueryAnswer> {
  try {
    const { Payload, FunctionError } = await client.send(
      new InvokeCommand({ FunctionName, Payload: new TextEncoder().encode(JSON.stringify(request)) }),
    );
    const text = new TextDecoder().decode(Payload);
    if (FunctionError !== undefined)
      throw failed(`${room}.unavailable`, `the query function failed: ${text.slice(0, 300)}`);
    return JSON.parse(text) as QueryAnswer;
  } catch (cause) {
    throw unavailable(room, cause);
  }
}

/** JSON has no NaN and no infinities: the query function tells them as text. */
const SPECIAL: Readonly<Record<string, number>> = { NaN: Number.NaN, '+Inf': Infinity, '-Inf': -Infinity };

function revived(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((series: { samples?: { t: number; v: number | string }[] }) =>
    series.samples === undefined
      ? series
      : { ...series, samples: series.samples.map(({ t, v }) => ({ t, v: typeof v === 'number' ? v : numberOf(v) })) },
  );
}

function numberOf(text: string): number {
  const value = SPECIAL[text];
  if (value === undefined) throw invalid('metrics.sample', `not a sample: ${text.slice(0, 40)}`);
  return value;
}

/** How the query function tells a sample that JSON cannot carry. */
export const toldNumber = (value: number): number | string => {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : value;
};
