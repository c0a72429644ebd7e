import { zoneOffsets } from '../scoring/zone.ts';

/** A place on an axis and what is written there. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

const round = (value: number) => Math.round(value * 10) / 10;

/** Into the span from `from` to `to`. Halved before they are subtracted: the range of finite numbers may itself be infinite. */
export function scale(low: number, high: number, from: number, to: number): (value: number) => number {
  const range = high / 2 - low / 2;
  return (value) => round(range > 0 ? from + ((value / 2 - low / 2) / range) * (to - from) : (from + to) / 2);
}

/** Three to six of 1, 2 or 5 times a power of ten; the two ends where those are all the numbers there are. */
export function valueTicks(low: number, high: number): readonly Tick[] {
  const range = high - low;
  if (!(range > 0) || !Number.isFinite(range)) return [...new Set([low, high])].map((at) => ({ at, text: short(at) }));
  const power = 10 ** Math.floor(Math.log10(range / 5));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= range / 5) ?? 10) * power;
  if (!(step > 0)) return [{ at: low, text: short(low) }];
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: Math.min(count, 8) }, (_, n) => {
    const at = Number(((first + n) * step).toPrecision(12));
    return { at, text: short(at) };
  });
}

const PREFIXES: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** `1.5k`, `67.1M`, `0.002`. */
export function short(value: number): string {
  if (Math.abs(value) >= 1e15) return value.toExponential(2);
  const [size, prefix] = PREFIXES.find(([least]) => Math.abs(value) >= least) ?? [1, ''];
  return `${Number((value / size).toPrecision(4))}${prefix}`;
}

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400];
const STEPS = [
  1,
  5,
  15,
  30,
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
];
const MOST = 7;

/** Unix seconds, on round times of the zone: the hour, and the day where one begins. */
export function timeTicks(from: number, to: number, timeZone: string): readonly Tick[] {
  const offset = zoneOffsets(timeZone);
  const range = to - from;
  const step = STEPS.find((one) => range / one <= MOST) ?? DAY * Math.ceil(range / MOST / DAY);
  const ticks: Tick[] = [];
  // A change of the clocks moves what comes behind it.
  for (let local = Math.ceil((from + offset(from)) / step) * step; ticks.length <= MOST; local += step) {
    const at = local - offset(local - offset(local));
    if (!(at <= to)) break;
    if (at >= from) ticks.push({ at, text: clock(local, step) });
  }
  return ticks.length === 0 ? [{ at: from, text: clock(from + offset(from), Math.min(step, MINUTE)) }] : ticks;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function clock(local: number, step: number): string {
  const date = new Date(local * 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  if (step >= DAY || (local % DAY === 0 && step >= MINUTE)) return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  const minutes = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  return step < MINUTE ? `${minutes}:${two(date.getUTCSeconds())}` : minutes;
}

/** `28 Nov 2026 14:05` of the zone. */
export function dateText(at: number, timeZone: string): string {
  const local = at + zoneOffsets(timeZone)(at);
  const date = new Date(local * 1000);
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day} ${new Date(local * 1000).toISOString().slice(11, 16)}`;
}
