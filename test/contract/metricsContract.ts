import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Metrics } from '../../lib/ports/metrics.ts';

/**
 * A Prometheus that scraped `up{job="a"}` (1, at least twenty samples `interval` seconds apart, still going on or just ended) and
 * `odd` with NaN for job a, +Inf for b and −Inf for c.
 */
export interface MetricsUnderTest {
  readonly metrics: Metrics;
  readonly interval: number;
  close(): Promise<void>;
}

export function metricsContract(name: string, make: () => Promise<MetricsUnderTest>): void {
  describe(`${name} keeps the contract of Metrics`, () => {
    let it: MetricsUnderTest;
    beforeAll(async () => {
      it = await make();
    });
    afterAll(() => it.close());

    test('time is a number of seconds that does not run back', async () => {
      const first = await it.metrics.time();
      expect(first).toBeGreaterThan(1_500_000_000);
      expect(await it.metrics.time()).toBeGreaterThanOrEqual(first);
    });

    test('an instant answer is stamped with the evaluation time, whatever the age of its sample', async () => {
      const at = (await it.metrics.time()) + 43;
      const [series] = await it.metrics.instant('up{job="a"}', at * 1000);
      expect(series?.labels).toMatchObject({ __name__: 'up', job: 'a' });
      expect(series?.samples[0]?.v).toBe(1);
      expect(series?.samples[0]?.t).toBeCloseTo(at, 2);
    });

    test('raw samples carry their own times and reach back no further than asked', async () => {
      const now = await it.metrics.time();
      const [series] = await it.metrics.raw('up{job="a"}', 10 * it.interval * 1000);
      const times = series?.samples.map(({ t }) => t) ?? [];
      expect(times.length).toBeGreaterThanOrEqual(8);
      expect(times.length).toBeLessThanOrEqual(12);
      expect(times.toSorted((a, b) => a - b)).toEqual(times);
      expect(times[0]).toBeGreaterThanOrEqual(now - 10 * it.interval - 0.01);
      const steps = times.slice(1).map((t, i) => t - (times[i] ?? 0));
      expect(steps.every((step) => step > it.interval * 0.5)).toBe(true);
    });

    test('a range has a sample for every step', async () => {
      const now = Math.floor(await it.metrics.time());
      const step = it.interval * 1000;
      const [series] = await it.metrics.range('up{job="a"}', now * 1000 - 5 * step, now * 1000, step);
      expect(series?.samples).toHaveLength(6);
      expect(series?.samples.at(-1)?.t).toBeCloseTo(now, 2);
    });

    test('NaN and infinities come through as numbers', async () => {
      const series = await it.metrics.instant('odd');
      const byJob = new Map(series.map(({ labels, samples }) => [labels.job, samples[0]?.v]));
      expect(byJob).toEqual(
        new Map([
          ['a', Number.NaN],
          ['b', Number.POSITIVE_INFINITY],
          ['c', Number.NEGATIVE_INFINITY],
        ]),
      );
    });

    test('no such series is an answer', async () => {
      expect(await it.metrics.instant('nowhere')).toEqual([]);
      expect(await it.metrics.raw('nowhere', 1000)).toEqual([]);
      expect(await it.metrics.range('nowhere', 1000, 2000, 1000)).toEqual([]);
    });

    test('a query that cannot be parsed is the caller’s mistake', async () => {
      await expect(it.metrics.instant('up{')).rejects.toMatchObject({ kind: 'input', code: 'metrics.query' });
    });

    test('is healthy', async () => {
      expect(await it.metrics.healthy()).toBe(true);
    });
  });
}
