import { H, type State } from './layout.ts';
import { log2 } from './numbers.ts';

/** Looked up once: a step asks for them a thousand times. */
const { exp, log, max, min } = Math;

export type Alarm = 'begin' | 'on' | 'end' | '';

/** Samples before a series can alarm: too little is known of what is usual. */
export const WARM = 200;
/** A newcomer's hours and days are new to it: what begins an alarm is further out, less so with each of its first days. */
const YOUNG = 4 * 86_400;
const NEWCOMER = 3;
/** A new alarm begins no sooner than this after the one before began, in samples. */
const APART = 30;
/** An alarm ends after as many samples with a score below this. */
const CALM = 6;
const HOLD = 2.5;
/** Each alarm makes the next one dearer; the debt halves in ten days, so that what comes back after weeks is told again. */
const HALF_LIFE = 10 * 86_400;
const PENALTY = 1.6;
/**
 * Score that lets one false alarm a week through, and by how much it rises for each factor e fewer: measured on synthetic
 * series without anomalies (bench/scoring), not on labelled ones.
 */
const ONE_A_WEEK = 5.2;
const PER_FACTOR = 2.7;
const LEAST = 2.5;
const MOST = 11;

export const thresholdFor = (perWeek: number): number => min(MOST, max(LEAST, ONE_A_WEEK - PER_FACTOR * log(perWeek)));

/** What is left of a score after the debt of recent alarms; ≥ 0. Time that steps backwards pays nothing back. */
export function effective({ head }: State, score: number, time: number): number {
  const debt = head[H.debt] as number;
  if (debt === 0) return score;
  const elapsed = max(0, time - (head[H.debtTime] as number));
  const left = debt * exp((-Math.LN2 * elapsed) / HALF_LIFE);
  return max(0, score - PENALTY * log2(1 + left));
}

/** Hysteresis: one trouble is one alarm, and its return after calm is one again. */
export function alarmOf(state: State, score: number, after: number, limit: number, time: number): Alarm {
  const { head } = state;
  const n = head[H.n] as number;
  if (head[H.on] === 1) return goOn(head, score);
  const age = time - (head[H.opened] as number);
  const wanted = age < YOUNG ? limit + NEWCOMER * (1 - max(0, age) / YOUNG) : limit;
  if (n <= WARM || after < wanted || n - (head[H.began] as number) < APART) return '';
  head[H.on] = 1;
  head[H.calm] = 0;
  head[H.began] = n;
  const elapsed = max(0, time - (head[H.debtTime] as number));
  head[H.debt] = 1 + (head[H.debt] as number) * exp((-Math.LN2 * elapsed) / HALF_LIFE);
  head[H.debtTime] = time;
  return 'begin';
}

function goOn(head: Float64Array, score: number): Alarm {
  head[H.calm] = score >= HOLD ? 0 : (head[H.calm] as number) + 1;
  if ((head[H.calm] as number) < CALM) return 'on';
  head[H.on] = 0;
  return 'end';
}
