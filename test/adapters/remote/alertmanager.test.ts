import { describe, expect, test } from '@jest/globals';
import { alertmanagerClient } from '../../../lib/adapters/remote/alertmanager.ts';
import type { HttpPort } from '../../../lib/ports/edges.ts';

const ALERT = {
  annotations: { summary: 'Redis is down' },
  endsAt: '2026-11-20T10:05:00.000Z',
  fingerprint: 'a1b2',
  receivers: [{ name: 'nightshift' }],
  startsAt: '2026-11-20T10:00:00.250+01:00',
  status: { inhibitedBy: [], silencedBy: [], state: 'active' },
  updatedAt: '2026-11-20T10:01:00.000Z',
  generatorURL: 'http://prometheus/graph',
  labels: { alertname: 'RedisDown' },
};
const STATUS = { cluster: { status: 'ready' }, uptime: '2026-11-20T08:00:00.000Z' };

function client(alerts: unknown, status: unknown = STATUS, code = 200) {
  const asked: string[] = [];
  const http: HttpPort = {
    request: async ({ url }) => {
      asked.push(url);
      const body = url.includes('/status') ? status : alerts;
      return { status: code, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) };
    },
  };
  return { port: alertmanagerClient({ url: 'http://am.test/am/', timeout: 100, http }), asked };
}

describe('alertmanagerClient', () => {
  test('reads what fires, with when this Alertmanager started', async () => {
    const { port, asked } = client([ALERT]);
    expect(await port.active()).toEqual({
      alerts: [
        {
          fingerprint: 'a1b2',
          labels: { alertname: 'RedisDown' },
          annotations: { summary: 'Redis is down' },
          startsAt: Date.UTC(2026, 10, 20, 9, 0, 0, 250),
          generatorURL: 'http://prometheus/graph',
          silenced: false,
        },
      ],
      startedAt: Date.UTC(2026, 10, 20, 8),
    });
    expect(asked).toEqual([
      'http://am.test/am/api/v2/alerts?active=true&silenced=true&inhibited=true&unprocessed=true',
      'http://am.test/am/api/v2/status',
    ]);
  });

  test('silenced and suppressed alerts are told as such; a missing generator is null', async () => {
    const silenced = { ...ALERT, status: { ...ALERT.status, state: 'suppressed', silencedBy: ['s1'] } };
    const { generatorURL: _, ...bare } = ALERT;
    const { alerts } = await client([silenced, bare]).port.active();
    expect(alerts.map((alert) => [alert.silenced, alert.generatorURL])).toEqual([
      [true, 'http://prometheus/graph'],
      [false, null],
    ]);
  });

  test.each([
    ['no JSON', '<html>', STATUS],
    ['no list', {}, STATUS],
    ['half a list', '[{"fingerprint":"a1b2"', STATUS],
    ['one alert without fingerprint', [ALERT, { ...ALERT, fingerprint: undefined }], STATUS],
    ['an impossible time', [{ ...ALERT, startsAt: 'yesterday' }], STATUS],
    ['no start', [ALERT], {}],
  ])('%s fails the whole answer', async (_name, alerts, status) => {
    await expect(client(alerts, status).port.active()).rejects.toMatchObject({
      code: 'alertmanager.unavailable',
      retryable: true,
    });
  });

  test.each([401, 404, 503])('%p is no empty list', async (code) => {
    await expect(client([], STATUS, code).port.active()).rejects.toMatchObject({ code: 'alertmanager.unavailable' });
  });

  test('nobody there', async () => {
    const port = alertmanagerClient({ url: 'http://127.0.0.1:9', timeout: 200 });
    await expect(port.active()).rejects.toMatchObject({ kind: 'failed', code: 'alertmanager.unavailable' });
  });
});
