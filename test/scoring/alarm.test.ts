import { expect, test } from '@jest/globals';
import { open, step, type Tell } from '../../lib/scoring/series.ts';
import { draws, load, made } from './made.ts';

/** Alarms of a series at each sample. */
const alarmsOf = (
  times: readonly number[],
  values: readonly number[],
  maxFalseAlarmsPerWeek: number,
  tell: Tell = 'all',
) => {
  const series = open({ maxFalseAlarmsPerWeek, tell });
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

test('a sample an hour: a great trouble is told in the first week, and nothing else is', () => {
  const trouble = 130;
  let told = 0;
  let others = 0;
  for (let seed = 1; seed <= 60; seed += 1) {
    const { times, values } = made(seed, { days: 8 });
    const isHour = (_: number, at: number) => at % 12 === 0;
    const hours = values.filter(isHour).map((value, at) => (at >= trouble && at < trouble + 3 ? value + 150 : value));
    const begun = alarmsOf(times.filter(isHour), hours, 1).flatMap((alarm, at) => (alarm === 'begin' ? [at] : []));
    if (begun.includes(trouble)) told += 1;
    others += begun.filter((at) => at < trouble).length;
  }
  expect(told).toBeGreaterThanOrEqual(57);
  expect(others).toBeLessThanOrEqual(8);
});

test.each([0.5, 0.7, 0.1 + 0.2])('%d that came often before is not beyond itself, however it is rounded', (top) => {
  const series = open();
  for (let at = 0; at < 4000; at += 1) {
    step(series, 1_700_000_000 + at * 300, at % 97 === 5 ? top : 0);
    if (at % 97 === 5 && at > 2000) expect(series.evidence.parts[0]).toBe(0);
  }
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
    expect(alarms.indexOf('end', begin) - begin).toBeLessThan(12 + 32 + 16 + 60);
    expect(alarms.indexOf('end', begin)).toBeGreaterThan(begin);
  },
);

/** Five-minute samples of a quiet load, with `height` more where `is` says so. */
const alarmsWith = (days: number, height: number, is: (at: number) => boolean, tell: Tell = 'all') => {
  const times = Array.from({ length: days * 288 }, (_, at) => 1_700_000_000 + at * 300);
  const values = times.map((_, at) => load(at) + (is(at) ? height : 0));
  return alarmsOf(times, values, 1, tell).flatMap((alarm, at) => (alarm === 'begin' ? [at] : []));
};

test.each([1, 5, 30])('a trouble of %d samples is one alarm, however much it fills the windows behind it', (length) => {
  expect(alarmsWith(21, 60, (at) => at >= 4_000 && at < 4_000 + length)).toEqual([4_000]);
});

test('a trouble that keeps coming back at any hour is told each time, also the fortieth', () => {
  const every = 5 * 288 + 73;
  const first = 10 * 288;
  const isOn = (at: number) => at >= first && (at - first) % every < 6;
  const troubles = Array.from({ length: 40 }, (_, one) => first + one * every);
  const told = new Set(alarmsWith(215, 30, isOn));
  expect(troubles.filter((at) => told.has(at)).length).toBeGreaterThanOrEqual(38);
});

test('where only what is new is told, a trouble that keeps coming back is told less and less, and another one all the same', () => {
  const every = 5 * 288 + 73;
  const first = 10 * 288;
  const other = first + 20 * every + 700;
  const isOn = (at: number) => at >= first && (at - first) % every < 6;
  const isOther = (at: number) => at >= other && at < other + 6;
  const times = Array.from({ length: 215 * 288 }, (_, at) => 1_700_000_000 + at * 300);
  const values = times.map((_, at) => load(at) + (isOn(at) ? 30 : 0) - (isOther(at) ? 60 : 0));
  const told = alarmsOf(times, values, 1, 'new').flatMap((alarm, at) => (alarm === 'begin' ? [at] : []));
  expect(told[0]).toBe(first);
  expect(told).toContain(other);
  // Of the last twenty; where all is told, each of them is.
  expect(told.filter((at) => isOn(at) && at > first + 19 * every).length).toBeLessThanOrEqual(8);
});

test('a job that runs each night is no news after some nights', () => {
  const isOn = (at: number) => at % 288 >= 30 && at % 288 < 36;
  const told = alarmsWith(42, 30, isOn);
  expect(told.filter((at) => at > 14 * 288)).toEqual([]);
});

test('a square wave without noise, once a day, is told on its first days only', () => {
  const times = Array.from({ length: 42 * 288 }, (_, at) => 1_700_000_000 + at * 300);
  const told = alarmsOf(
    times,
    times.map((_, at) => (at % 288 >= 100 && at % 288 < 220 ? 80 : 20)),
    1,
  ).flatMap((alarm, at) => (alarm === 'begin' ? [at] : []));
  expect(told.filter((at) => at > 3 * 288)).toEqual([]);
});

test.each([0.5, 2])(
  'a load that does not come up one morning is told within two hours, with a noise of %d',
  (noise) => {
    const day = 17;
    for (let seed = 1; seed <= 5; seed += 1) {
      const draw = draws(seed);
      const times = Array.from({ length: 18 * 288 }, (_, at) => 1_700_000_000 + at * 300);
      const isUp = (at: number) => at < day * 288 && at % 288 >= 100 && at % 288 < 220;
      const told = alarmsOf(
        times,
        times.map((_, at) => (isUp(at) ? 80 : 20) + noise * (draw() + draw() + draw() - 1.5) * 2),
        1,
      ).indexOf('begin', day * 288);
      expect(told - day * 288 - 100).toBeGreaterThanOrEqual(0);
      expect(told - day * 288 - 100).toBeLessThanOrEqual(24);
    }
  },
);

test('a constant that becomes another one is told once', () => {
  const times = Array.from({ length: 20 * 288 }, (_, at) => 1_700_000_000 + at * 300);
  const told = alarmsOf(
    times,
    times.map((_, at) => (at < 10 * 288 + 50 ? 5 : 6)),
    1,
  ).flatMap((alarm, at) => (alarm === 'begin' ? [at] : []));
  expect(told).toEqual([10 * 288 + 50]);
});
