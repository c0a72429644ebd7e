import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BYTES } from '../../lib/scoring/layout.ts';
import { bytes, open, samplesSeen, step } from '../../lib/scoring/series.ts';
import { made } from './made.ts';

/** What the scorer of an earlier version knew of the first 2,000 samples of this series. */
const learnedBy = (version: number) =>
  Buffer.from(readFileSync(join(import.meta.dirname, `state-version-${version}.base64`), 'utf8'), 'base64');
const VERSION_3 = learnedBy(3);
const VERSION_4 = learnedBy(4);
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

test('a state of version 4 goes on as if it were of this one, to the last bit', () => {
  const { times, values } = series();
  const old = open({}, VERSION_4);
  const always = open();
  for (let at = 0; at < 2_000; at += 1) step(always, times[at] ?? 0, values[at] ?? 0);
  expect(bytes(old)).toEqual(bytes(always));
  expect(() => open({}, VERSION_4.subarray(0, -1))).toThrow(`${BYTES - 9} bytes, expected ${BYTES - 8}`);
});

test('what was learned to tell all is not gone on from by a series that tells what is new, nor the other way', () => {
  const all = bytes(open());
  const fresh = bytes(open({ tell: 'new' }));
  expect(() => open({ tell: 'new' }, all)).toThrow('learned to tell all, and this series tells only what is new');
  expect(() => open({ tell: 'new' }, VERSION_4)).toThrow('learned to tell all');
  expect(() => open({}, fresh)).toThrow('learned to tell only what is new, and this series tells all');
  expect(bytes(open({ tell: 'new' }, fresh))).toEqual(fresh);
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
