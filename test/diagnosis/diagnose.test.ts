import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { prometheusMetrics } from '../../lib/adapters/remote/prometheus.ts';
import { type DiagnoseInput, diagnose } from '../../lib/diagnosis/diagnose.ts';
import { thinned } from '../../lib/diagnosis/store.ts';
import type { Indicator } from '../../lib/model/catalogue.ts';
import { failed } from '../../lib/model/errors.ts';
import type { Blobs } from '../../lib/ports/edges.ts';
import type { Metrics } from '../../lib/ports/metrics.ts';
import { robustScore } from '../../lib/scoring/robust.ts';
import { prometheusStandIn, type StandIn } from '../servers/prometheusStandIn.ts';
import fc from '../setup/fastCheck.ts';

const AT = 1_700_000_000;
const SETTINGS = { past: 3_600_000, recent: 300_000, step: 15_000, maxSeries: 10, timeout: 5000 };

let server: StandIn;
let metrics: Metrics;
let kept: Map<string, string>;
let blobs: Blobs;
beforeEach(async () => {
  server = await prometheusStandIn();
  server.now = AT;
  metrics = prometheusMetrics({ url: server.url, timeout: 5_000 });
  kept = new Map();
  blobs = {
    put: async (key, bytes) => void kept.set(key, new TextDecoder().decode(bytes)),
    get: async () => null,
    list: async () => [],
    remove: async () => undefined,
  };
});
afterEach(() => server.close());

const indicator = (id: string, direction: Indicator['direction'] = 'high'): Indicator => ({
  id,
  pack: 'redis',
  title: id.replaceAll('_', ' '),
  expr: `${id}{$selector}`,
  unit: '',
  direction,
  normal: '',
});

/** Every 15 s over the past hour: about 10, and `after` from `seconds` before the alert on. */
function moved(name: string, seconds: number, after: number, labels = {}) {
  const times = Array.from({ length: 241 }, (_, i) => AT - 3600 + i * 15);
  const value = (t: number, i: number) => (t >= AT - seconds ? after : 10 + (i % 3));
  server.series(
    { __name__: name, host: 'db1', ...labels },
    times.map((t, i) => [t, value(t, i)] as const),
  );
}

function run(indicators: readonly Indicator[], more: Partial<DiagnoseInput> = {}) {
  const subject = {
    alertname: 'RedisDown',
    cluster: 'main',
    host: 'db1',
    service: 'redis',
    team: null,
    severity: 'critical' as const,
    responseLevel: 1 as const,
  };
  const base = { subject, indicators, selectors: () => 'host="db1"', at: AT * 1000, settings: SETTINGS, id: 'inc_1' };
  return diagnose({ ...base, ...more }, metrics, blobs, robustScore);
}

describe('diagnosis', () => {
  test('ranks by how far a series left its past, and says which left first', async () => {
    moved('redis_memory', 180, 25);
    moved('redis_clients', 60, 70);
    moved('redis_hits', 0, 10);
    const evidence = await run([indicator('redis_hits', 'low'), indicator('redis_memory'), indicator('redis_clients')]);
    expect(evidence.ranked.map(({ indicator }) => indicator)).toEqual(['redis_clients', 'redis_memory', 'redis_hits']);
    expect(evidence.ranked[1]).toMatchObject({ last: 25, median: 11, movedAt: (AT - 180) * 1000 });
    expect(evidence.summary).toMatch(
      /^redis memory left its past first, 9\.4 deviations high, 3 min before the alert, then 1 more\.$/,
    );
    expect(evidence).toMatchObject({ at: AT * 1000, from: (AT - 3600) * 1000, to: AT * 1000, missing: [] });
  });

  test('what went the good way ranks last', async () => {
    moved('redis_errors', 60, 0);
    moved('redis_memory', 60, 14);
    const { ranked, summary } = await run([indicator('redis_errors'), indicator('redis_memory')]);
    expect(ranked.map(({ indicator }) => indicator)).toEqual(['redis_memory', 'redis_errors']);
    expect(summary).toBe('None of 2 series left its past of 60 min.');
  });

  test('keeps each series as a blob that can be drawn', async () => {
    moved('redis_memory', 180, 25);
    const { ranked } = await run([indicator('redis_memory')]);
    expect(ranked[0]?.blob).toBe('incidents/inc_1/evidence/0.json');
    const points: [number, number][] = JSON.parse(kept.get('incidents/inc_1/evidence/0.json') ?? '[]');
    expect(points).toHaveLength(241);
    expect(points.at(-1)).toEqual([AT, 25]);
    expect(ranked[0]?.spark.length).toBeLessThanOrEqual(60);
    expect(ranked[0]?.series).toBe('redis_memory{host="db1"}');
  });

  test('keeps no more series than allowed, the worst ones', async () => {
    for (let i = 0; i < 30; i++) moved('redis_memory', 60, 20 + i, { db: String(i) });
    const { ranked } = await run([indicator('redis_memory')]);
    expect(ranked).toHaveLength(10);
    expect(ranked[0]?.series).toContain('db="29"');
    expect(kept.size).toBe(10);
  });

  test('absence of evidence is told', async () => {
    moved('redis_memory', 60, 25);
    const odd = { ...indicator('odd'), expr: 'sum(x) by (y' };
    const evidence = await run([indicator('redis_memory'), indicator('redis_gone'), odd]);
    expect(evidence.missing).toEqual([
      { indicator: 'odd', reason: expect.stringContaining('metrics.query') },
      { indicator: 'redis_gone', reason: 'no such series' },
    ]);
    expect(evidence.summary).toMatch(/; 2 indicators could not be read\.$/);
  });

  test('a Prometheus that does not answer is asked few times, and the rest is told', async () => {
    server.manner = 'silent';
    metrics = prometheusMetrics({ url: server.url, timeout: 300 });
    const evidence = await run(Array.from({ length: 40 }, (_, i) => indicator(`i${i}`)));
    expect(server.asked.length).toBeLessThanOrEqual(8);
    expect(evidence.missing).toHaveLength(40);
    expect(evidence.summary).toBe('No series could be compared with its past; 40 indicators could not be read.');
  });

  test('no query begins when the time is over', async () => {
    moved('redis_memory', 60, 25);
    let now = 0;
    const slow: Metrics = {
      ...metrics,
      range: (...given) => {
        now += 2000;
        return metrics.range(...given);
      },
    };
    const input = { selectors: () => 'host="db1"', at: AT * 1000, settings: SETTINGS, id: 'inc_1', now: () => now };
    const indicators = Array.from({ length: 9 }, () => indicator('redis_memory'));
    const subject = {
      alertname: '',
      cluster: '',
      host: null,
      service: null,
      team: null,
      severity: 'info',
      responseLevel: 1,
    } as const;
    const { ranked, missing } = await diagnose({ ...input, indicators, subject }, slow, blobs, robustScore);
    expect(ranked).toHaveLength(3);
    expect(missing).toHaveLength(6);
    expect(missing[0]?.reason).toBe('not asked: 5000 ms were over');
  });

  test('never more than four queries at a time', async () => {
    let [under, most] = [0, 0];
    const own = metrics;
    metrics = {
      ...own,
      range: async (...given) => {
        most = Math.max(most, ++under);
        const answer = await own.range(...given);
        under -= 1;
        return answer;
      },
    };
    await run(Array.from({ length: 12 }, (_, i) => indicator(`i${i}`)));
    expect(most).toBe(4);
  });

  test('evidence that cannot be kept is an error', async () => {
    moved('redis_memory', 60, 25);
    blobs = { ...blobs, put: async () => Promise.reject(failed('blobs.unavailable', 'full')) };
    await expect(run([indicator('redis_memory')])).rejects.toMatchObject({ code: 'blobs.unavailable' });
  });
});

test('thinning keeps the sample furthest from usual', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 500 }), fc.integer(), (values, median) => {
      const thin = thinned(
        values.map((v, t) => ({ t, v })),
        median,
      );
      const far = (list: readonly number[]) => Math.max(...list.map((v) => Math.abs(v - median)));
      expect(thin.length).toBe(Math.min(60, values.length));
      expect(far(thin)).toBe(far(values));
    }),
  );
});
