import type { LambdaClient } from '@aws-sdk/client-lambda';
import { invalid } from '../../model/errors.ts';
import type { QueryRequest } from '../../model/query.ts';
import type { AlertmanagerPort } from '../../ports/alertmanager.ts';
import type { Metrics } from '../../ports/metrics.ts';
import { invoke } from './invoke.ts';

/**
 * Prometheus and Alertmanager through the one function that stands in their network and calls nothing else. It answers bounded
 * questions only, so the others need neither the network nor a way out of it.
 */
export function queryPorts(
  client: LambdaClient,
  functionName: string,
): { metrics: Metrics; alertmanager: AlertmanagerPort } {
  const ask = async <T>(request: QueryRequest) => {
    const room = request.ask === 'alerts' ? 'alertmanager' : 'metrics';
    return revived(await invoke(client, functionName, request, room)) as T;
  };
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
