import { background } from './background.ts';
import { dice } from './draws.ts';
import { deploy, type Event, trouble } from './troubles.ts';

/** A labelled series. A value that is NaN is missing. */
export interface World {
  readonly seed: number;
  readonly kind: string;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly events: readonly Event[];
  /** Samples a day and in the first part, in which nothing counts. */
  readonly day: number;
  readonly probation: number;
  readonly weeks: number;
}

const CLOCKS = [
  { interval: 60, days: 9 },
  { interval: 300, days: 28 },
  { interval: 300, days: 42 },
  { interval: 900, days: 70 },
  { interval: 3600, days: 150 },
] as const;

/** One series and its labels; everything follows from the seed. A fifth of the series have no trouble at all. */
export function world(seed: number, { clean = false }: { readonly clean?: boolean } = {}): World {
  const random = dice(seed * 7919 + 13);
  const { interval, days } = random.pick<(typeof CLOCKS)[number]>(CLOCKS);
  const count = Math.round((days * 86_400) / interval);
  const clock = { start: 1_700_000_000 + random.whole(0, 6) * 86_400 + random.whole(0, 23) * 3600, interval, count };
  const of = background(random, clock);
  const day = 86_400 / interval;
  const probation = Math.round(count * 0.2);
  if (!clean && random.chance(0.15)) deploy(random, of);
  // Troubles of the warm-up are in nobody's labels.
  if (!clean && random.chance(0.2)) trouble(random, { ...of, values: of.values.subarray(0, probation - 100) }, day, 60);
  const events = clean || random.chance(0.2) ? [] : trouble(random, of, day, probation + 50);
  const values = of.values.map((value) => {
    const held = Math.min(of.most, Math.max(of.least, value));
    return of.whole ? Math.round(held) : held;
  });
  if (random.chance(0.3)) for (let at = 0; at < count; at += 1) if (random.chance(0.01)) values[at] = Number.NaN;
  const times = values.map((_, at) => clock.start + at * interval);
  return {
    seed,
    kind: of.kind,
    times,
    values,
    events,
    day,
    probation,
    weeks: ((count - probation) * interval) / 604_800,
  };
}
