import { describe, expect, test } from '@jest/globals';
import { departureOf } from '../../lib/scoring/departure.ts';
import { draws } from './made.ts';

const STEP = 15;
const COUNT = 1_200;
const RECENT = (COUNT - 20) * STEP;

/** About 50 with a little noise; `add` puts something on top of sample `at`. */
function series(add: (at: number) => number) {
  const draw = draws(7);
  return Array.from({ length: COUNT }, (_, at) => ({ t: at * STEP, v: 50 + draw() + add(at) }));
}

describe('how a series left its past', () => {
  test('a swing that it makes every so often has left nothing', () => {
    const often = series((at) => (at % 100 >= 90 ? 30 : 0));
    expect(departureOf(often, RECENT, 'high').movedAt).toBeNull();
    expect(Math.abs(departureOf(often, RECENT, 'high').score)).toBeLessThan(4);
  });

  test('what was never seen has, and since when', () => {
    const once = series((at) => (at >= COUNT - 10 ? 30 : 0));
    const found = departureOf(once, RECENT, 'high');
    expect(found.score).toBeGreaterThan(4);
    expect(found.movedAt).toBe((COUNT - 10) * STEP);
  });

  test('what goes the good way is no departure', () => {
    const low = series((at) => (at >= COUNT - 10 ? -30 : 0));
    expect(departureOf(low, RECENT, 'high').movedAt).toBeNull();
    expect(departureOf(low, RECENT, 'low').movedAt).not.toBeNull();
  });

  test('with little past the robust score alone speaks', () => {
    const short = series((at) => (at >= COUNT - 10 ? 30 : 0)).slice(-100);
    expect(departureOf(short, RECENT, 'high').movedAt).toBe((COUNT - 10) * STEP);
  });
});
