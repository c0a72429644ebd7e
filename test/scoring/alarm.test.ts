import { expect, test } from '@jest/globals';
import { open, step } from '../../lib/scoring/series.ts';
import { load, made } from './made.ts';

/** Alarms of a series at each sample. */
const alarmsOf = (times: readonly number[], values: readonly number[], maxFalseAlarmsPerWeek: number) => {
  const series = open({ maxFalseAlarmsPerWeek });
  return times.map((time, at) => step(series, time, values[at] ?? Number.NaN).alarm);
};

test('the second day is as quiet as any: the first had no hours to be compared with', () => {
  let begun = 0;
  for (let seed = 1; seed <= 60; seed += 1) {
    const { times, values } = made(seed, { days: 2 });
    begun += alarmsOf(times, values, 1).filter((alarm) => alarm === 'begin').length;
  }
  // One a week would be 17.
  expect(begun).toBeLessThanOrEqual(6);
});

test.each([0.1, 1, 20, 500])(
  'an alarm ends when its trouble is over, with %d false alarms accepted a week too',
  (rate) => {
    const count = 20 * 288;
    const times = Array.from({ length: count }, (_, at) => 1_700_000_000 + at * 300);
    const high = (at: number) => at >= 15 * 288 && at < 15 * 288 + 12;
    const alarms = alarmsOf(
      times,
      times.map((_, at) => load(at) + (high(at) ? 60 : 0)),
      rate,
    );
    const begin = alarms.indexOf('begin', 15 * 288);
    expect(begin).toBe(15 * 288);
    // The longest window has to pass the trouble, and calm has to follow.
    expect(alarms.indexOf('end', begin) - begin).toBeLessThan(12 + 32 + 16 + 40);
    expect(alarms.indexOf('end', begin)).toBeGreaterThan(begin);
  },
);
