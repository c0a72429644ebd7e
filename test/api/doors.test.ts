import { describe, expect, test } from '@jest/globals';
import { routes } from '../../lib/api/routes.ts';
import { allows } from '../../lib/api/tokens.ts';
import { harness, webhook } from './harness.ts';
import { PLAN_HASH } from './scriptedOperations.ts';

/** A request that would be done, if only whoever sends it may. */
const BODIES: Readonly<Record<string, unknown>> = {
  'post /api/incidents/:id/acknowledge': {},
  'post /api/incidents/:id/comment': { text: 'seen' },
  'post /api/incidents/:id/close': { reason: 'done' },
  'post /api/incidents/:id/plans/:plan/approve': { planHash: PLAN_HASH },
  'post /api/incidents/:id/plans/:plan/reject': { planHash: PLAN_HASH, reason: 'no' },
  'post /api/stop': { until: 1e12, reason: 'r' },
  'delete /api/stop': { reason: 'r' },
  'post /api/windows': { kind: 'freeze', when: { from: 1, until: 2 }, reason: 'r' },
  'delete /api/windows/:id': {},
  'delete /api/demotions/:policy/:cluster': { reason: 'r' },
  'post /api/tokens': { name: 'ada', role: 'approver' },
  'delete /api/tokens/:name': { reason: 'r' },
  'post /api/incidents/:id/mark': { useful: true },
  'post /api/watches/:id/states': {
    states: [{ series: 'up{}', last: 1, kind: 'gauge', tz: 'UTC', state: 'AAAA' }],
  },
  'post /api/runs': { runbook: 'restart', hosts: ['web-1'], reason: 'r' },
};
const changing = Object.keys(BODIES).map((key) => {
  const [method = '', path = ''] = key.split(' ');
  const url = path
    .replace(':id', path.includes('windows') ? 'win_1' : 'inc_1')
    .replace(':plan', 'plan_1')
    .replace(':policy', 'p')
    .replace(':cluster', 'c')
    .replace(':name', 'ada');
  return { key, method: method.toUpperCase(), url, body: BODIES[key] };
});

async function ready() {
  const made = harness();
  await made.call('POST', '/api/windows', { token: 'admin-token', body: BODIES['post /api/windows'] });
  await made.call('POST', '/api/stop', { token: 'admin-token', body: BODIES['post /api/stop'] });
  made.operations.changes.length = 0;
  return made;
}

describe('a request that changes something', () => {
  test('all of them are tried here', () => {
    const known = routes.filter(({ method, role }) => method !== 'get' && role !== 'viewer');
    const rest = known.map(({ method, path }) => `${method} ${path}`).filter((key) => !(key in BODIES));
    // Reopening is refused while the incident is open.
    expect(rest).toEqual(['post /api/incidents/:id/reopen']);
  });
  test.each(changing)('$key needs a token on loopback too, of sufficient role', async ({ key, method, url, body }) => {
    const route = routes.find((one) => `${one.method} ${one.path}` === key);
    const { call, operations } = await ready();
    expect((await call(method, url, { body })).status).toBe(401);
    expect((await call(method, url, { body, token: 'forged-token' })).status).toBe(401);
    for (const role of ['viewer', 'operator', 'approver'] as const)
      if (!allows(role, route?.role ?? 'admin'))
        expect((await call(method, url, { body, token: `${role}-token` })).status).toBe(403);
    expect(operations.changes).toEqual([]);
    expect((await call(method, url, { body, token: `${route?.role}-token` })).status).toBe(200);
    expect(operations.changes).toEqual([expect.stringContaining(`by ${route?.role}-person`)]);
  });
  test.each(changing)('$key is refused to other sites', async ({ method, url, body }) => {
    const { call, operations } = await ready();
    const foreign = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost:3000' },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of foreign) {
      const answer = await call(method, url, { body, token: 'admin-token', headers });
      expect(answer).toMatchObject({ status: 403, json: { error: { code: 'api.origin' } } });
    }
    expect(operations.changes).toEqual([]);
  });
  test('from its own page is fine', async () => {
    const { call } = harness();
    const headers = { origin: 'http://127.0.0.1:9099', 'sec-fetch-site': 'same-origin' };
    expect((await call('POST', '/api/incidents/inc_1/acknowledge', { token: 'admin-token', headers })).status).toBe(
      200,
    );
  });
  test('a body that a form could send is refused', async () => {
    const { call, operations } = harness();
    const headers = { 'content-type': 'text/plain' };
    const init = { token: 'admin-token', headers, body: '{"text":"x"}' };
    expect((await call('POST', '/api/incidents/inc_1/comment', init)).status).toBe(415);
    expect(operations.changes).toEqual([]);
  });
  test('webhooks from a page of another site change nothing either', async () => {
    const { call, operations } = harness();
    const headers = { origin: 'https://evil.example' };
    expect((await call('POST', '/webhooks/alertmanager', { body: webhook(), headers })).status).toBe(403);
    expect(operations.heard).toEqual([]);
  });
});

describe('names and doors', () => {
  test.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:9099', '10.0.0.1:9099', ''])(
    'nothing is answered under the name %p',
    async (host) => {
      const { call, operations } = harness();
      for (const path of ['/', '/api/incidents', '/health'])
        expect((await call('GET', path, { headers: { host } })).json.error.code).toBe('api.host');
      expect((await call('POST', '/webhooks/alertmanager', { headers: { host }, body: webhook() })).status).toBe(403);
      expect(operations.heard).toEqual([]);
    },
  );
  test.each(['localhost', 'LOCALHOST:1', '127.0.0.1:9099', '[::1]:9099', 'night.example:8443'])(
    '%s is ours',
    async (host) => {
      const { call } = harness({ url: 'https://night.example:8443/' });
      expect((await call('GET', '/api/incidents', { headers: { host } })).status).toBe(200);
    },
  );
  test('off loopback, reading takes a token, and health tells strangers no addresses', async () => {
    const { call } = harness({ loopback: false });
    for (const path of ['/api/incidents', '/api/hosts', '/metrics', '/api/blobs/a/b'])
      expect((await call('GET', path)).status).toBe(401);
    expect((await call('GET', '/api/incidents', { token: 'viewer-token' })).status).toBe(200);
    expect((await call('GET', '/ready')).json).toEqual({ ready: true });
    expect((await call('GET', '/health')).text).not.toContain('10.0.0.9');
    expect((await call('GET', '/health', { token: 'viewer-token' })).text).toContain('10.0.0.9');
    expect((await call('GET', '/health', { token: 'guess' })).status).toBe(401);
  });
  test('every answer forbids what browsers would do by themselves', async () => {
    const { call } = harness();
    for (const path of ['/', '/api/incidents', '/nowhere']) {
      const { headers } = await call('GET', path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
  test('another method and another path say so', async () => {
    const { call } = harness();
    expect(await call('PUT', '/api/stop')).toMatchObject({
      status: 405,
      json: { error: { expected: 'GET, POST, DELETE' } },
    });
    expect(await call('GET', '/api/nothing')).toMatchObject({ status: 404, json: { error: { code: 'api.path' } } });
    expect((await call('OPTIONS', '/api/stop')).status).toBe(405);
  });
});

describe('callbacks', () => {
  test('are absent where nothing is configured', async () => {
    const { call } = harness({ slack: { secrets: [] }, pagerduty: { secrets: [] } });
    expect((await call('POST', '/callbacks/slack', { body: {} })).status).toBe(404);
    expect((await call('POST', '/callbacks/pagerduty', { body: {} })).status).toBe(404);
  });
});
