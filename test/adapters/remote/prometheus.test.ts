import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { prometheusMetrics } from '../../../lib/adapters/remote/prometheus.ts';
import type { HttpPort, HttpRequest } from '../../../lib/ports/edges.ts';
import { metricsContract } from '../../contract/metricsContract.ts';
import { prometheusStandIn, type StandIn } from '../../servers/prometheusStandIn.ts';

metricsContract('prometheusMetrics over a stand-in', async () => {
  const server = await prometheusStandIn();
  server.now = 1_700_000_000;
  const times = Array.from({ length: 20 }, (_, i) => server.now - 95 + i * 5);
  server.series(
    { __name__: 'up', job: 'a' },
    times.map((t) => [t, 1] as const),
  );
  server.series({ __name__: 'odd', job: 'a' }, [[server.now - 1, Number.NaN]]);
  server.series({ __name__: 'odd', job: 'b' }, [[server.now - 1, Number.POSITIVE_INFINITY]]);
  server.series({ __name__: 'odd', job: 'c' }, [[server.now - 1, Number.NEGATIVE_INFINITY]]);
  return {
    metrics: prometheusMetrics({ url: server.url, timeout: 5_000 }),
    interval: 5,
    close: async () => server.close(),
  };
});

describe('prometheusMetrics', () => {
  let server: StandIn;
  beforeEach(async () => {
    server = await prometheusStandIn();
    server.now = 1000;
  });
  afterEach(() => server.close());

  const of = (manner: StandIn['manner'], maxBytes?: number) => {
    server.manner = manner;
    // Short where it is waited for, and nowhere else: a busy machine answers late.
    const timeout = manner === 'silent' ? 300 : 5_000;
    return prometheusMetrics({ url: server.url, timeout, ...(maxBytes !== undefined && { maxBytes }) });
  };

  test.each(['error', 'warn', 'nonsense', 'silent', 'gone', 'huge'] as const)('%s is unavailable', async (manner) => {
    const error = { kind: 'failed', code: 'metrics.unavailable', retryable: true };
    await expect(of(manner).instant('up')).rejects.toMatchObject(error);
    await expect(of(manner).range('up', 0, 1000, 1000)).rejects.toMatchObject(error);
    await expect(of(manner).raw('up', 1000)).rejects.toMatchObject(error);
  });

  test('what is remarked of a query leaves its answer whole', async () => {
    await expect(of('remark').range('up', 0, 1000, 1000)).resolves.toEqual(await of('well').range('up', 0, 1000, 1000));
    await expect(of('remark').time()).resolves.toEqual(expect.any(Number));
  });

  test('a refused query says what is wrong with it', async () => {
    const error = {
      kind: 'input',
      code: 'metrics.query',
      // Of which field it is only the caller knows.
      field: undefined,
      message: expect.stringMatching(/parse error.*, in up\{$/),
    };
    await expect(of('refuse').instant('up{')).rejects.toMatchObject(error);
    const long = of('refuse').instant(`up{${'x'.repeat(1_000)}`);
    await expect(long).rejects.toMatchObject({ message: expect.stringMatching(/, in up\{x{297}…$/) });
  });

  test('an answer larger than the cap is refused', async () => {
    server.series({ __name__: 'up' }, [[999, 1]]);
    await expect(of('well', 100).instant('up')).rejects.toMatchObject({
      message: expect.stringContaining('larger than 100 bytes'),
    });
    await expect(of('huge', 1024).instant('up')).rejects.toMatchObject({ code: 'metrics.unavailable' });
  });

  test('asks by POST form, in seconds, with the timeout handed on', async () => {
    const metrics = of('well');
    await metrics.instant('up', 900_500);
    await metrics.range('up', 10_000, 20_250, 5000);
    await metrics.raw('up', 90_000);
    expect(server.asked.map(({ path, form }) => [path, form])).toEqual([
      ['/api/v1/query', { query: 'up', time: '900.500', timeout: '5000ms' }],
      ['/api/v1/query_range', { query: 'up', start: '10.000', end: '20.250', step: '5.000', timeout: '5000ms' }],
      ['/api/v1/query', { query: 'up[90000ms]', timeout: '5000ms' }],
    ]);
  });

  test.each([
    ['well', true],
    ['error', false],
    ['silent', false],
    ['gone', false],
  ] as const)('%s: healthy is %p', async (manner, healthy) => {
    expect(await of(manner).healthy()).toBe(healthy);
  });

  test('a path before the API stays, and credentials become a header', async () => {
    const seen: HttpRequest[] = [];
    const http: HttpPort = {
      request: async (request) => {
        seen.push(request);
        return {
          status: 200,
          headers: {},
          body: '{"status":"success","data":{"resultType":"scalar","result":[5.5,"5.5"]}}',
        };
      },
    };
    const metrics = prometheusMetrics({ url: 'https://me:p%40ss@proxy.test/prometheus/', timeout: 100, http });
    expect(await metrics.time()).toBe(5.5);
    expect(seen[0]?.url).toBe('https://proxy.test/prometheus/api/v1/query');
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });

  test.each(['', ' ', 'one', '1,5', '0x1z'])('a sample value of %p is a broken answer', async (text) => {
    const body = JSON.stringify({
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: {}, value: [1, text] }] },
    });
    const http: HttpPort = { request: async () => ({ status: 200, headers: {}, body }) };
    const metrics = prometheusMetrics({ url: 'http://x.test', timeout: 100, http });
    await expect(metrics.instant('up')).rejects.toMatchObject({ code: 'metrics.unavailable' });
  });
});
