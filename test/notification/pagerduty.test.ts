import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { httpClient } from '../../lib/adapters/remote/http.ts';
import type { Notice } from '../../lib/model/notice.ts';
import { deliver } from '../../lib/notification/deliver.ts';
import { parsePagerdutyWebhook, verifyPagerdutySignature } from '../../lib/notification/pagerdutyWebhook.ts';
import type { HttpPort } from '../../lib/ports/edges.ts';
import { type PagerdutyServer, startPagerduty } from '../servers/pagerduty.ts';
import fc from '../setup/fastCheck.ts';
import { AT, hmac, notice } from './samples.ts';

const client = httpClient();
/** Milliseconds; less where nobody will answer, so that a test need not wait for that. */
let patience = 5_000;
const http: HttpPort = { request: (request) => client.request({ ...request, timeout: patience }) };
const KEY = 'R0TEST0000000000000000000000TEST';

let server: PagerdutyServer;
beforeAll(async () => {
  server = await startPagerduty();
});
afterAll(() => server.close());
beforeEach(() => {
  server.recover();
  patience = 5_000;
});

const send = (over: Partial<Notice> = {}, routingKey = KEY) =>
  deliver({ notice: notice(over) }, { kind: 'pagerduty', url: server.url, routingKey, webhookSecret: '' }, null, {
    http,
    mail: null,
  });

describe('PagerDuty', () => {
  test('one incident is one key: triggered, acknowledged, resolved', async () => {
    const incidentId = 'inc_life';
    expect(await send({ incidentId })).toEqual({ outcome: 'delivered', ref: incidentId });
    expect(server.incidents.get(incidentId)).toBe('triggered');
    await send({ incidentId, purpose: 'acknowledge' });
    expect(server.incidents.get(incidentId)).toBe('acknowledged');
    await send({ incidentId, purpose: 'resolve' });
    expect(server.incidents.get(incidentId)).toBe('resolved');
    await send({ incidentId, purpose: 'escalate' });
    expect(server.incidents.get(incidentId)).toBe('triggered');
  });

  test.each([
    ['critical', 'critical'],
    ['unknown', 'critical'],
    ['warning', 'warning'],
    ['info', 'info'],
  ] as const)('%s is told as %s', async (severity, told) => {
    await send({ severity });
    expect(server.events.at(-1)?.payload?.severity).toBe(told);
  });

  test('carries the story, the link and the labels', async () => {
    await send();
    expect(server.events.at(-1)).toMatchObject({
      links: [{ href: 'http://127.0.0.1:9099/incidents/inc_1' }],
      payload: {
        source: 'cache-1',
        component: 'redis',
        custom_details: { reasons: ['refuse cooldown: it ran 3 min ago'], labels: { alertname: 'RedisDown' } },
      },
    });
  });

  test('hostile and huge text stays within its limits', async () => {
    const much = `\u0000${'x'.repeat(100_000)}`;
    const said = {
      headline: much,
      lines: Array.from({ length: 200 }, () => much),
      labels: { host: much, [much]: much },
    };
    expect(await send({ ...said, url: 'javascript:alert(1)' })).toMatchObject({ outcome: 'delivered' });
    expect(server.events.at(-1)?.links).toBeUndefined();
    expect(server.requests.at(-1)?.body.length).toBeLessThan(512 * 1024);
    expect(await send({ headline: '\u0000' })).toMatchObject({ outcome: 'delivered' });
  });

  test('400 is refused, 429 and 5xx and silence are tried again', async () => {
    expect(await send({}, 'wrong')).toMatchObject({
      outcome: 'refused',
      detail: expect.stringContaining('routing_key'),
    });
    server.trouble({ kind: 'status', status: 429, retryAfter: 12 });
    expect(await send()).toMatchObject({ outcome: 'retry', after: 12_000 });
    server.trouble({ kind: 'status', status: 500 });
    expect(await send()).toMatchObject({ outcome: 'retry', after: null });
    server.trouble({ kind: 'hang' });
    patience = 300;
    expect(await send()).toMatchObject({ outcome: 'retry', detail: expect.stringContaining('http.unreachable') });
  });
});

describe('a webhook of PagerDuty', () => {
  const call = (type: string, agent?: Record<string, string>) => server.webhook('inc_1', type, new Date(AT), agent);
  const verify = (body: string, signature: string, secret = 'pagerduty-webhook-secret') =>
    verifyPagerdutySignature({ body, signature, secret }, hmac);

  test.each(['acknowledged', 'resolved', 'reopened'] as const)('%s says who and when', (action) => {
    const { body, headers } = call(`incident.${action}`);
    verify(body, headers['x-pagerduty-signature'] ?? '');
    expect(parsePagerdutyWebhook(body)).toMatchObject({
      action,
      incidentId: 'inc_1',
      by: { name: 'On Call (PONCALL)', via: 'pagerduty' },
      occurredAt: AT,
    });
  });
  test('another event, and one that no person caused, mean nothing', () => {
    expect(parsePagerdutyWebhook(call('incident.priority_updated').body)).toMatchObject({ action: 'other' });
    const ours = { id: 'PINT', type: 'events_api_v2_inbound_integration_reference', summary: 'Nightshift' };
    expect(parsePagerdutyWebhook(call('incident.acknowledged', ours).body)).toMatchObject({ action: 'other' });
    expect(parsePagerdutyWebhook('{"event":{"event_type":"pagey.ping","agent":null,"data":{}}}')).toMatchObject({
      action: 'other',
    });
  });
  test('forged, altered or unsigned is refused; an empty secret verifies nothing', () => {
    const { body, headers } = call('incident.acknowledged');
    const signature = headers['x-pagerduty-signature'] ?? '';
    const refusal = expect.objectContaining({ code: 'pagerduty.signature', kind: 'refused' }) as unknown as Error;
    expect(() => verify(body, signature)).not.toThrow();
    expect(() => verify(`${body} `, signature)).toThrow(refusal);
    expect(() => verify(body, signature, 'other')).toThrow(refusal);
    expect(() => verify(body, '')).toThrow(refusal);
    expect(() => verify(body, `v0=${hmac('pagerduty-webhook-secret', body)}`)).toThrow(refusal);
    expect(() => verify(body, `v1=${hmac('', body)}`, '')).toThrow(refusal);
  });
  test('whatever else comes is an error that names the field, or nothing', () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((event) => `{"event":${event}}`),
      fc
        .json()
        .map(
          (data) =>
            `{"event":{"event_type":"incident.acknowledged","agent":{"type":"user_reference","id":"P1"},"data":${data}}}`,
        ),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        try {
          expect(parsePagerdutyWebhook(body).action).toBe('other');
        } catch (error) {
          expect(error).toMatchObject({ code: 'pagerduty.event', kind: 'input', field: expect.any(String) });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
