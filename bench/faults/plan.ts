import { type Dice, dice } from '../scoring/draws.ts';

/** One fault to come: real milliseconds since the beginning. */
export interface Planned {
  readonly kind: string;
  readonly begin: number;
  readonly end: number;
  /** In [0, 1): how bad; what that is, each kind knows. */
  readonly strength: number;
}
export interface PlanOptions {
  readonly seed: number;
  readonly kinds: readonly string[];
  readonly perKind: number;
  /** Real milliseconds before the first and after the last fault. */
  readonly clean: number;
  readonly tail: number;
}
export interface Plan {
  readonly faults: readonly Planned[];
  /** Real milliseconds. */
  readonly length: number;
}

const [SHORTEST, LONGEST] = [8_000, 15_000];
/** So long nothing happens after a fault, so that what it leaves behind is over before the next. */
const [LEAST_REST, MOST_REST] = [14_000, 22_000];

/** Every kind so often, in an order, at times and of a strength that the seed decides. */
export function plan({ seed, kinds, perKind, clean, tail }: PlanOptions): Plan {
  const chance = dice(seed);
  const faults: Planned[] = [];
  let at = clean;
  for (const kind of shuffled(chance, Array.from({ length: perKind }, () => kinds).flat())) {
    const begin = Math.round(at);
    const end = Math.round(begin + chance.between(SHORTEST, LONGEST));
    faults.push({ kind, begin, end, strength: chance.unit() });
    at = end + chance.between(LEAST_REST, MOST_REST);
  }
  return { faults, length: Math.round(at + tail) };
}

function shuffled<T>(chance: Dice, all: readonly T[]): T[] {
  const left = [...all];
  for (let at = left.length - 1; at > 0; at -= 1) {
    const other = chance.whole(0, at);
    [left[at], left[other]] = [left[other] as T, left[at] as T];
  }
  return left;
}
