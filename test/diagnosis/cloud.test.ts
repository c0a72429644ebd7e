import { describe, expect, test } from '@jest/globals';
import { type DiagnoseInput, diagnose } from '../../lib/diagnosis/diagnose.ts';
import type { Indicator } from '../../lib/model/catalogue.ts';
import { failed } from '../../lib/model/errors.ts';
import type { CloudMetrics } from '../../lib/ports/cloud.ts';
import type { Blobs } from '../../lib/ports/edges.ts';
import type { Metrics } from '../../lib/ports/metrics.ts';
import { robustScore } from '../../lib/scoring/robust.ts';

const AT = 1_700_000_000;
const SETTINGS = { past: 3_600_000, recent: 300_000, step: 15_000, maxSeries: 10, timeout: 5000 };
const blobs: Blobs = {
  put: async () => undefined,
  get: async () => null,
  list: async () => [],
  remove: async () => undefined,
};

const indicator = (id: string, direction: Indicator['direction']): Indicator => ({
  id,
  pack: 'aws',
  title: id,
  expr: `${id}{$selector}`,
  unit: '',
  direction,
  normal: '',
});
const samples = (usual: number, now: number) =>
  Array.from({ length: 61 }, (_, i) => ({ t: AT - 3600 + i * 60, v: i > 57 ? now : usual + (i % 3) }));
const metrics = (answers: boolean): Metrics => {
  const range = async () => {
    if (!answers) throw failed('metrics.unavailable', 'no');
    return [{ labels: { __name__: 'redis_memory' }, samples: samples(10, 12) }];
  };
  return { range, instant: range, raw: range, time: async () => AT, healthy: async () => answers };
};
const cloud: CloudMetrics = {
  async figures({ host }) {
    const labels = { __name__: 'CPUCreditBalance', InstanceId: host ?? '' };
    return [
      { indicator: indicator('credits', 'low'), series: [{ labels, samples: samples(100, 0) }], problem: null },
      { indicator: indicator('burst', 'low'), series: [], problem: 'CloudWatch: Forbidden for vol-1' },
    ];
  },
};
const input: DiagnoseInput = {
  subject: {
    alertname: 'RedisSlow',
    cluster: 'main',
    host: 'i-0a',
    service: 'redis',
    team: null,
    severity: 'critical',
    responseLevel: 1,
  },
  indicators: [indicator('redis_memory', 'high')],
  selectors: () => 'host="db1"',
  at: AT * 1000,
  settings: SETTINGS,
  id: 'inc_1',
};

describe('diagnosis with a cloud', () => {
  test("ranks the cloud's figures among Prometheus' series, and tells what could not be read", async () => {
    const evidence = await diagnose(input, metrics(true), blobs, robustScore, cloud);
    expect(evidence.ranked.map(({ indicator: id }) => id)).toEqual(['credits', 'redis_memory']);
    expect(evidence.ranked[0]).toMatchObject({ last: 0, series: 'CPUCreditBalance{InstanceId="i-0a"}' });
    expect(evidence.missing).toEqual([{ indicator: 'burst', reason: 'CloudWatch: Forbidden for vol-1' }]);
  });

  test('has evidence also without Prometheus', async () => {
    const evidence = await diagnose(input, null, blobs, robustScore, cloud);
    expect(evidence.ranked.map(({ indicator: id }) => id)).toEqual(['credits']);
    expect(evidence.missing.map(({ indicator: id }) => id)).toEqual(['burst']);
  });

  test('goes on without a cloud that cannot be asked', async () => {
    const down: CloudMetrics = {
      figures: async () => {
        throw failed('cloud.unavailable', 'no answer');
      },
    };
    const evidence = await diagnose(input, metrics(true), blobs, robustScore, down);
    expect(evidence.ranked).toHaveLength(1);
    expect(evidence.missing).toEqual([{ indicator: 'cloud', reason: 'cloud.unavailable: no answer' }]);
  });

  test('a Prometheus that does not answer is asked as seldom, whatever the cloud says', async () => {
    const many = { ...input, indicators: Array.from({ length: 30 }, (_, i) => indicator(`i${i}`, 'high')) };
    const with_ = await diagnose(many, metrics(false), blobs, robustScore, cloud);
    const without = await diagnose(many, metrics(false), blobs, robustScore);
    const ofPrometheus = with_.missing.filter(({ indicator: id }) => id !== 'burst');
    expect(ofPrometheus).toEqual(without.missing);
    expect(without.missing.some(({ reason }) => reason.startsWith('not asked'))).toBe(true);
  });
});
