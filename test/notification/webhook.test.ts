import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { httpClient } from '../../lib/adapters/remote/http.ts';
import { deliver } from '../../lib/notification/deliver.ts';
import { startWebhook, type WebhookServer } from '../servers/webhook.ts';
import { APPROVAL, notice } from './samples.ts';

let server: WebhookServer;
beforeAll(async () => {
  server = await startWebhook();
});
afterAll(() => server.close());

const send = (token = 'webhook-token', over = {}) =>
  deliver({ notice: notice({ approval: APPROVAL, ...over }) }, { kind: 'webhook', url: server.url, token }, null, {
    http: httpClient(),
    mail: null,
  });

test('a webhook gets the whole notice, without the nonce that approves', async () => {
  expect(await send()).toEqual({ outcome: 'delivered', ref: null });
  expect(server.taken.at(-1)).toMatchObject({
    version: '1',
    id: 'inc_1/3/trigger/chat',
    incident: { id: 'inc_1', severity: 'critical' },
    approval: { planId: 'plan_1', runbook: 'redis-restart' },
    evidence: [{ indicator: 'redis_up', score: -8.2 }],
  });
  expect(server.requests.at(-1)?.body).not.toContain('nonce-1');
});

test('an attempt whose answer was lost is recognised when it is repeated', async () => {
  await send('webhook-token', { id: 'inc_1/9/update/hook' });
  const taken = server.taken.length;
  await send('webhook-token', { id: 'inc_1/9/update/hook' });
  expect(server.taken).toHaveLength(taken);
});

test('a wrong token is refused, a redirect is not followed, 503 is tried again', async () => {
  expect(await send('wrong')).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('401') });
  server.trouble({ kind: 'status', status: 302 });
  expect(await send()).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('302') });
  server.trouble({ kind: 'status', status: 503, retryAfter: 3 });
  expect(await send()).toMatchObject({ outcome: 'retry', after: 3_000 });
});

test('a server that is gone is tried again', async () => {
  const gone = await startWebhook();
  await gone.close();
  const settings = { kind: 'webhook', url: gone.url, token: 't' } as const;
  const delivery = await deliver({ notice: notice() }, settings, null, { http: httpClient(), mail: null });
  expect(delivery).toMatchObject({ outcome: 'retry', detail: expect.stringContaining('http.unreachable') });
});

test('a fault of ours is thrown, not retried for a day', async () => {
  const http = { request: () => Promise.reject(new TypeError('a bug')) };
  const settings = { kind: 'webhook', url: 'http://x', token: 't' } as const;
  await expect(deliver({ notice: notice() }, settings, null, { http, mail: null })).rejects.toThrow('a bug');
});
