import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { routes } from '../../lib/api/routes.ts';
import { HOUR } from '../decision/fixtures.ts';
import { harness } from './harness.ts';
import { NOW, OUTPUT_KEY, PLAN_HASH } from './scriptedOperations.ts';

const token = 'admin-token';

/** Every property a schema knows, with what it makes of the answer: a field that the description forgot would be gone. */
const described = (method: string, path: string, answer: unknown): unknown => {
  const found = routes.find((route) => route.method === method && route.path === path);
  return z.parse(found?.answer ?? z.never(), answer);
};

describe('answers are what the description says, whole', () => {
  test.each(routes.filter(({ method }) => method === 'get').map(({ path }) => path))('%s', async (path) => {
    const { call } = harness();
    const answer = await call('GET', path.replace(':id', 'inc_1'), { token: 'admin-token' });
    expect(answer.status).toBe(200);
    expect(described('get', path, answer.json)).toEqual(answer.json);
  });
  test.each([
    ['/api/incidents/:id/acknowledge', {}],
    ['/api/incidents/:id/comment', { text: 'seen' }],
    ['/api/runs', { runbook: 'restart', hosts: ['web-1'], reason: 'r' }],
    ['/api/stop', { until: NOW + HOUR, reason: 'r' }],
    [
      '/api/windows',
      { kind: 'freeze', when: { days: [1, 7], at: '22:30', zone: 'Europe/Berlin', lasts: HOUR }, reason: 'r' },
    ],
    ['/api/audit/verify', {}],
    ['/api/replay/:id', {}],
  ])('POST %s', async (path, body) => {
    const { call } = harness();
    const answer = await call('POST', path.replace(':id', 'inc_1'), { token, body });
    expect(answer.status).toBe(200);
    expect(described('post', path, answer.json)).toEqual(answer.json);
  });
});

describe('incidents', () => {
  test('filters reach the ledger', async () => {
    const { call, operations } = harness();
    await call(
      'GET',
      '/api/incidents?state=open,escalated&host=web-1&service=redis&cluster=prod&severity=warning&limit=7&cursor=abc',
    );
    await call('GET', '/api/incidents');
    expect(operations.filters).toEqual([
      {
        state: ['open', 'escalated'],
        host: 'web-1',
        service: 'redis',
        cluster: 'prod',
        severity: 'warning',
        limit: 7,
        cursor: 'abc',
      },
      { limit: 50 },
    ]);
  });
  test.each([
    ['state=burning', 'state'],
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=many', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['severity=5', 'severity'],
    ['sate=open', 'sate'],
    ['__proto__=1', '__proto__'],
    ['cursor=%00', 'cursor'],
  ])('?%s names its field', async (query, field) => {
    const { call, operations } = harness();
    const answer = await call('GET', `/api/incidents?${query}`);
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'api.query', field } } });
    expect(operations.filters).toEqual([]);
  });
  test('one that does not exist is absent', async () => {
    const { call } = harness();
    for (const path of ['inc_x', 'inc_x/timeline', 'inc_x/why'])
      expect(await call('GET', `/api/incidents/${path}`)).toMatchObject({
        status: 404,
        json: { error: { code: 'incident.absent' } },
      });
    expect((await call('GET', '/api/incidents/%00')).status).toBe(400);
    expect((await call('GET', '/api/incidents/%E0%A4%A')).status).toBe(404);
  });
  test('why is told in plain words, each rule with its answer', async () => {
    const { call } = harness();
    const { json } = await call('GET', '/api/incidents/inc_1/why');
    expect(json.plain).toEqual([
      'RedisDown (warning) is open.',
      'approve by policy redis-down: runbook restart on web-1',
      '  passed window: no window is open',
      '  held autonomy: a person must approve',
      '  REFUSED budget: the budget of this hour is spent',
      'plan plan_0 (restart) is verified: proven well',
      'plan plan_1 (restart) is awaiting-approval: waits for an approver',
    ]);
  });
  test('an approval is bound to the hash that was seen', async () => {
    const { call, operations } = harness();
    const path = '/api/incidents/inc_1/plans/plan_1/approve';
    expect((await call('POST', path, { token, body: {} })).json.error).toMatchObject({
      code: 'api.body',
      field: 'planHash',
    });
    expect((await call('POST', path, { token, body: { planHash: 'another' } })).status).toBe(409);
    expect(operations.changes).toEqual([]);
    expect((await call('POST', path, { token, body: { planHash: PLAN_HASH } })).status).toBe(200);
    expect(operations.changes).toEqual(['approve plan_1 by admin-person via api']);
  });
});

describe('requests are checked before anything happens', () => {
  test.each([
    ['POST', '/api/incidents/inc_1/comment', { text: '' }, 'text'],
    ['POST', '/api/incidents/inc_1/comment', { text: 'a', more: 1 }, 'more'],
    ['POST', '/api/incidents/inc_1/close', {}, 'reason'],
    ['POST', '/api/incidents/inc_1/comment', '[]', 'body'],
    ['POST', '/api/stop', { until: '1h', reason: 'r' }, 'until'],
    ['POST', '/api/windows', { kind: 'pause', when: { from: 1, until: 2 }, reason: 'r' }, 'kind'],
    ['POST', '/api/windows', { kind: 'freeze', when: { from: 2, until: 1 }, reason: 'r' }, 'when'],
    [
      'POST',
      '/api/windows',
      { kind: 'freeze', when: { days: [8], at: '22:30', zone: 'UTC', lasts: HOUR }, reason: 'r' },
      'when',
    ],
    [
      'POST',
      '/api/windows',
      { kind: 'freeze', when: { days: [1], at: '22:30', zone: 'Mars/Olympus', lasts: HOUR }, reason: 'r' },
      'when',
    ],
    ['POST', '/api/runs', { runbook: 'restart', hosts: [], reason: 'r' }, 'hosts'],
    ['POST', '/api/runs', { runbook: 'restart', hosts: ['a', 5], reason: 'r' }, 'hosts[1]'],
    ['POST', '/api/runs', { runbook: 'restart', hosts: ['a'], parameters: { x: 1 }, reason: 'r' }, 'parameters.x'],
    ['POST', '/api/runs', { runbook: 'restart', hosts: ['a'], dryrun: true, reason: 'r' }, 'dryrun'],
  ])('%s %s %p', async (method, path, body, field) => {
    const { call, operations } = harness();
    const answer = await call(method, path, { token, body });
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'api.body', retryable: false } } });
    expect(answer.json.error.field).toMatch(new RegExp(`^${field.replace(/[[\]]/g, '\\$&')}`));
    expect(operations.changes).toEqual([]);
  });
  test('a manual run has its defaults and its actor', async () => {
    const { call, operations } = harness();
    const headers = { 'x-nightshift-client': 'cli' };
    await call('POST', '/api/runs', { token, headers, body: { runbook: 'restart', hosts: ['web-1'], reason: 'r' } });
    expect(operations.runs).toEqual([
      { runbook: 'restart', hosts: ['web-1'], parameters: {}, dryRun: false, reason: 'r' },
    ]);
  });
});

describe('other resources', () => {
  test('output of a run is served as what it is and never as a page', async () => {
    const { call } = harness();
    const answer = await call('GET', `/api/blobs/${OUTPUT_KEY}`);
    expect(answer.json.stdout).toContain('it serves again');
    for (const key of ['../token', 'a/../../token', '%2e%2e/token', '.hidden', 'a//b', '', 'a%00'])
      expect([400, 404]).toContain((await call('GET', `/api/blobs/${key}`)).status);
  });
  test('health is 503 only when Nightshift is down', async () => {
    const { call, operations } = harness();
    expect((await call('GET', '/health')).status).toBe(200);
    operations.healthNow = 'degraded';
    expect((await call('GET', '/health')).status).toBe(200);
    operations.healthNow = 'down';
    expect((await call('GET', '/health')).status).toBe(503);
    expect(await call('GET', '/ready')).toMatchObject({ status: 503, json: { ready: false } });
  });
  test('metrics are in the text exposition format', async () => {
    const { call } = harness();
    const answer = await call('GET', '/metrics');
    expect(answer.text).toBe('nightshift_up 1\n');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  });
  test('stop, window and demotion come and go', async () => {
    const { call } = harness();
    await call('POST', '/api/stop', { token, body: { until: NOW + HOUR, reason: 'change night' } });
    expect((await call('GET', '/api/stop')).json.stop).toEqual({
      until: NOW + HOUR,
      reason: 'change night',
      by: 'admin-person',
    });
    await call('DELETE', '/api/stop', { token, body: { reason: 'done' } });
    expect((await call('GET', '/api/stop')).json).toEqual({ stop: null });
    const window = {
      kind: 'maintenance',
      when: { from: NOW, until: NOW + HOUR },
      scope: { host: 'web-1' },
      reason: 'disk',
    };
    const added = (await call('POST', '/api/windows', { token, body: window })).json;
    expect(added).toMatchObject({ scope: { cluster: null, host: 'web-1', service: null }, by: 'admin-person' });
    await call('DELETE', `/api/windows/${added.id}`, { token });
    expect((await call('GET', '/api/windows')).json).toEqual({ items: [] });
    await call('DELETE', '/api/demotions/redis-down/prod', { token, body: { reason: 'mended' } });
    expect((await call('GET', '/api/demotions')).json).toEqual({ items: [] });
  });
  test('the landing page shows where Alertmanager is to be pointed, escaped', async () => {
    const { call } = harness({ url: 'http://127.0.0.1:9099/<b>' });
    const { text } = await call('GET', '/');
    expect(text).toContain('/webhooks/alertmanager');
    expect(text).toContain('max_alerts: 500');
    expect(text).not.toContain('<b>');
  });
  test('a defect is one sentence to the sender and logged whole', async () => {
    const { call, operations, errors } = harness();
    operations.hosts = async () => {
      throw new Error('secret inside');
    };
    const answer = await call('GET', '/api/hosts');
    expect(answer).toMatchObject({ status: 500, json: { error: { code: 'api.defect' } } });
    expect(answer.text).not.toContain('secret inside');
    expect(JSON.stringify(errors)).toContain('secret inside');
  });
});

describe('the OpenAPI description', () => {
  test('names every route with its schemas, and no schema is empty', async () => {
    const { call } = harness();
    const { json } = await call('GET', '/openapi.json');
    expect(json.openapi).toBe('3.1.0');
    for (const { method, path, body } of routes) {
      const operation = json.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method];
      expect(operation?.responses['200'].content['application/json'].schema.type).toBe('object');
      expect(operation.requestBody !== undefined).toBe(body !== undefined);
    }
    const names = json.paths['/api/incidents'].get.parameters.map((one: { name: string }) => one.name);
    expect(names).toEqual(['state', 'host', 'service', 'cluster', 'severity', 'limit', 'cursor']);
    const alerts =
      json.paths['/webhooks/alertmanager'].post.requestBody.content['application/json'].schema.properties.alerts;
    expect(alerts.items.properties.labels).toEqual({ type: 'object', additionalProperties: { type: 'string' } });
    expect(alerts.items.required).toEqual(['status', 'labels', 'startsAt']);
  });
  test('operation ids are unique', async () => {
    const { call } = harness();
    const { json } = await call('GET', '/openapi.json');
    const ids = Object.values(json.paths as Record<string, Record<string, { operationId?: string }>>)
      .flatMap((path) => Object.values(path).map(({ operationId }) => operationId))
      .filter((id) => id !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(routes.length);
  });
});
