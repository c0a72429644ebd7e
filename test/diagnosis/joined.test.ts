import { describe, expect, test } from '@jest/globals';
import type { DiagnoseInput } from '../../lib/diagnosis/diagnose.ts';
import { diagnose } from '../../lib/diagnosis/diagnose.ts';
import { withJoined, withoutJoined } from '../../lib/diagnosis/joined.ts';
import type { Indicator } from '../../lib/model/catalogue.ts';
import type { Evidence, EvidenceSeries } from '../../lib/model/incident.ts';
import type { Blobs } from '../../lib/ports/edges.ts';
import type { Metrics, Sample } from '../../lib/ports/metrics.ts';
import { robustScore } from '../../lib/scoring/robust.ts';

const AT = 1_700_000_000;
const MINUTE = 60;
const SETTINGS = { past: 3 * 3_600_000, recent: 300_000, step: 15_000, maxSeries: 10, timeout: 5000 };
const SUBJECT = {
  alertname: 'RedisDown',
  cluster: 'main',
  host: 'db1',
  service: 'redis',
  team: null,
  severity: 'critical',
  responseLevel: 1,
} as const;

const indicator = (id: string): Indicator => ({
  id,
  pack: '',
  title: id,
  expr: id,
  unit: '',
  direction: 'high',
  normal: '',
});

/** Every 15 s from `from` to `to`, seconds before the alert: about 10, and `after` in the last minute. */
function samples(from: number, to = 0, after = 10): Sample[] {
  const count = Math.floor((from - to) / 15) + 1;
  return Array.from({ length: count }, (_, i) => {
    const t = AT - from + i * 15;
    return { t, v: t > AT - to - MINUTE ? after : 10 + (i % 3) };
  });
}

function world(series: Readonly<Record<string, Sample[]>>) {
  const kept = new Map<string, string>();
  const blobs: Blobs = {
    put: async (key, bytes) => void kept.set(key, new TextDecoder().decode(bytes)),
    get: async () => null,
    list: async () => [],
    remove: async () => undefined,
  };
  const range: Metrics['range'] = async (expr) =>
    series[expr] === undefined ? [] : [{ labels: { __name__: expr }, samples: series[expr] }];
  const input = (ids: readonly string[], at = AT): DiagnoseInput => ({
    subject: SUBJECT,
    indicators: ids.map(indicator),
    selectors: () => '',
    at: at * 1000,
    settings: SETTINGS,
    id: 'inc_1',
  });
  const metrics = { range } as Metrics;
  return {
    kept,
    first: (...ids: string[]) => diagnose(input(ids), metrics, blobs, robustScore),
    joins: (before: Evidence, ...ids: string[]) =>
      withJoined(before, { ...input(ids, AT + 28), part: '7-', unasked: [] }, metrics, blobs, robustScore),
  };
}

const found = ({ ranked }: Evidence, id: string): EvidenceSeries => {
  const one = ranked.find((series) => series.indicator === id);
  if (one === undefined) throw new Error(`${id} is not there`);
  return one;
};

describe('what there is to compare with', () => {
  test('a series without a value for more than a few steps, its own or ours, says since when, and is not compared', async () => {
    const slow = samples(7200).filter(({ t }) => t <= AT - 300 && (AT - t) % 300 === 0);
    const { first } = world({ orders: samples(3600, 420), late: samples(3600, 45), slow });
    const evidence = await first('orders', 'late', 'slow');
    expect(found(evidence, 'orders')).toMatchObject({ silentFor: 420_000, unrated: 'silent', median: 11 });
    for (const id of ['late', 'slow']) expect(found(evidence, id).silentFor).toBeUndefined();
    expect((await first('orders')).summary).toBe('No series could be compared with its past.');
  });
  test('hardly any past is said, and so is how long it is', async () => {
    const evidence = await world({ young: samples(90), older: samples(22 * MINUTE) }).first('young', 'older');
    expect(found(evidence, 'young').unrated).toBe('little-past');
    expect(found(evidence, 'older').unrated).toBeUndefined();
    expect(evidence.summary).toBe('None of 1 series left its past of 22 min; 1 could not be compared.');
  });
});

describe('what joins', () => {
  test('is added to what is there, which stays as it was; in words, and in blobs of its own', async () => {
    const { first, joins, kept } = world({ redis: samples(3600), late: samples(3600, 0, 60) });
    const before = await first('redis', 'gone');
    const after = await joins(before, 'late');
    expect(after).toMatchObject({ at: before.at, from: before.from, to: before.at + 28_000, missing: before.missing });
    expect(after.ranked.map((one) => one.indicator)).toEqual(['late', 'redis']);
    expect(after.ranked[1]).toEqual(before.ranked[0]);
    expect(after.summary).toMatch(
      / 1 indicator could not be read\. late joined, \d\d deviations high, 45 s before the alert\.$/,
    );
    expect([...kept.keys()]).toEqual(['incidents/inc_1/evidence/0.json', 'incidents/inc_1/evidence/7-0.json']);
  });
  test('stands behind what left its past further, and replaces what was said of the same series', async () => {
    const { first, joins } = world({ redis: samples(3600, 0, 60), late: samples(3600, 0, 30) });
    const before = await first('redis', 'late');
    const after = await joins({ ...before, ranked: before.ranked.filter((one) => one.indicator === 'redis') }, 'late');
    expect(after.ranked.map((one) => one.indicator)).toEqual(['redis', 'late']);
    expect((await joins(after, 'late')).ranked).toHaveLength(2);
  });
  test('and cannot be read is named, and nothing is lost', async () => {
    const { first, joins } = world({ redis: samples(3600) });
    const before = await first('redis');
    const after = await joins(before, 'gone');
    expect(after.ranked).toEqual(before.ranked);
    expect(after.missing).toEqual([{ indicator: 'gone', reason: 'no such series' }]);
    expect(after.summary).toBe(`${before.summary} gone joined, and could not be read.`);
    expect(withoutJoined(before, [{ indicator: 'x', reason: 'why' }]).ranked).toEqual(before.ranked);
  });
});
