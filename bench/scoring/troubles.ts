import type { Background } from './background.ts';
import type { Dice } from './draws.ts';

/** Rows of one trouble, both included. */
export type Event = readonly [number, number];

interface Place {
  readonly values: Float64Array;
  readonly from: number;
  readonly length: number;
  /** Signed height in the unit of the value. */
  readonly height: number;
  readonly dice: Dice;
  /** Samples a day. */
  readonly day: number;
}

const each = ({ values, from, length }: Place, change: (value: number, into: number, at: number) => number) => {
  for (let into = 0; into < length && from + into < values.length; into += 1)
    values[from + into] = change(values[from + into] ?? 0, into, from + into);
};

/** What can go wrong, with how long it lasts in samples. */
const KINDS = {
  spike: { least: 1, most: 3, put: (place: Place) => each(place, (value) => value + place.height * 1.5) },
  plateau: { least: 6, most: 120, put: (place: Place) => each(place, (value) => value + place.height) },
  ramp: {
    least: 30,
    most: 200,
    put: (place: Place) => each(place, (value, into) => value + (1.5 * place.height * into) / place.length),
  },
  restless: {
    least: 20,
    most: 120,
    put: (place: Place) => each(place, (value) => value + place.height * 0.7 * place.dice.normal()),
  },
  stuck: {
    least: 30,
    most: 150,
    put: (place: Place) => {
      const held = place.values[place.from] ?? 0;
      each(place, () => held);
    },
  },
  outage: { least: 4, most: 60, put: (place: Place) => each(place, () => 0) },
  decay: {
    least: 20,
    most: 80,
    put: (place: Place) =>
      each(place, (value, into) => value + place.height * 1.5 * Math.exp((-4 * into) / place.length)),
  },
  early: {
    least: 30,
    most: 100,
    put: (place: Place) => {
      const before = place.values.slice();
      each(place, (_, into) => before[place.from + into - Math.round(place.day / 3)] ?? 0);
    },
  },
} as const;
type Kind = keyof typeof KINDS;
const NAMES: readonly [Kind, ...Kind[]] = [
  'spike',
  'spike',
  'plateau',
  'plateau',
  'plateau',
  'ramp',
  'restless',
  'stuck',
  'outage',
  'decay',
  'decay',
  'early',
];

/** Whether the trouble would be one: a series that stands still cannot get stuck, one about zero cannot fail to it. */
function suits(kind: Kind, { kind: of, noise, values }: Background): boolean {
  if (kind === 'stuck') return !['counts', 'quiet', 'bursts'].includes(of);
  if (kind === 'early') return ['load', 'batch'].includes(of);
  if (kind !== 'outage') return true;
  const sorted = values.slice().sort();
  return (sorted[Math.floor(sorted.length / 20)] ?? 0) > 3 * noise;
}

/** Puts a number of troubles into a series, some of them the same one again; returns where they are, in order. */
export function trouble(dice: Dice, of: Background, day: number, first: number): Event[] {
  const { values, noise } = of;
  const recurring = dice.chance(0.45);
  const wanted = recurring ? dice.whole(3, 10) : dice.whole(1, 4);
  const taken: Event[] = [];
  const fresh = () => {
    const kind = dice.pick(NAMES.filter((name) => suits(name, of)) as [Kind, ...Kind[]]);
    const { least, most } = KINDS[kind];
    return {
      kind,
      length: Math.round(dice.scaled(least, most)),
      height: noise * dice.scaled(2.5, 14) * (dice.chance(0.75) ? 1 : -1),
    };
  };
  let one = fresh();
  for (let tried = 0; tried < 60 && taken.length < wanted; tried += 1) {
    if (!recurring) one = fresh();
    const length = Math.max(1, Math.round(one.length * dice.between(0.7, 1.4)));
    const from = dice.whole(first, values.length - length - 1);
    if (taken.some(([a, b]) => from <= b + 60 && from + length >= a - 60)) continue;
    KINDS[one.kind].put({ values, from, length, height: one.height * dice.between(0.8, 1.25), dice, day });
    taken.push([from, from + length - 1]);
  }
  return taken.sort((a, b) => a[0] - b[0]);
}

/** Changes for good that people made: no trouble after a moment, and not labelled. */
export function deploy(dice: Dice, { values, noise }: Background): void {
  const from = dice.whole(Math.floor(values.length * 0.3), values.length - 1);
  const height = noise * dice.between(-4, 4);
  for (let at = from; at < values.length; at += 1) values[at] = (values[at] ?? 0) + height;
}
