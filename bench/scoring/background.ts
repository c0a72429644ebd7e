import type { Dice } from './draws.ts';

/** What a series does while nothing is wrong: one value a sample, and how large its ordinary noise is. */
export interface Background {
  readonly kind: string;
  readonly values: Float64Array;
  /** Size of an ordinary deviation, in the unit of the value. */
  readonly noise: number;
  /** Values are brought back into it after troubles were put in. */
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}
export interface Clock {
  /** Seconds of the first sample, and between two of them. */
  readonly start: number;
  readonly interval: number;
  readonly count: number;
}

const DAY = 86_400;
const KINDS = [
  'load',
  'load',
  'load',
  'noise',
  'latency',
  'counts',
  'memory',
  'drift',
  'percent',
  'batch',
  'bursts',
  'quiet',
] as const;
type Kind = (typeof KINDS)[number];

/** Noise that remembers itself a little; its deviation is 1. */
function stickyNoise(dice: Dice, count: number): Float64Array {
  const sticky = dice.chance(0.6) ? dice.between(0.2, 0.95) : 0;
  const heavy = dice.chance(0.3) ? dice.between(0.002, 0.02) : 0;
  const fresh = Math.sqrt(1 - sticky * sticky);
  let state = 0;
  return Float64Array.from({ length: count }, () => {
    state = sticky * state + fresh * dice.normal() * (dice.chance(heavy) ? 3.5 : 1);
    return state;
  });
}

/** A day's load between about −1 and 1 with two harmonics, lower at weekends; it wanders a little from day to day. */
function dailyLoad(dice: Dice, { start, interval, count }: Clock): Float64Array {
  const [phase, second, weekend, wander] = [
    dice.unit(),
    dice.between(0, 0.5),
    dice.chance(0.6) ? dice.between(0.2, 0.8) : 1,
    dice.between(0, 0.15),
  ];
  const days = Math.ceil((count * interval) / DAY) + 2;
  const sizes = Array.from({ length: days }, () => 1 + wander * dice.normal());
  return Float64Array.from({ length: count }, (_, at) => {
    const time = start + at * interval;
    const day = Math.floor(time / DAY);
    const turn = (time / DAY + phase) * 2 * Math.PI;
    const share = (day + 4) % 7 >= 5 ? weekend : 1;
    const within = time / DAY - day;
    const first = Math.floor(start / DAY);
    const size = (sizes[day - first] ?? 1) * (1 - within) + (sizes[day - first + 1] ?? 1) * within;
    return share * size * (Math.sin(turn) + second * Math.sin(2 * turn + phase));
  });
}

const UNLIMITED = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY, whole: false };

function loadLike(kind: Kind, dice: Dice, clock: Clock): Background {
  const noise = stickyNoise(dice, clock.count);
  const load = dailyLoad(dice, clock);
  const depth = dice.scaled(1, 10);
  const unit = dice.scaled(0.01, 1000);
  const base = (depth * 1.8 + dice.between(4, 30)) * unit;
  const values = load.map((share, at) => base + unit * (depth * share + (noise[at] ?? 0)));
  return { kind, values, noise: unit, ...UNLIMITED, least: 0 };
}

function plain(dice: Dice, { count }: Clock): Background {
  const unit = dice.scaled(0.01, 1000);
  const base = dice.between(-5, 50) * unit;
  return { kind: 'noise', values: stickyNoise(dice, count).map((one) => base + unit * one), noise: unit, ...UNLIMITED };
}

/** Latencies: lognormal, more so under load. */
function latency(dice: Dice, clock: Clock): Background {
  const load = dailyLoad(dice, clock);
  const spread = dice.between(0.08, 0.35);
  const unit = dice.scaled(0.001, 100);
  const depth = dice.between(0, 0.4);
  const noise = stickyNoise(dice, clock.count);
  const values = load.map((share, at) => unit * Math.exp(depth * share + spread * (noise[at] ?? 0)));
  return { kind: 'latency', values, noise: unit * spread, ...UNLIMITED, least: 0 };
}

function poisson(dice: Dice, mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * dice.normal()));
  const limit = Math.exp(-mean);
  let product = dice.unit();
  let count = 0;
  while (product > limit) {
    product *= dice.unit();
    count += 1;
  }
  return count;
}

/** Whole, often zero. */
function counts(dice: Dice, clock: Clock): Background {
  const load = dailyLoad(dice, clock);
  const mean = dice.scaled(0.05, 40);
  const depth = dice.between(0, 0.7);
  const values = load.map((share) => poisson(dice, mean * Math.max(0.1, 1 + depth * share)));
  return { kind: 'counts', values, noise: Math.max(1, Math.sqrt(mean)), ...UNLIMITED, least: 0, whole: true };
}

/** Memory that fills until it is collected. */
function memory(dice: Dice, { count }: Clock): Background {
  const unit = dice.scaled(1, 1e8);
  const period = dice.between(20, 300);
  let level = 0;
  const noise = stickyNoise(dice, count);
  const values = noise.map((one) => {
    level += (unit * 10 * dice.between(0.6, 1.4)) / period;
    if (level > unit * 10 * dice.between(0.9, 1.1)) level = unit * dice.between(0, 1.5);
    return unit * 20 + level + unit * 0.3 * one;
  });
  return { kind: 'memory', values, noise: unit * 3, ...UNLIMITED, least: 0 };
}

/** A level that goes where it likes, slowly. */
function drift(dice: Dice, { count }: Clock): Background {
  const unit = dice.scaled(0.01, 1000);
  const noise = stickyNoise(dice, count);
  const pull = dice.scaled(0.0005, 0.01);
  let level = 0;
  const values = noise.map((one) => {
    level += -pull * level + Math.sqrt(2 * pull) * 4 * dice.normal() * 0.7;
    return unit * (60 + level + one);
  });
  return { kind: 'drift', values, noise: unit * 1.5, ...UNLIMITED };
}

/** A use between 0 and 100, near one of the ends. */
function percent(dice: Dice, clock: Clock): Background {
  const load = dailyLoad(dice, clock);
  const [base, depth, size] = [dice.between(5, 85), dice.between(0, 15), dice.between(0.5, 5)];
  const noise = stickyNoise(dice, clock.count);
  const values = load.map((share, at) => base + depth * share + size * (noise[at] ?? 0));
  return { kind: 'percent', values, noise: size, least: 0, most: 100, whole: false };
}

/** Load with a job that runs each night, which is no trouble. */
function batch(dice: Dice, clock: Clock): Background {
  const { values, ...rest } = loadLike('batch', dice, clock);
  const [begin, length, height] = [dice.whole(0, 23), dice.between(0.3, 2), rest.noise * dice.between(6, 25)];
  for (let at = 0; at < clock.count; at += 1) {
    const time = clock.start + at * clock.interval;
    const into = (time / 3600 - begin + 24) % 24;
    if (into < length + 0.1 * dice.normal()) values[at] = (values[at] ?? 0) + height * dice.between(0.9, 1.1);
  }
  return { ...rest, values, kind: 'batch' };
}

/** Short bursts that come at any time and mean nothing. */
function bursts(dice: Dice, clock: Clock): Background {
  const { values, ...rest } = dice.chance(0.5) ? plain(dice, clock) : loadLike('bursts', dice, clock);
  const often = dice.scaled(0.002, 0.02);
  let left = 0;
  let height = 0;
  for (let at = 0; at < clock.count; at += 1) {
    if (left === 0 && dice.chance(often)) {
      left = dice.whole(1, 4);
      height = rest.noise * -Math.log(1 - dice.unit()) * 4;
    }
    if (left > 0) {
      values[at] = (values[at] ?? 0) + height;
      left -= 1;
    }
  }
  return { ...rest, values, kind: 'bursts' };
}

/** A series that hardly ever moves: constant, or one of two levels. */
function quiet(dice: Dice, { count }: Clock): Background {
  const [level, other] = [dice.whole(0, 50), dice.whole(1, 3)];
  const often = dice.chance(0.5) ? 0 : dice.scaled(0.001, 0.01);
  const values = Float64Array.from({ length: count }, () => level + (dice.chance(often) ? other : 0));
  return { kind: 'quiet', values, noise: other, ...UNLIMITED, least: 0, whole: true };
}

export function background(dice: Dice, clock: Clock): Background {
  const kind = dice.pick<Kind>(KINDS);
  const made = { noise: plain, latency, counts, memory, drift, percent, batch, bursts, quiet };
  return kind === 'load' ? loadLike(kind, dice, clock) : made[kind](dice, clock);
}
