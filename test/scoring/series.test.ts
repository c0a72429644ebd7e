import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { explain } from '../../lib/scoring/explain.ts';
import { bytes, open, type Result, reopen, type Series, step, type Tell } from '../../lib/scoring/series.ts';
import fc from '../setup/fastCheck.ts';
import { draws, load, made } from './made.ts';

const TELLS: readonly Tell[] = ['all', 'new'];
const copy = (result: Result): Result => ({ ...result });
const runAll = (series: Series, samples: readonly (readonly [number, number])[]): Result[] =>
  samples.map(([time, value]) => copy(step(series, time, value)));
const pairs = ({ times, values }: ReturnType<typeof made>) => times.map((time, at) => [time, values[at] ?? 0] as const);

/** Values of any kind at times that mostly go on, sometimes stand still or step back. */
const anySamples = fc
  .array(
    fc.record({
      gap: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 7200 }) }, fc.integer({ min: -4000, max: 0 })),
      value: fc.oneof(
        { weight: 8, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
        fc.constantFrom(
          0,
          1,
          -1,
          1e300,
          -1e300,
          1e35,
          1e-300,
          1e-320,
          5e-324,
          Number.NaN,
          Number.POSITIVE_INFINITY,
          Number.NEGATIVE_INFINITY,
        ),
      ),
    }),
    { minLength: 1, maxLength: 400 },
  )
  .map((steps) => {
    let time = 1.7e9;
    return steps.map(({ gap, value }) => {
      time += gap;
      return [time, value] as const;
    });
  });

test.each(TELLS)(
  'going on from bytes is the same to the last bit, also where hours are missing on the first days, telling %s',
  (tell) => {
    for (let run = 0; run < 40; run += 1) {
      const draw = draws(run * 7919 + 1);
      const gap = run % 4 === 0 ? 3600 : 1800;
      const first = 8 + (run % 3);
      const whole = open({ tell });
      let time = 0;
      for (let at = 0; at < 400; at += 1) {
        time += gap;
        const hour = Math.floor(time / 3600) % 24;
        if (time < (4 + (run % 6)) * 86_400 && hour >= first && hour <= 12) continue;
        const value = Math.round(10 * (draw() + Math.sin(hour))) * (draw() < 0.03 ? 3 : 1);
        const parted = open({ tell }, bytes(whole));
        const [gone, stayed] = [step(parted, time, value), step(whole, time, value)];
        // `expect` takes longer than a step: it is asked where something differs, to say what.
        if (!isDeepStrictEqual({ ...gone }, { ...stayed })) expect({ ...gone }).toEqual({ ...stayed });
        if (Buffer.compare(bytes(parted), bytes(whole)) !== 0)
          throw new Error(`other bytes at step ${at} of run ${run}`);
      }
    }
  },
);

describe('the scorer', () => {
  test('no NaN and no infinity ever comes out, whatever comes in', () => {
    fc.assert(
      fc.property(anySamples, fc.constantFrom('gauge', 'counter'), fc.constantFrom(...TELLS), (samples, kind, tell) => {
        for (const { phase, score, severity, expected, lower, upper } of runAll(open({ kind, tell }), samples)) {
          expect([score, severity].every((one) => Number.isFinite(one) && one >= 0)).toBe(true);
          if (phase !== 'missing') expect([expected, lower, upper].every((one) => !Number.isNaN(one))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each(TELLS)('what comes later changes nothing of what was said, telling %s', (tell) => {
    const samples = pairs(made(3, { days: 6 }));
    const whole = runAll(open({ tell }), samples);
    for (const length of [1, 150, 700, 1500])
      expect(runAll(open({ tell }), samples.slice(0, length))).toEqual(whole.slice(0, length));
  });

  test('going on from the bytes is going on, to the last bit', () => {
    const samples = pairs(made(4, { days: 6 }));
    const whole = runAll(open(), samples);
    for (const cut of [1, 64, 201, 1000]) {
      const before = open();
      runAll(before, samples.slice(0, cut));
      const after = runAll(open({}, bytes(before)), samples.slice(cut));
      expect(after).toEqual(whole.slice(cut));
    }
  });

  test.each(TELLS)(
    'one series that is opened anew for each sample of many is each of them, to the last bit, telling %s',
    (tell) => {
      const all = [1, 2, 3].map((seed) => pairs(made(seed, { days: 3 })));
      const whole = all.map((samples) => runAll(open({ tell }), samples));
      const series = open({ tell });
      const states: (Uint8Array | undefined)[] = all.map(() => undefined);
      for (let at = 0; at < 3 * 288; at += 1)
        for (const [one, samples] of all.entries()) {
          reopen(series, states[one]);
          const [said] = runAll(series, samples.slice(at, at + 1));
          expect(said).toEqual(whole[one]?.[at]);
          states[one] = bytes(series, states[one]);
        }
      expect(states).toEqual(
        all.map((samples) => {
          const alone = open({ tell });
          runAll(alone, samples);
          return bytes(alone);
        }),
      );
    },
  );

  test('bytes that are refused change nothing', () => {
    const series = open();
    runAll(series, pairs(made(1, { days: 1 })));
    const before = bytes(series);
    expect(() => reopen(series, before.slice(1))).toThrow(RangeError);
    expect(() => bytes(series, new Uint8Array(1))).toThrow();
    expect(bytes(series)).toEqual(before);
  });

  test.each(TELLS)('the unit of the values changes no score, telling %s', (tell) => {
    const samples = pairs(made(5, { days: 6 }));
    const usual = runAll(open({ tell }), samples);
    // A power of two scales without rounding.
    const scaled = runAll(
      open({ tell }),
      samples.map(([time, value]) => [time, value * 1024] as const),
    );
    for (const [at, result] of scaled.entries()) {
      expect(result.alarm).toBe(usual[at]?.alarm);
      expect(Math.abs(result.score - (usual[at]?.score ?? 0))).toBeLessThan(0.003);
      expect(Math.abs(result.severity - (usual[at]?.severity ?? 0))).toBeLessThan(0.003);
    }
  });

  test('a plain jump is one alarm that begins with it, says why, and ends; and again a week later', () => {
    const { times, values } = made(7, { days: 21 });
    const jumps = [2500, 4516];
    for (const jump of jumps) for (let at = jump; at < jump + 24; at += 1) values[at] = (values[at] ?? 0) + 60;
    const series = open();
    const begun: number[] = [];
    const ended: number[] = [];
    for (const [at, time] of times.entries()) {
      const { alarm, expected } = step(series, time, values[at] ?? 0);
      if (alarm === 'end') ended.push(at);
      if (alarm !== 'begin') continue;
      begun.push(at);
      if (!jumps.includes(at)) continue;
      expect(expected).toBeLessThan((values[at] ?? 0) - 30);
      expect(explain(series)[0]?.side).toBe('high');
    }
    for (const jump of jumps) {
      expect(begun).toContain(jump);
      expect(ended.find((at) => at > jump)).toBeLessThan(jump + 24 + 150);
    }
  });

  test('a series that never moved alarms when it does', () => {
    const series = open();
    const alarms = Array.from({ length: 600 }, (_, at) => step(series, 1.7e9 + at * 300, at < 500 ? 7 : 9).alarm);
    expect(alarms.indexOf('begin')).toBe(500);
  });

  test.each([0, 3, 2_900])('a counter is scored by its rate, and a reset to %d is neither fall nor rise', (again) => {
    const counter = open({ kind: 'counter' });
    const { times, values } = made(1, { days: 8 });
    let total = 1e12;
    const begun: number[] = [];
    for (const [at, time] of times.entries()) {
      const isReset = at >= 700 && at % 500 === 200;
      total = isReset ? again : total + 3000 + (values[at] ?? 0);
      const { alarm, phase } = step(counter, time, total);
      expect(phase === 'missing').toBe(at === 0 || isReset);
      if (alarm === 'begin') begun.push(at);
    }
    expect(begun.filter((at) => at >= 700)).toEqual([]);
  });

  test('missing values learn nothing', () => {
    const samples = pairs(made(9, { days: 3 }));
    const holes = samples.flatMap((sample, at) =>
      at % 5 === 0 ? [sample, [sample[0] + 1, Number.NaN] as const] : [sample],
    );
    const seen = runAll(open(), holes).filter(({ phase }) => phase !== 'missing');
    expect(seen).toEqual(runAll(open(), samples));
  });

  test('hours are counted in the zone of the series, also when the clocks change', () => {
    const begun = (timeZone: string) => {
      const series = open({ timeZone });
      let count = 0;
      // Office hours in Berlin through the end of summer time 2025.
      for (let at = 0; at < 40 * 288; at += 1) {
        const time = Date.UTC(2025, 9, 1) / 1000 + at * 300;
        const summer = time < Date.UTC(2025, 9, 26, 1) / 1000;
        const hour = Math.floor((time / 3600 + (summer ? 2 : 1)) % 24);
        const { alarm } = step(series, time, load(at) + (hour >= 9 && hour < 17 ? 50 : 0));
        if (alarm === 'begin' && time > Date.UTC(2025, 9, 26, 1) / 1000) count += 1;
      }
      return count;
    };
    expect(begun('Europe/Berlin')).toBe(0);
  });

  // Over 200 series and three weeks each: npm run bench:nab.
  test.each(TELLS)(
    '"at most one a week" holds on series without anomalies, telling %s',
    (tell) => {
      let alarms = 0;
      let weeks = 0;
      for (let seed = 1; seed <= 40; seed += 1) {
        const { times, values } = made(seed, { days: 14 });
        const series = open({ maxFalseAlarmsPerWeek: 1, tell });
        for (const [at, time] of times.entries())
          if (step(series, time, values[at] ?? 0).alarm === 'begin') alarms += 1;
        weeks += 2;
      }
      expect(alarms / weeks).toBeLessThanOrEqual(1.5);
    },
    60_000,
  );
});
