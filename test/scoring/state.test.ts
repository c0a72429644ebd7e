import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BYTES } from '../../lib/scoring/layout.ts';
import { bytes, open, samplesSeen, step } from '../../lib/scoring/series.ts';
import { made } from './made.ts';

/** What the scorer of version 3 knew of the first 2,000 samples of this series. */
const VERSION_3 = Buffer.from(readFileSync(join(import.meta.dirname, 'state-version-3.base64'), 'utf8'), 'base64');
const series = () => made(4, { days: 42 });

test('bytes of another version or length are refused', () => {
  const state = bytes(open());
  expect(() => open({}, state.slice(0, -1))).toThrow(RangeError);
  expect(() => open({}, Uint8Array.of(9, ...state.slice(1)))).toThrow(RangeError);
  expect(() => open({}, new Uint8Array())).toThrow(RangeError);
  expect(() => open({}, VERSION_3.subarray(1))).toThrow(RangeError);
});

test('bytes of the right length that nobody wrote are refused, and name what is wrong', () => {
  const state = bytes(open());
  expect(() =>
    open(
      {},
      state.map((byte, at) => (at < 8 ? byte : 0xff)),
    ),
  ).toThrow('n is NaN');
  fc.assert(
    fc.property(fc.uint8Array({ minLength: BYTES - 8, maxLength: BYTES - 8 }), (garbage) => {
      expect(() => open({}, Uint8Array.of(...state.subarray(0, 8), ...garbage))).toThrow(RangeError);
    }),
    { numRuns: 50 },
  );
});

test('a state of version 3 goes on with what it knew, and what it did not look at makes no noise', () => {
  const { times, values } = series();
  const old = open({}, VERSION_3);
  const always = open();
  for (let at = 0; at < 2_000; at += 1) step(always, times[at] ?? 0, values[at] ?? 0);
  expect(samplesSeen(old)).toBe(2_000);
  let [begun, later, apart] = [0, 0, 0];
  for (let at = 2_000; at < times.length; at += 1) {
    const was = step(old, times[at] ?? 0, values[at] ?? 0);
    const is = step(always, times[at] ?? 0, values[at] ?? 0);
    if (was.alarm === 'begin') begun += 1;
    expect(was.expected).toBeCloseTo(is.expected, 3);
    if (at <= 2_000 + 2 * 3_128) continue;
    later += 1;
    if (Math.abs(was.score - is.score) > 1) apart += 1;
  }
  expect(begun).toBeLessThanOrEqual(6);
  // What version 3 remembered is forgotten by then; which maxima share a cluster still hangs on what came before.
  expect(later).toBeGreaterThan(3_000);
  expect(apart / later).toBeLessThan(0.05);
});
