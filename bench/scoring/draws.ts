import { draws } from '../../test/scoring/made.ts';

/** Random numbers of one seed, the same on every machine. */
export interface Dice {
  /** In [0, 1). */
  readonly unit: () => number;
  readonly between: (from: number, to: number) => number;
  /** Between both, even in the logarithm. */
  readonly scaled: (from: number, to: number) => number;
  /** From `from` to `to`, both included. */
  readonly whole: (from: number, to: number) => number;
  readonly chance: (share: number) => boolean;
  readonly normal: () => number;
  readonly pick: <T>(of: readonly [T, ...T[]]) => T;
}

export function dice(seed: number): Dice {
  const unit = draws(seed);
  const between = (from: number, to: number) => from + (to - from) * unit();
  const whole = (from: number, to: number) => Math.floor(between(from, to + 1));
  return {
    unit,
    between,
    scaled: (from, to) => Math.exp(between(Math.log(from), Math.log(to))),
    whole,
    chance: (share) => unit() < share,
    normal: () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
    pick: (of) => of[whole(0, of.length - 1)] ?? of[0],
  };
}
