import { describe, expect, test } from '@jest/globals';
import { busy, conflict, failed } from '../../lib/model/errors.ts';
import { alert, harness, INTAKE, webhook } from './harness.ts';

const PATH = '/webhooks/alertmanager';
const intake = { tokens: INTAKE, maxBytes: 20_000, maxAlerts: 100 };

describe('the webhook', () => {
  test('answers only after the signals are stored', async () => {
    const { call, operations } = harness();
    const answer = await call('POST', PATH, { body: webhook({ alerts: [alert(), alert()], truncatedAlerts: 2 }) });
    expect(answer).toMatchObject({ status: 200, json: { accepted: 2 } });
    expect(operations.heard).toHaveLength(2);
    expect(operations.truncated).toBe(1);
  });
  test.each(INTAKE)('takes either of a rotatable pair: %s', async (token) => {
    const { call } = harness({ intake, loopback: false });
    expect((await call('POST', PATH, { token, body: webhook() })).status).toBe(200);
  });
  test.each([
    ['no token', {}],
    ['another', { token: 'guess' }],
    ['that of an administrator', { token: 'admin-token' }],
    ['an empty one', { headers: { authorization: 'Bearer ' } }],
    ['another scheme', { headers: { authorization: `Basic ${btoa(`x:${INTAKE[0]}`)}` } }],
  ])('takes nothing with %s', async (_what, init) => {
    for (const loopback of [true, false]) {
      const { call, operations } = harness({ intake, loopback });
      const answer = await call('POST', PATH, { ...init, body: webhook() });
      expect(answer).toMatchObject({ status: 401, json: { error: { code: 'api.unauthenticated', retryable: false } } });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(operations.heard).toEqual([]);
    }
  });
  test('without configured tokens it is closed to the network', async () => {
    const { call } = harness({ loopback: false });
    expect((await call('POST', PATH, { body: webhook() })).status).toBe(401);
  });
  test('its token opens nothing else', async () => {
    const { call, operations } = harness({ intake });
    const [token = ''] = INTAKE;
    for (const [method, path] of [
      ['GET', '/api/incidents'],
      ['GET', '/metrics'],
      ['POST', '/api/incidents/inc_1/acknowledge'],
    ] as const)
      expect((await call(method, path, { token })).status).toBe(401);
    expect(operations.changes).toEqual([]);
  });
  test('under pressure it answers 503 with Retry-After and takes nothing', async () => {
    const { call, operations } = harness();
    for (const failure of [
      busy('queue.full', 'too much waits'),
      failed('ledger.unavailable', 'gone'),
      conflict('x.y', 'z'),
      new Error('odd'),
    ]) {
      operations.failure = failure;
      const answer = await call('POST', PATH, { body: webhook() });
      expect(answer).toMatchObject({ status: 503, json: { error: { retryable: true } } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });
  test('a bad field is named and nothing of the webhook is taken', async () => {
    const { call, operations } = harness();
    const answer = await call('POST', PATH, {
      body: webhook({ alerts: [alert(), alert({ labels: { severity: 3 } })] }),
    });
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({
      error: {
        code: 'intake.labels',
        message: 'alerts[1].labels.severity is not what was expected: a string.',
        field: 'alerts[1].labels.severity',
        expected: 'a string',
        retryable: false,
      },
    });
    expect(operations.heard).toEqual([]);
  });
  test('a body that is too large is refused by its header or while it is read', async () => {
    const { call, fetch, operations } = harness({ intake: { ...intake, tokens: [] } });
    const big = webhook({ commonLabels: 'x'.repeat(30_000) });
    expect((await call('POST', PATH, { body: big })).json.error).toMatchObject({
      code: 'api.too-large',
      expected: 'at most 20000 bytes',
    });
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1000));
      },
    });
    const headers = { host: 'localhost', 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: endless, duplex: 'half' } as RequestInit;
    expect((await fetch(new Request(`http://localhost${PATH}`, init))).status).toBe(413);
    expect(pulled).toBeLessThan(25);
    expect(operations.heard).toEqual([]);
  });
  test('compressed and other bodies are refused before they are read', async () => {
    const { call } = harness();
    expect((await call('POST', PATH, { body: 'x', headers: { 'content-encoding': 'gzip' } })).status).toBe(415);
    expect((await call('POST', PATH, { body: webhook(), headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  });
});
