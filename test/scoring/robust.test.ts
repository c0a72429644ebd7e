import { describe, expect, test } from '@jest/globals';
import { robustScore } from '../../lib/scoring/robust.ts';
import fc from '../setup/fastCheck.ts';

const at = (values: readonly number[]) => values.map((v, t) => ({ t, v }));
const PAST = [10, 11, 9, 10, 12, 10, 9, 11, 10, 10];
/** Ten samples of past, whatever follows is recent. */
const score = (recent: readonly number[], direction: 'high' | 'low' | 'both' = 'high', past = PAST) =>
  robustScore(at([...past, ...recent]), past.length, direction);

describe('robustScore', () => {
  test('counts MADs from the median, sign as seen', () => {
    const { score: high, median, last } = score([10, 20]);
    expect(median).toBe(10);
    expect(last).toBe(20);
    expect(high).toBeCloseTo((20 - 10) / (1.4826 * 0.5), 6);
    expect(score([0], 'both').score).toBeCloseTo((0 - 10) / (1.4826 * 0.5), 6);
  });

  test('the worst is worst in the bad direction', () => {
    expect(score([30, 5, 10], 'low').score).toBeLessThan(-5);
    expect(score([30, 5, 10], 'high').score).toBeGreaterThan(20);
    expect(score([5, 5], 'high').score).toBeLessThan(0);
  });

  test('a past that never moved is measured against two percent of itself', () => {
    const flat = [1, 1, 1, 1, 1];
    expect(score([0], 'low', flat).score).toBeCloseTo(-50, 6);
    expect(score([1.01], 'high', flat).score).toBeCloseTo(0.5, 6);
    expect(score([3], 'high', [0, 0, 0, 0, 0]).score).toBe(100);
    expect(score([0], 'high', [0, 0, 0, 0, 0]).score).toBe(0);
  });

  test('moved when it first stayed away, not at a lone spike', () => {
    expect(score([10, 30, 10, 30, 31, 32]).movedAt).toBe(13);
    expect(score([10, 30, 10]).movedAt).toBeNull();
    expect(score([10, 10, 30]).movedAt).toBe(12);
    expect(score([30, 31], 'low').movedAt).toBeNull();
  });

  test('a departure that began before the recent part is found where it began', () => {
    expect(score([30, 30], 'high', [...PAST, 30, 30]).movedAt).toBe(10);
  });

  test('nothing is said of too little past or no present', () => {
    expect(score([90], 'high', [1, 2, 3])).toEqual({ score: 0, movedAt: null, median: 2, last: 90 });
    expect(score([])).toMatchObject({ score: 0, movedAt: null });
    expect(robustScore([], 0, 'both')).toEqual({ score: 0, movedAt: null, median: 0, last: 0 });
  });
});

const values = fc.array(fc.double(), { maxLength: 40 });
const direction = fc.constantFrom('high' as const, 'low' as const, 'both' as const);

test('whatever comes in, no NaN and nothing infinite comes out', () => {
  fc.assert(
    fc.property(values, fc.nat(40), direction, (any, from, way) => {
      const { score: z, movedAt, median, last } = robustScore(at(any), from, way);
      expect([z, movedAt ?? 0, median, last].every(Number.isFinite)).toBe(true);
      expect(Math.abs(z)).toBeLessThanOrEqual(100);
    }),
    { numRuns: 500 },
  );
});

test('the unit does not matter', () => {
  const usual = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 6, maxLength: 40 });
  fc.assert(
    fc.property(usual, fc.nat(40), direction, fc.integer({ min: -40, max: 40 }), (any, from, way, power) => {
      const one = robustScore(at(any), from, way);
      const other = robustScore(at(any.map((v) => v * 2 ** power)), from, way);
      expect(other.score).toBe(one.score);
      expect(other.movedAt).toBe(one.movedAt);
    }),
  );
});
