import { describe, expect, test } from '@jest/globals';
import { archiveScorer } from '../../lib/backtest/archive.ts';
import type { Watch } from '../../lib/model/watch.ts';
import type { Sample } from '../../lib/ports/metrics.ts';
import { type Finding, scoreWatch } from '../../lib/watch/score.ts';
import type { Entry } from '../../lib/watch/shard.ts';
import { made } from '../scoring/made.ts';

const watchOf = (direction: Watch['direction'], tell: Watch['tell'] = 'all'): Watch => {
  return { id: 'queue', title: 'Queue', expr: 'queue', unit: '', direction, maxFalseAlarmsPerWeek: 1, tell };
};
const USUAL = 4 * 288;

/** Four usual days, then what is added for so many samples each, then usual again. */
function series(seed: number, ...troubles: readonly (readonly [add: number, samples: number])[]): Sample[] {
  const { times, values } = made(seed, { days: 5 });
  const added = troubles.flatMap(([add, samples]) => Array.from({ length: samples }, () => add));
  return times.map((t, at) => ({ t, v: (values[at] ?? 0) + (added[at - USUAL] ?? 0) }));
}

/** What the watch list tells from the trouble on, asked anew every few samples as it is while it runs. */
function told(watch: Watch, samples: readonly Sample[]): readonly Finding[] {
  const findings: Finding[] = [];
  let known: readonly Entry[] = [];
  for (let from = 0; from < samples.length; from += 7) {
    const answer = [{ labels: { host: 'h1' }, samples: samples.slice(from, from + 7) }];
    const now = answer[0]?.samples.at(-1)?.t ?? 0;
    const tellFrom = samples[USUAL]?.t ?? 0;
    const options = { timeZone: 'UTC', tellFrom, now, silentAfter: Number.POSITIVE_INFINITY, step: 300 };
    const round = scoreWatch(watch, known, answer, options);
    known = round.entries;
    findings.push(...round.findings);
  }
  return findings;
}

function archived(watch: Watch, samples: readonly Sample[]) {
  const scorer = archiveScorer(() => watch, 'UTC', (samples[USUAL]?.t ?? 0) * 1000);
  for (const one of samples) scorer.add({ ...one, series: 'queue' });
  return scorer.alarms();
}

const begins = (findings: readonly Finding[]) => findings.filter(({ kind }) => kind === 'begin').map(({ at }) => at);

describe('the direction of a watch', () => {
  const [FAR, SHORT, LONG] = [60, 4, 12];
  const cases: readonly (readonly [Watch['direction'], number])[] = [
    ['high', 1],
    ['low', -1],
  ];
  test.each(cases)('%s: an excursion to the bad side is told while one to the good side is on', (direction, bad) => {
    const watch = watchOf(direction);
    const samples = series(9001, [-bad * FAR, LONG], [bad * FAR, SHORT]);
    const findings = told(watch, samples);
    expect(begins(findings)).toEqual([samples[USUAL + LONG]?.t]);
    const [first] = findings;
    expect(Math.sign((first?.last?.v ?? 0) - (first?.last?.expected ?? 0))).toBe(bad);
    expect(findings.map(({ kind }) => kind)).toEqual(['begin', 'end']);
    expect(archived(watch, samples).map(({ begin, end }) => [begin / 1000, (end ?? 0) / 1000])).toEqual([
      findings.map(({ at }) => at),
    ]);
  });

  test.each(cases)('%s: one to the good side, and what comes back from it, is not told', (direction, bad) => {
    const watch = watchOf(direction);
    const samples = series(9001, [-bad * FAR, LONG]);
    expect(told(watch, samples)).toEqual([]);
    expect(archived(watch, samples)).toEqual([]);
    expect(told(watchOf('both'), samples).map(({ kind }) => kind)).toContain('begin');
  });

  test('what comes back from the good side is seldom taken for an excursion to the other', () => {
    const seeds = Array.from({ length: 12 }, (_, at) => 9_001 + at);
    const wrong = seeds.filter((seed) => begins(told(watchOf('high'), series(seed, [-FAR, 30]))).length > 0);
    expect(wrong.length).toBeLessThanOrEqual(3);
  });

  test.each(cases)('%s: one to the bad side is told once, however it goes on', (direction, bad) => {
    const samples = series(9001, [bad * FAR, SHORT], [-bad * FAR, SHORT], [3 * bad * FAR, SHORT]);
    expect(begins(told(watchOf(direction), samples))).toEqual([samples[USUAL]?.t]);
  });
});

test('a counter is told of by its rate, and a reset is no trouble', () => {
  const rates = series(9_001, [60, 12]);
  let total = 0;
  const counted = rates.map(({ t, v }, at) => {
    if (at === USUAL - 50) total = 0;
    total += v * 300;
    return { t, v: total };
  });
  const findings = told({ ...watchOf('high'), kind: 'counter' }, counted);
  expect(findings.map(({ kind, at }) => [kind, at])).toEqual(
    told(watchOf('high'), rates).map(({ kind, at }) => [kind, at]),
  );
  expect(findings[0]?.last?.v).toBeCloseTo(rates[USUAL]?.v ?? 0);
  expect(archived({ ...watchOf('high'), kind: 'counter' }, counted)).toHaveLength(1);
});

test('a watch that tells what is new scores what comes back lower, and so does a backtest of it', () => {
  const bumps = Array.from(
    { length: 10 },
    () =>
      [
        [60, 3],
        [0, 22],
      ] as const,
  ).flat();
  const samples = series(3, ...bumps);
  const scores = (tell: Watch['tell']) =>
    told(watchOf('high', tell), samples).flatMap(({ kind, last }) => (kind === 'begin' ? [last?.score ?? 0] : []));
  expect(scores('all').length).toBeGreaterThan(3);
  expect(scores('new').length).toBeGreaterThan(0);
  expect(scores('new').at(-1)).toBeLessThan(scores('all').at(-1) ?? 0);
  for (const tell of ['all', 'new'] as const)
    expect(archived(watchOf('high', tell), samples).map(({ begin }) => begin / 1000)).toEqual(
      begins(told(watchOf('high', tell), samples)),
    );
});
