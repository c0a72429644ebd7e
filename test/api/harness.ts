import { memoryCache } from '../../lib/adapters/embedded/cache.ts';
import { createApi } from '../../lib/api/app.ts';
import { openApi } from '../../lib/api/openapi.ts';
import type { ApiSettings } from '../../lib/api/settings.ts';
import { findToken, ROLES, tokenHash } from '../../lib/api/tokens.ts';
import { NOW, ScriptedOperations } from './scriptedOperations.ts';

export const INTAKE = ['intake-secret-new', 'intake-secret-old'];
export const SLACK_SECRET = 'slack-signing-secret';
export const PAGERDUTY_SECRET = 'pagerduty-webhook-secret';
/** One token a role, `<role>-token`, of a person called `<role>-person`. */
const RECORDS = ROLES.map((role) => ({ name: `${role}-person`, role, sha256: tokenHash(`${role}-token`) }));

export interface Harness {
  readonly operations: ScriptedOperations;
  readonly fetch: (request: Request) => Promise<Response>;
  /** Messages logged as errors. */
  readonly errors: unknown[];
  readonly call: (method: string, path: string, init?: CallInit) => Promise<Answer>;
}
export interface CallInit {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any route
  readonly json: any;
  readonly text: string;
}

export function harness(over: Partial<ApiSettings> = {}): Harness {
  const operations = new ScriptedOperations();
  const errors: unknown[] = [];
  let count = 0;
  const fetch = createApi({
    operations,
    tokens: { find: async (token) => findToken(RECORDS, token) },
    intake: { tokens: [], maxBytes: 1_000_000, maxAlerts: 500 },
    description: async () => openApi(),
    clock: { now: () => NOW },
    ids: { next: (prefix) => `${prefix}_${count++}` },
    log: { info: () => {}, warn: () => {}, error: (message, fields) => void errors.push([message, fields]) },
    cache: memoryCache({ clock: { now: () => NOW }, most: 8 }),
    slack: { secrets: [SLACK_SECRET] },
    pagerduty: { secrets: [PAGERDUTY_SECRET] },
    loopback: true,
    url: 'http://127.0.0.1:9099',
    ...over,
  });
  return { operations, errors, fetch, call: (method, path, init = {}) => call(fetch, method, path, init) };
}

async function call(fetch: Harness['fetch'], method: string, path: string, init: CallInit): Promise<Answer> {
  const headers = new Headers({ host: '127.0.0.1:9099', ...init.headers });
  if (init.token !== undefined) headers.set('authorization', `Bearer ${init.token}`);
  const { body } = init;
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const sent =
    body === undefined ? null : typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(new Request(`http://127.0.0.1:9099${path}`, { method, headers, body: sent }));
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json');
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
}

export const alert = (over: Readonly<Record<string, unknown>> = {}) => ({
  status: 'firing',
  labels: { alertname: 'RedisDown', instance_id: 'i-1', severity: 'critical' },
  annotations: { summary: 'redis is down' },
  startsAt: '2026-01-31T08:00:00.123456789Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus/graph',
  fingerprint: '0123456789abcdef',
  ...over,
});
export const webhook = (over: Readonly<Record<string, unknown>> = {}) => ({
  version: '4',
  groupKey: '{}:{alertname="RedisDown"}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'nightshift',
  groupLabels: { alertname: 'RedisDown' },
  commonLabels: {},
  commonAnnotations: {},
  externalURL: 'http://alertmanager',
  alerts: [alert()],
  ...over,
});
