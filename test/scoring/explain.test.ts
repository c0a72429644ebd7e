import { expect, test } from '@jest/globals';
import { explain } from '../../lib/scoring/explain.ts';
import { COUNT } from '../../lib/scoring/layout.ts';
import { open, step, type Tell } from '../../lib/scoring/series.ts';
import { made } from './made.ts';

const WEEK = 7 * 288;

test.each<Tell>(['all', 'new'])(
  'what is said to be one in so many samples is met about as often, in the median of the aspects, telling %s',
  (tell) => {
    const said = [100, 300, 1_000];
    const met = new Map<string, number[]>();
    let samples = 0;
    for (let seed = 1; seed <= 16; seed += 1) {
      const { times, values } = made(seed, { days: 28 });
      const series = open({ tell });
      for (const [at, time] of times.entries()) {
        step(series, time, values[at] ?? 0);
        if (at < WEEK) continue;
        samples += 1;
        for (const { feature, side, oneIn } of explain(series, 2 * COUNT)) {
          const of = met.get(`${feature} ${side}`) ?? said.map(() => 0);
          said.forEach((level, which) => {
            if (oneIn >= level) of[which] = (of[which] ?? 0) + 1;
          });
          met.set(`${feature} ${side}`, of);
        }
      }
    }
    for (const [which, level] of said.entries()) {
      const all = [...met.values()].map((of) => samples / (of[which] ?? 0)).sort((a, b) => a - b);
      const median = all[Math.floor(all.length / 2)] ?? 0;
      expect(median).toBeGreaterThan(level / 2);
      expect(median).toBeLessThan(level * 2);
    }
  },
);

test('where only what is new is told, means of the last samples are named in place of jump, turn and outside', () => {
  const { times, values } = made(3, { days: 21 });
  for (let at = 5_000; at < 5_032; at += 1) values[at] = (values[at] ?? 0) + 60;
  const told = (tell: Tell) => {
    const series = open({ tell });
    for (let at = 0; at < 5_032; at += 1) step(series, times[at] ?? 0, values[at] ?? 0);
    return explain(series, 2 * COUNT).map(({ feature }) => feature);
  };
  expect(told('new')).toEqual(expect.arrayContaining(['level8', 'level32']));
  expect(told('new')).not.toContain('outside');
  expect(told('all')).toContain('outside');
  expect(told('all')).not.toContain('level8');
});

test('no more than two digits are said, and nothing at all while nothing speaks', () => {
  const series = open();
  expect(explain(series)).toEqual([]);
  const { times, values } = made(3, { days: 21 });
  values[5_000] = (values[5_000] ?? 0) + 300;
  for (let at = 0; at <= 5_000; at += 1) step(series, times[at] ?? 0, values[at] ?? 0);
  const [loudest] = explain(series);
  expect(loudest).toMatchObject({ feature: 'value', side: 'high' });
  expect(loudest?.oneIn).toBeGreaterThanOrEqual(5_000);
  expect(String(loudest?.oneIn)).toMatch(/^\d{1,2}0*$/);
  expect(loudest?.text).toContain(`1 in ${loudest?.oneIn}`);
});
