import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { prometheusMetrics } from '../../lib/adapters/remote/prometheus.ts';
import type { VerificationSpec } from '../../lib/model/catalogue.ts';
import type { Metrics } from '../../lib/ports/metrics.ts';
import { endedAtPrometheus } from '../../lib/verification/ended.ts';
import { measure } from '../../lib/verification/measure.ts';
import { verify } from '../../lib/verification/verify.ts';
import { prometheusStandIn, type StandIn } from '../servers/prometheusStandIn.ts';
import fc from '../setup/fastCheck.ts';

/** Seconds of Prometheus time at which the command ended; ours is an hour off on purpose, as nothing may depend on it. */
const END = 1_700_000_000;
const OURS = (END - 3600) * 1000;
const SPEC: VerificationSpec = {
  expr: 'redis_up{$selector}',
  op: '==',
  value: 1,
  stabilisation: 10_000,
  within: 120_000,
};
const UP = { __name__: 'redis_up', instance: 'a:9121', host: 'db1' };
const OTHER = { ...UP, instance: 'b:9121' };

let server: StandIn;
let metrics: Metrics;
beforeEach(async () => {
  server = await prometheusStandIn();
  metrics = prometheusMetrics({ url: server.url, timeout: 5_000 });
});
afterEach(() => server.close());

/** Scraped every 5 s from `from` to `to`, seconds relative to the command's end. */
function scraped(from: number, to: number, value: (t: number) => number | 'stale') {
  const times = Array.from({ length: (to - from) / 5 + 1 }, (_, i) => from + i * 5);
  return times.map((t) => [END + t, value(t)] as const);
}
const curedAt = (moment: number) => (t: number) => (t >= moment ? 1 : 0);

/** One look, `at` seconds after the command's end by every clock. */
function look(at: number, spec: Partial<VerificationSpec> = {}) {
  server.now = END + at;
  const input = {
    spec: { ...SPEC, ...spec },
    selector: 'host="db1"',
    endedAtPrometheus: END,
    before: 0,
    endedAt: OURS,
  };
  return verify(input, metrics, OURS + at * 1000);
}
async function result(at: number, spec: Partial<VerificationSpec> = {}) {
  const verdict = await look(at, spec);
  return verdict.state === 'done' ? verdict.verification.result : `waiting: ${verdict.reason}`;
}

describe('freshness', () => {
  test('two samples after the cure has settled verify it, with the values before and after', async () => {
    server.series(UP, scraped(-60, 20, curedAt(5)));
    expect(await look(21)).toEqual({
      state: 'done',
      verification: {
        result: 'verified',
        at: OURS + 21_000,
        expr: 'redis_up{host="db1"}',
        reason: 'the worst value is 1 with == 1 wanted, over 1 series',
        before: 0,
        after: 1,
        freshFrom: END + 15,
      },
    });
  });

  test('one sample is not enough', async () => {
    server.series(UP, scraped(-60, 15, curedAt(5)));
    expect(await result(19)).toMatch(/waiting: .*fewer than 2 samples.*newest 4\.0 s old/);
  });

  test('a sample 43 s old comes back as now and is not believed', async () => {
    server.series(
      UP,
      scraped(-60, 0, () => 1),
    );
    const instant = await metrics.instant('redis_up{host="db1"}', (END + 43) * 1000);
    expect(instant[0]?.samples).toEqual([{ t: END + 43, v: 1 }]);
    expect(await result(43)).toMatch(/waiting: .*newest 43\.0 s old/);
    expect(await result(131)).toBe('inconclusive');
  });

  test('a sample of the time of settling does not count', async () => {
    server.series(
      UP,
      scraped(-60, 10, () => 1),
    );
    expect(await result(12)).toMatch(/fewer than 2/);
  });

  test('a window that still holds the fault proves nothing, and proves when it begins after the cure', async () => {
    server.series(
      { ...UP, __name__: 'errors_total' },
      scraped(-60, 130, (t) => (t < 0 ? 60 + t : 60)),
    );
    const rate = { expr: 'rate(errors_total{$selector}[1m])', op: '<=' as const, value: 0 };
    expect(await result(40, rate)).toMatch(/waiting: .*reaches back before the cure/);
    expect(await result(69, rate)).toMatch(/waiting/);
    expect(await result(71, rate)).toBe('verified');
  });

  test('a window that cannot begin after the cure is refused at once', async () => {
    const verdict = await look(1, { expr: 'rate(errors_total{$selector}[5m])' });
    expect(verdict).toMatchObject({
      verification: { result: 'inconclusive', reason: expect.stringContaining('300 s') },
    });
    expect(server.asked).toEqual([]);
  });

  test('every selector is proven, not only the one that has news', async () => {
    server.series(
      UP,
      scraped(-60, 100, () => 1),
    );
    server.series(
      { ...UP, __name__: 'redis_maxmemory' },
      scraped(-60, 0, () => 1),
    );
    expect(await result(60, { expr: 'redis_up{$selector} - redis_maxmemory{$selector}' })).toMatch(
      /redis_maxmemory.*fewer/,
    );
  });
});

describe('replicas', () => {
  test('all must satisfy the condition', async () => {
    server.series(
      UP,
      scraped(-60, 130, () => 1),
    );
    server.series(OTHER, scraped(-60, 130, curedAt(50)));
    expect(await result(30)).toMatch(/waiting: the worst value is 0/);
    expect(await result(55)).toBe('verified');
  });

  test('one that went stale before the cure must come back', async () => {
    server.series(
      UP,
      scraped(-60, 130, () => 1),
    );
    server.series(
      OTHER,
      scraped(-60, -20, (t) => (t === -20 ? 'stale' : 0)),
    );
    expect(await result(60)).toMatch(/b:9121.*fewer than 2/);
    expect(await result(131)).toBe('inconclusive');
  });

  test('one that disappears after the cure is not forgotten', async () => {
    server.series(
      UP,
      scraped(-60, 130, () => 1),
    );
    server.series(
      OTHER,
      scraped(-60, 40, (t) => (t === 40 ? 'stale' : 1)),
    );
    expect(await result(45)).toMatch(/b:9121.*disappeared/);
    expect(await result(200)).toBe('inconclusive');
  });
});

describe('no cure', () => {
  test('a fresh violation waits for the cure to take, then fails', async () => {
    server.series(
      UP,
      scraped(-60, 130, () => 0),
    );
    expect(await result(60)).toMatch(/waiting/);
    const verdict = await look(130);
    expect(verdict).toMatchObject({ state: 'done', verification: { result: 'failed', before: 0, after: 0 } });
  });

  test('a look that comes late judges the moment of the deadline', async () => {
    server.series(UP, scraped(-60, 300, curedAt(200)));
    expect(await result(300)).toBe('failed');
  });
});

describe('no proof', () => {
  test('Prometheus down: asked again until the deadline, then inconclusive', async () => {
    server.manner = 'gone';
    expect(await look(100)).toMatchObject({ state: 'waiting', reason: expect.stringContaining('metrics.unavailable') });
    expect(await result(131)).toBe('inconclusive');
  });

  test('Prometheus dies between the questions', async () => {
    server.series(
      UP,
      scraped(-60, 130, () => 1),
    );
    const dying: Metrics = {
      ...metrics,
      raw: (...given) => {
        server.manner = 'gone';
        return metrics.raw(...given);
      },
    };
    server.now = END + 60;
    const input = { spec: SPEC, selector: 'host="db1"', endedAtPrometheus: END, before: null };
    expect(await verify(input, dying, OURS)).toMatchObject({ state: 'waiting' });
  });

  test.each(['error', 'warn', 'nonsense', 'silent', 'refuse', 'huge'] as const)(
    'an answer that is %s',
    async (manner) => {
      server.series(
        UP,
        scraped(-60, 130, () => 1),
      );
      server.manner = manner;
      if (manner === 'silent') metrics = prometheusMetrics({ url: server.url, timeout: 500 });
      expect(await result(60)).toMatch(/waiting/);
      expect(await result(131)).toBe('inconclusive');
    },
  );

  test('no such series', async () => {
    expect(await result(60)).toMatch(/waiting: .*no samples/);
    expect(await result(131)).toBe('inconclusive');
  });

  test('NaN', async () => {
    server.series(
      UP,
      scraped(-60, 130, () => Number.NaN),
    );
    expect(await result(60, { op: '!=', value: 0 })).toMatch(/waiting/);
    expect(await result(131, { op: '!=', value: 0 })).toBe('inconclusive');
  });

  test('an infinite value is no proof where it satisfies, and a violation where it does not', async () => {
    server.series(
      UP,
      scraped(-60, 130, () => Number.POSITIVE_INFINITY),
    );
    expect(await result(130, { op: '>', value: 0 })).toBe('inconclusive');
    expect(await result(130, { op: '<', value: 9 })).toBe('failed');
  });

  test('a Prometheus whose clock stands still', async () => {
    server.series(
      UP,
      scraped(-60, 0, () => 1),
    );
    server.now = END;
    const input = { spec: SPEC, selector: 'host="db1"', endedAtPrometheus: END, before: null, endedAt: OURS };
    expect(await verify(input, metrics, OURS + 150_000)).toMatchObject({ state: 'waiting' });
    expect(await verify(input, metrics, OURS + 191_000)).toMatchObject({ verification: { result: 'inconclusive' } });
  });

  test.each([
    ['redis_up{$selector} offset 5m', /offset/],
    ['redis_up{$selector} @ 5', /@/],
    ['max_over_time(redis_up{$selector}[1m:5s])', /subquery/],
    ['redis_up{$selector} == 1', /without `bool`/],
    ['redis_up{$selector} and up', /`and`/],
    ['topk(1, redis_up{$selector})', /topk/],
    ['vector(1)', /no series/],
    ['redis_up{$selector} +', /promql.syntax/],
  ])('%s is refused at once', async (expr, reason) => {
    const verdict = await look(1, { expr });
    expect(verdict).toMatchObject({ verification: { result: 'inconclusive', reason: expect.stringMatching(reason) } });
  });

  test.each([
    'redis_up{$selector} == bool 1',
    'redis_up{$selector,role!="replica"}',
    'max(redis_up{$selector,role!~"x|y"})',
  ])('%s drops nothing and is asked', async (expr) => {
    expect(await result(60, { expr })).toMatch(/waiting/);
  });

  test.each(['job:redis_up:max', 'ALERTS'])('samples of %s are made by a rule', async (name) => {
    const stored = { ...UP, __name__: name };
    const rule: Metrics = {
      ...metrics,
      time: async () => END + 60,
      raw: async () => [{ labels: stored, samples: [20, 30, 40].map((t) => ({ t: END + t, v: 1 })) }],
      instant: async () => [{ labels: stored, samples: [{ t: END + 60, v: 1 }] }],
    };
    const input = {
      spec: { ...SPEC, expr: `${name}{$selector}` },
      selector: 'host="db1"',
      endedAtPrometheus: END,
      before: 0,
    };
    expect(await verify(input, rule, OURS)).toMatchObject({
      state: 'waiting',
      reason: expect.stringContaining('rule'),
    });
  });
});

describe('when to look again', () => {
  test('not while the cure settles, then every few seconds, and at the deadline', async () => {
    server.series(
      UP,
      scraped(-60, 130, () => 0),
    );
    expect(await look(1)).toMatchObject({ retryAt: OURS + 10_000 });
    expect(await look(60)).toMatchObject({ retryAt: OURS + 65_000 });
    expect(await look(128)).toMatchObject({ retryAt: OURS + 130_000 });
  });
});

test('whatever was scraped, nothing is verified without two good samples after the cure of every series', async () => {
  const sample = fc.tuple(fc.integer({ min: -20, max: 130 }), fc.constantFrom(0, 1, 1, 1, 1, Number.NaN));
  const series = fc.array(sample, { maxLength: 12 });
  let verified = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(series, { minLength: 1, maxLength: 2 }),
      fc.integer({ min: 0, max: 140 }),
      async (all, at) => {
        const scripted = await prometheusStandIn();
        const ordered = all.map((one) => one.toSorted(([a], [b]) => a - b));
        for (const [i, one] of ordered.entries()) {
          scripted.series(
            { ...UP, instance: String(i) },
            one.map(([t, v]) => [END + t, v] as const),
          );
        }
        scripted.now = END + at;
        const own = prometheusMetrics({ url: scripted.url, timeout: 5_000 });
        const input = { spec: SPEC, selector: 'host="db1"', endedAtPrometheus: END, before: 0, endedAt: OURS };
        const verdict = await verify(input, own, OURS + at * 1000);
        await scripted.close();
        if (verdict.state === 'waiting' || verdict.verification.result !== 'verified') return true;
        verified += 1;
        const judgedAt = Math.min(at, 130);
        return ordered
          .filter((one) => one.some(([t]) => t <= judgedAt))
          .every((one) => {
            const counted = one.filter(([t]) => t > 10 && t <= judgedAt);
            return counted.length >= 2 && counted.filter(([t]) => t === counted.at(-1)?.[0]).some(([, v]) => v === 1);
          });
      },
    ),
    { numRuns: 100, seed: 20 },
  );
  expect(verified).toBeGreaterThan(10);
});

describe('before the cure', () => {
  test.each([
    ['==', 0],
    ['>=', 0],
    ['<', 7],
  ] as const)('the worst value by %s is %p', async (op, worst) => {
    server.now = END;
    server.series(UP, [[END - 1, 1]]);
    server.series(OTHER, [[END - 1, 0]]);
    server.series({ ...UP, instance: 'c' }, [[END - 1, op === '<' ? 7 : 1]]);
    server.series({ ...UP, instance: 'd' }, [[END - 1, Number.NaN]]);
    expect(await measure({ ...SPEC, op }, 'host="db1"', metrics)).toBe(worst);
  });

  test('nothing there is null, nobody there is an error', async () => {
    expect(await measure(SPEC, 'host="db1"', metrics)).toBeNull();
    server.manner = 'gone';
    await expect(measure(SPEC, 'host="db1"', metrics)).rejects.toMatchObject({ code: 'metrics.unavailable' });
  });
});

describe('the end of the command in Prometheus time', () => {
  test('is what Prometheus says when it is asked', async () => {
    server.now = END + 3;
    expect(await endedAtPrometheus(metrics, OURS, OURS + 3000)).toBe(END + 3);
  });

  test('is later by as much as the host says it lies ahead of us', async () => {
    server.now = END;
    expect(await endedAtPrometheus(metrics, OURS + 20_000, OURS)).toBe(END + 20);
  });
});
