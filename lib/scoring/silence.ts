import { H, type State } from './layout.ts';
import { log2 } from './numbers.ts';

/** Looked up once: a step asks for them a thousand times. */
const { max, min } = Math;

const MEMORY = 200;
/** A gap pulls the usual one by no more than this factor. */
const MOST = 5;
/** The longest gap is forgotten by this share at each sample. */
const FADE = 0.001;
/** Silence beyond so many usual gaps and beyond so much more than the longest is a finding. */
const PATIENCE = 3;
const BEYOND = 1.5;

/** "No data" as a finding of its own. */
export interface Silence {
  readonly phase: 'warming' | 'ready' | 'stale';
  /** Seconds since the last sample, and after how many it is a finding. */
  readonly seconds: number;
  readonly patience: number;
  /** How many times as long as its patience, as a logarithm (base 2); 0 before that. */
  readonly severity: number;
  /** Unix time of the last sample; null where there was none. */
  readonly since: number | null;
}

/** Learns how far apart samples usually are. Time that stands still or steps back says nothing of it. */
export function learnGap(head: Float64Array, time: number): void {
  const gap = time - (head[H.time] as number);
  if (gap > 0) {
    const usual = head[H.gap] as number;
    const gain = 1 / min(head[H.n] as number, MEMORY);
    head[H.gap] = usual === 0 ? gap : usual + gain * (min(gap, MOST * usual) - usual);
    const longest = head[H.longestGap] as number;
    head[H.longestGap] = max(gap, longest - FADE * longest);
  }
  if (!(time <= (head[H.time] as number))) head[H.time] = time;
}

/** Whether a series is silent for longer than it ever is. Reads only; a later step goes on as if nobody had asked. */
export function silenceOf({ head }: State, now: number, isWarm: boolean): Silence {
  const time = head[H.time] as number;
  const [usual, longest] = [head[H.gap] as number, head[H.longestGap] as number];
  const patience = max(PATIENCE * usual, BEYOND * min(longest, 20 * usual));
  const seconds = Number.isNaN(time) ? 0 : max(0, now - time);
  const isStale = patience > 0 && seconds > patience;
  const known = isWarm ? 'ready' : 'warming';
  return {
    phase: isStale ? 'stale' : known,
    seconds,
    patience,
    severity: isStale ? log2(seconds / patience) : 0,
    since: Number.isNaN(time) ? null : time,
  };
}
