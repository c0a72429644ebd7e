import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { AT_HEAD_BYTE, BYTES, H, TELLS_ALL } from '../../lib/scoring/layout.ts';
import { bytes, open, samplesSeen, step } from '../../lib/scoring/series.ts';
import fc from '../setup/fastCheck.ts';
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

test.each([
  ['hour', 24],
  ['hour', 0.5],
  ['hour', -1],
  ['lastHour', -2],
  ['shapes', 11],
  ['n', 0],
] as const)('a state whose %s is %p is refused: it would be read and written beside its place', (name, value) => {
  const learned = open();
  for (let at = 0; at < 300; at += 1) step(learned, at * 60, at % 7);
  const state = bytes(learned);
  expect(() => open({}, state)).not.toThrow();
  new DataView(state.buffer).setFloat64(AT_HEAD_BYTE + H[name] * 8, value, true);
  expect(() => open({}, state)).toThrow('bytes that are no state');
});

test('a state of zeros that tells all is refused', () => {
  const zeros = new Uint8Array(BYTES);
  zeros.set(bytes(open()).subarray(0, AT_HEAD_BYTE));
  new DataView(zeros.buffer).setFloat64(AT_HEAD_BYTE + H.dulling * 8, TELLS_ALL, true);
  expect(() => open({}, zeros)).toThrow('hour is 0');
});

test('a time that no date has is missing, and the state stays one', () => {
  for (const time of [8.65e12, -8.65e12, 1e20, 1e300, Number.POSITIVE_INFINITY, Number.NaN]) {
    for (const kind of ['gauge', 'counter'] as const) {
      const series = open({ kind });
      step(series, 0, 1);
      step(series, 60, 2);
      const before = bytes(series);
      expect(step(series, time, 3).phase).toBe('missing');
      expect(bytes(series)).toEqual(before);
    }
  }
  const late = open();
  step(late, 8.64e12, 1);
  step(late, -8.64e12, 1);
  expect(() => open({}, bytes(late))).not.toThrow();
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
