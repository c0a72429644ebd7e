import { expect, test } from '@jest/globals';
import { readAlerts, readDisturbed, readLabels, readSeries } from '../../bench/faults/corpus.ts';
import { byChance, falseAlarms, firstOf, groundOf, recall } from '../../bench/faults/judged.ts';
import { KINDS } from '../../bench/faults/kinds.ts';
import { plan } from '../../bench/faults/plan.ts';
import { accelerated, DAY } from '../../bench/faults/time.ts';

test('the recorded series are whole: in order of time, with values, and every label falls inside', () => {
  const series = readSeries();
  const hosts = new Set(series.map(({ host }) => host));
  expect(series.length).toBeGreaterThan(30);
  expect(new Set(series.map(({ name }) => name)).size).toBe(series.length);
  for (const { name, times, values } of series) {
    const step = (times[1] ?? 0) - (times[0] ?? 0);
    expect([name, times.every((time, at) => at === 0 || time - (times[at - 1] ?? 0) === step)]).toEqual([name, true]);
    expect([name, values.some((value) => Number.isFinite(value))]).toEqual([name, true]);
  }
  const [first, last] = [series[0]?.times[0] ?? 0, series[0]?.times.at(-1) ?? 0];
  const labels = readLabels();
  for (const { kind, hosts: own, begin, end } of labels) {
    expect(KINDS).toHaveProperty([kind]);
    expect(own.every((host) => hosts.has(host))).toBe(true);
    expect(begin).toBeGreaterThan(first);
    expect(end).toBeGreaterThan(begin);
    expect(end).toBeLessThan(last);
  }
  const kinds = Map.groupBy(labels, ({ kind }) => kind);
  expect(kinds.size).toBeGreaterThanOrEqual(12);
  expect([...kinds.values()].every((own) => own.length >= 2)).toBe(true);
  for (const { begin, end } of readAlerts()) expect(end).toBeGreaterThanOrEqual(begin);
  for (const [from, to] of readDisturbed()) expect(to).toBeGreaterThan(from);
});

test('a plan follows from its seed: every kind as often as asked, one after the other', () => {
  const options = { seed: 7, kinds: ['a', 'b', 'c'], perKind: 3, clean: DAY, tail: DAY };
  const { faults, length } = plan(options);
  expect(plan(options)).toEqual({ faults, length });
  expect(plan({ ...options, seed: 8 }).faults).not.toEqual(faults);
  expect(
    faults
      .map(({ kind }) => kind)
      .sort()
      .join(''),
  ).toBe('aaabbbccc');
  expect(faults[0]?.begin).toBe(DAY);
  for (const [at, { begin, end }] of faults.entries()) {
    expect(end).toBeGreaterThan(begin);
    expect(faults[at + 1]?.begin ?? length).toBeGreaterThan(end);
  }
});

test('windows and forecasts of an expression go as fast as the made-up days', () => {
  expect(accelerated('rate(a[5m]) / rate(b{x="[5m"}[2m])', 250)).toBe('rate(a[625ms]) / rate(b{x="[5m"}[250ms])');
  expect(accelerated('rate(a[1m])', 250)).toBe('rate(a[250ms])');
  expect(accelerated('predict_linear(a[1h], 14400) > 3', 0)).toBe('predict_linear(a[7500ms], 30) > 3');
  expect(() => accelerated('max_over_time(a[5m:1m])', 0)).toThrow('subquery');
});

test('a fault is found by an alarm that begins while it lasts, on a host that it concerns', () => {
  const day = 86_400;
  const times = Float64Array.from({ length: 5 * 1_440 }, (_, at) => at * 60);
  const label = { kind: 'x', hosts: ['h'], begin: 3 * day, end: 3 * day + 3_600 };
  const ground = groundOf([{ name: 'h a', host: 'h', times, values: times }], [label], []);
  const at = (begin: number, host = 'h') => ({ host, begin, score: 1 });
  expect(firstOf(label, [at(3 * day + 7), at(3 * day + 60)])).toBe(3 * day + 7);
  expect(firstOf(label, [at(3 * day - 60), at(3 * day + 60, 'other'), at(label.end + 301)])).toBeNull();
  expect(recall([label, { ...label, hosts: ['other'] }], [at(label.begin)])).toBe(0.5);
  expect(falseAlarms(ground, [at(day), at(label.begin), at(label.end + 3_600), at(4 * day), at(4 * day, 'o')])).toBe(2);
  expect(ground.quietDays).toBeCloseTo(3 - 3 / 24, 2);
  expect(byChance(ground, [])).toBe(0);
  expect(
    byChance(
      ground,
      Array.from({ length: 200 }, (_, one) => at(2 * day + one * 1_200)),
    ),
  ).toBeGreaterThan(0.5);
});
