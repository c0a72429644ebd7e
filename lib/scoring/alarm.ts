import { H, type State, TELLS_ALL } from './layout.ts';
import { exp, log2, log10 } from './numbers.ts';
import type { Tuning } from './tuning.ts';

/** Looked up once: a step asks for them a thousand times. */
const { log, max } = Math;

export type Alarm = 'begin' | 'on' | 'end' | '';

/** Samples before a series can alarm: too little is known of what is usual. Fewer are enough for a slow series that has seen some days. */
export const WARM = 200;
const WARM_OF_SLOW = 100;
const DAYS_OF_SLOW = 4;
const DAY = 86_400;
const FIVE_MINUTES = 300;
/** How much further out a sample is wanted for each factor e of fewer false alarms, above one a week and below; measured on series without troubles. */
const PER_FACTOR = 1.2;
const PER_FACTOR_OF_FEW = 1.7;
/** An alarm stays on above this share of where one begins. */
const STAYS = 0.5;
/** Samples after which an alarm counts for half of what dulls later ones, where only what is new is told; the share that one sample leaves. */
const HALF = 3000;
const FADES = exp(-Math.LN2 / HALF);
/** Below this nothing is an alarm, however many false ones are accepted. */
const LEAST = 2;

/** Whether a series can alarm, now that its newest sample is counted. */
export const isWarm = ({ head }: State): boolean =>
  (head[H.n] as number) > WARM ||
  ((head[H.n] as number) > WARM_OF_SLOW && daysOf(head, head[H.time] as number) > DAYS_OF_SLOW);

/** Days since a series was first seen. */
const daysOf = (head: Float64Array, time: number): number => max(0, time - (head[H.opened] as number)) / DAY;

/** How much further out for a series of this pace: so many more samples a week may be odd by chance, or so many fewer. */
function forPace({ head }: State, { perPace, perPaceOfSlow }: Tuning): number {
  const gap = head[H.gap] as number;
  if (gap <= 0) return 0;
  return (gap > FIVE_MINUTES ? perPaceOfSlow : perPace) * log10(FIVE_MINUTES / gap);
}

/** The score that begins an alarm. */
function wanted(state: State, tuning: Tuning, perWeek: number, time: number): number {
  const { youngDays, youngSamples, young, oneAWeek } = tuning;
  const { head } = state;
  const more = young * max(0, 1 - daysOf(head, time) / youngDays, 1 - (head[H.n] as number) / youngSamples);
  const perFactor = perWeek < 1 ? PER_FACTOR_OF_FEW : PER_FACTOR;
  return max(LEAST, oneAWeek + more + forPace(state, tuning) - perFactor * log(perWeek));
}

/**
 * What is taken off a score because of earlier alarms, where only what is new is told: so much for each doubling of their number. They
 * fade with each sample, and count from their own next sample on, whichever way they went and whether anybody was told. 0 where all
 * is told.
 */
export function dulled({ head }: State, { dulls }: Tuning): number {
  const dulling = head[H.dulling] as number;
  if (dulling <= 0) return 0;
  head[H.dulling] = dulling * FADES;
  return dulls * log2(1 + dulling);
}

/**
 * One trouble is one alarm, its return after calm is one again, and so is a much greater one that comes while a lesser is on.
 * Earlier alarms make none of them silent, but where only what is new is told.
 */
export function alarmOf(state: State, tuning: Tuning, perWeek: number, score: number, time: number): Alarm {
  const { head } = state;
  const isOn = head[H.on] === 1;
  if (!isWarm(state) || (!isOn && score < LEAST)) return '';
  const limit = wanted(state, tuning, perWeek, time);
  if (isOn && isYoung(head, tuning, time)) head[H.reached] = max(head[H.reached] as number, score);
  const begins = score >= limit && (!isOn || score >= (head[H.reached] as number) + tuning.greater);
  if (isOn && !begins) return goOn(head, score >= STAYS * limit, tuning);
  if (!begins) return '';
  head[H.on] = 1;
  head[H.calm] = 0;
  head[H.began] = time;
  head[H.reached] = score;
  if (head[H.dulling] !== TELLS_ALL) head[H.dulling] = (head[H.dulling] as number) + 1;
  return 'begin';
}

/** Whether a score would begin an alarm, were none on. */
export const beginsAt = (state: State, tuning: Tuning, perWeek: number, score: number, time: number): boolean =>
  isWarm(state) && score >= wanted(state, tuning, perWeek, time);

/** Within so many samples a trouble that only begins fills the longer windows: it grows, and is no other one. */
const isYoung = (head: Float64Array, { calm }: Tuning, time: number): boolean =>
  time - (head[H.began] as number) <= calm * (head[H.gap] as number);

function goOn(head: Float64Array, isLoud: boolean, { calm }: Tuning): Alarm {
  head[H.calm] = isLoud ? 0 : (head[H.calm] as number) + 1;
  if ((head[H.calm] as number) < calm) return 'on';
  head[H.on] = 0;
  return 'end';
}
