import {
  COUNT,
  H,
  JUMP,
  OUTSIDE,
  RESTLESSNESS,
  SEASON,
  SEASON_TREND,
  SHAPE,
  STEP,
  type State,
  TURN,
  VALUE,
} from './layout.ts';
import { power, root } from './numbers.ts';
import { ABOVE_LOW, BELOW_HIGH } from './season.ts';
import { isNews, looksOrGrows, type Tails, tailAge, tailLearn, tailOdds } from './tail.ts';

/** Features in a unit of their own and not in that of the value; means of the last samples are in that of the value. */
const isRelative = (feature: number, levels: boolean): boolean =>
  feature === RESTLESSNESS || feature === SHAPE || (isLevelPlace(feature) && !levels);
/** Where jump, turn and outside are, or means of the last samples in their place. */
const isLevelPlace = (feature: number): boolean => feature === JUMP || feature === TURN || feature === OUTSIDE;
/** Features that say nothing of a side of the series: the value must be inside on both to be usual. */
const hasNoSide = (feature: number): boolean => feature === RESTLESSNESS || feature === SHAPE;
/** Differences less than this share of what is usual are none: a residual that stays is not told for its last digit. */
const SAME = 0.01;
/** Less than this is no evidence. */
const LOUD = 0.5;

/** What the features of one sample say together. */
export interface Evidence {
  /** −log10 odds of each feature's high side, then its low side, after the gate. */
  readonly parts: Float64Array;
  /** Which features are not listened to. */
  readonly mute: readonly number[];
  readonly gate: number;
  /** Whether means of the last samples are in the place of jump, turn and outside. */
  readonly levels: boolean;
  /** Agreement of all parts: their p-norm, p = 2.5. */
  agreed: number;
}

export const createEvidence = (mute: readonly number[], gate: number, levels: boolean): Evidence => ({
  parts: new Float64Array(2 * COUNT),
  mute,
  gate,
  levels,
  agreed: 0,
});

/** How many values of a feature were seen when the series has seen `n`; some are learned later in a state of an earlier version. */
export function seenOf(head: Float64Array, feature: number, n: number): number {
  if (feature === SEASON || feature === SEASON_TREND) return head[H.seasonSeen] as number;
  return feature >= STEP && feature <= OUTSIDE ? n - (head[H.later] as number) : n;
}

/** Weighs each side of each feature against its past. `scale` is the deviation before this sample, `inside` the sides of the envelope. */
export function weigh(
  evidence: Evidence,
  state: State,
  tails: Tails,
  features: Float32Array,
  scale: number,
  inside: number,
): void {
  const n = state.head[H.n] as number;
  let all = 0;
  evidence.parts.fill(0);
  for (let k = 0; k < COUNT; k += 1) {
    const feature = features[k] as number;
    if (Number.isNaN(feature) || (evidence.mute.length > 0 && evidence.mute.includes(k))) continue;
    for (let side = 0; side < 2; side += 1) {
      if (k === SHAPE && side === 1) continue;
      const tail = 2 * k + side;
      const x = side === 0 ? feature : -feature;
      // As nearly always; a call would cost more than all else here.
      if (!(x > (tails.from[tail] as number))) continue;
      const relative = isRelative(k, evidence.levels);
      const share = relative || k === VALUE || isLevelPlace(k) ? 0 : SAME;
      let odds = tailOdds(state, tails, tail, x, seenOf(state.head, k, n), relative ? 1 : scale, share);
      if (odds <= LOUD) continue;
      const sides = hasNoSide(k) ? BELOW_HIGH + ABOVE_LOW : side === 0 ? BELOW_HIGH : ABOVE_LOW;
      if ((inside & sides) === sides) odds *= evidence.gate;
      if (odds <= LOUD) continue;
      evidence.parts[tail] = odds;
      // A strange shape explains and ranks; as evidence it found no trouble that the others had not, and false ones.
      if (k !== SHAPE) all += power(odds);
    }
  }
  evidence.agreed = root(all);
}

/** Learns the features after they were weighed. */
export function learnFeatures(state: State, tails: Tails, features: Float32Array): void {
  const n = state.head[H.n] as number;
  for (let k = 0; k < COUNT; k += 1) {
    const feature = features[k] as number;
    const seen = seenOf(state.head, k, n);
    const isDue = looksOrGrows(tails, seen);
    if (Number.isNaN(feature)) {
      // Nothing to learn, but what is due is: who goes on from the bytes would find it done.
      if (isDue) tailAge(state, tails, 2 * k, seen);
      if (isDue && k !== SHAPE) tailAge(state, tails, 2 * k + 1, seen);
      continue;
    }
    if (isDue || isNews(state, tails, 2 * k, feature, seen)) tailLearn(state, tails, 2 * k, feature, seen);
    if (k !== SHAPE && (isDue || isNews(state, tails, 2 * k + 1, -feature, seen)))
      tailLearn(state, tails, 2 * k + 1, -feature, seen);
  }
}
