import * as z from 'zod/mini';
import type { Duration } from '../../model/basic.ts';
import { failed } from '../../model/errors.ts';
import type { ActiveAlert, AlertmanagerPort } from '../../ports/alertmanager.ts';
import type { HttpPort } from '../../ports/edges.ts';
import { call, type Endpoint, json } from './endpoint.ts';
import { httpClient } from './http.ts';

const MIB = 1024 * 1024;
const EVERYTHING = 'active=true&silenced=true&inhibited=true&unprocessed=true';

const labels = z.record(z.string(), z.string());
const instant = z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)), 'a time in RFC 3339'));
const alert = z.object({
  fingerprint: z.string().check(z.minLength(1)),
  labels,
  annotations: labels,
  startsAt: instant,
  generatorURL: z.optional(z.string()),
  status: z.object({ state: z.string(), silencedBy: z.array(z.string()) }),
});
const status = z.object({ uptime: instant });

export interface AlertmanagerOptions {
  readonly url: string;
  readonly timeout: Duration;
  readonly http?: HttpPort;
  /** Larger answers are refused unread; default 32 MiB, some 30,000 alerts. */
  readonly maxBytes?: number;
}

/** Alertmanager's API v2. One alert that cannot be read fails the whole answer: a gap would look like a resolved alert. */
export function alertmanagerClient(options: AlertmanagerOptions): AlertmanagerPort {
  const { maxBytes = 32 * MIB } = options;
  const http = options.http ?? httpClient({ maxBytes });
  const to: Endpoint = { url: options.url, timeout: options.timeout, http, maxBytes, code: 'alertmanager.unavailable' };
  return {
    // Alerts first: an Alertmanager that restarts in between then looks young with many alerts, never old with few.
    async active() {
      const alerts = (await read(to, `/api/v2/alerts?${EVERYTHING}`, z.array(alert))).map(toAlert);
      const { uptime } = await read(to, '/api/v2/status', status);
      return { alerts, startedAt: Date.parse(uptime) };
    },
  };
}

async function read<T extends z.ZodMiniType>(to: Endpoint, path: string, schema: T): Promise<z.infer<T>> {
  const response = await call(to, path);
  if (response.status !== 200) throw failed(to.code, `${path} answered ${response.status}`);
  const parsed = schema.safeParse(json(to, response));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw failed(to.code, `${path} answered something unexpected: ${issue?.message ?? 'unknown shape'}`, {
    field: issue?.path.map(String).join('.') ?? '',
    cause: parsed.error,
  });
}

function toAlert(from: z.infer<typeof alert>): ActiveAlert {
  return {
    fingerprint: from.fingerprint,
    labels: from.labels,
    annotations: from.annotations,
    startsAt: Date.parse(from.startsAt),
    generatorURL: from.generatorURL ?? null,
    silenced: from.status.state === 'suppressed' || from.status.silencedBy.length > 0,
  };
}
