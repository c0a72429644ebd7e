import { describe, expect, test } from '@jest/globals';
import { open, step } from '../../lib/scoring/series.ts';
import { detectIn } from '../../lib/watch/detect.ts';
import { sampleSeries } from '../../lib/watch/sample.ts';
import { made } from '../scoring/made.ts';

const OPTIONS = { maxFalseAlarmsPerWeek: 1, timeZone: 'UTC' };
const DAY = 86_400;

describe('scoring a whole series', () => {
  const sample = sampleSeries();
  const found = detectIn(sample, OPTIONS);

  test('finds the troubles of the sample, says why, and draws them', () => {
    const begin = sample.samples[0]?.t ?? 0;
    const hours = found.anomalies.map((one) => (one.begin - begin) / 3600);
    const near = (hour: number) => hours.some((at) => at >= hour && at < hour + 1);
    expect([near(10 * 24 + 14), near(13 * 24 + 3)]).toEqual([true, true]);
    const first = found.anomalies.find((one) => one.begin - begin >= 10 * DAY + 14 * 3600);
    expect(first?.value).toBeGreaterThan((first?.expected ?? Number.POSITIVE_INFINITY) + 150);
    expect(first?.reasons.join()).toMatch(/1 in \d/);
    expect(found.plot).toMatch(/^<svg .*class="band".*class="alarm".*class="series".*<\/svg>$/);
    expect(found.plot).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('what is missing, twice or out of order is counted, and changes nothing else', () => {
    const [a, b, ...rest] = sample.samples;
    if (a === undefined || b === undefined) throw new Error('the sample is empty');
    const odd = detectIn({ labels: {}, samples: [b, a, { t: b.t + 1, v: Number.NaN }, ...rest] }, OPTIONS);
    expect(odd).toMatchObject({ unsorted: 1, missing: 1, duplicates: 0 });
    expect(odd.anomalies).toEqual(found.anomalies);
  });

  test('a much greater trouble while a lesser lasts is the same one, and raises it', () => {
    const { times, values } = made(9_001, { days: 5 });
    const [from, greater, to] = [4 * 288, 4 * 288 + 20, 4 * 288 + 30];
    const add = (at: number) => (at < from || at >= to ? 0 : at < greater ? 15 : 100);
    const samples = times.map((t, at) => ({ t, v: (values[at] ?? 0) + add(at) }));
    const scored = open(OPTIONS);
    const begun = samples.filter(({ t, v }) => step(scored, t, v).alarm === 'begin').map(({ t }) => t);
    // The scorer tells of both: or this would prove nothing.
    expect(begun).toEqual([times[from], times[greater]]);
    const { anomalies, plot } = detectIn({ labels: {}, samples }, OPTIONS);
    expect(anomalies).toHaveLength(1);
    expect(anomalies[0]).toMatchObject({ begin: times[from], value: samples[greater]?.v });
    expect(anomalies[0]?.end).toBeGreaterThan(times[to] ?? 0);
    expect(plot.match(/class="alarm"/g)).toHaveLength(1);
  });

  test('too short a series says so', () => {
    const short = detectIn({ labels: {}, samples: sample.samples.slice(0, 50) }, OPTIONS);
    expect(short).toMatchObject({ warming: true, anomalies: [] });
  });
});
