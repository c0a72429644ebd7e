import { WARM } from './alarm.ts';
import { bad, type RobustScore, robustScore, type ScoredSample } from './robust.ts';
import { open, step } from './series.ts';

/** Past samples beyond the scorer's own warm-up, so that what it says of the recent ones is more than a first impression. */
const ENOUGH = WARM + 100;
/** Robust deviations beyond which a series is told to have left its past. */
const LEFT = 4;
/** What is left of a departure that the scorer has seen before: it ranks behind all that is new. */
const SEEN_BEFORE = 0.5;

type Direction = 'high' | 'low' | 'both';

/**
 * How far and since when the samples from `recentFrom` (seconds) on left those before it. Where there is past enough, the scorer
 * has its say: a swing that the series makes every so often has left nothing, and what was never seen has, however small it is.
 */
export function departureOf(
  series: readonly ScoredSample[],
  recentFrom: number,
  direction: Direction = 'both',
): RobustScore {
  const robust = robustScore(series, recentFrom, direction);
  const finite = series.filter(({ v }) => Number.isFinite(v));
  if (finite.filter(({ t }) => t < recentFrom).length < ENOUGH) return robust;
  const since = alarmSince(finite, recentFrom, direction);
  if (since === null) {
    const isUsual = bad(robust.score, direction) > LEFT;
    return isUsual
      ? { ...robust, score: Math.max(-LEFT, Math.min(LEFT, robust.score)) * SEEN_BEFORE, movedAt: null }
      : robust;
  }
  const score = bad(robust.score, direction) > LEFT ? robust.score : direction === 'low' ? -LEFT : LEFT;
  return { ...robust, score, movedAt: Math.min(since, robust.movedAt ?? since) };
}

/** When the alarm began that was on in the recent part and went the bad way; null where none was. */
function alarmSince(samples: readonly ScoredSample[], recentFrom: number, direction: Direction): number | null {
  const scorer = open();
  let began: number | null = null;
  let found: number | null = null;
  for (const { t, v } of samples) {
    const { alarm, expected } = step(scorer, t, v);
    if (alarm === 'begin') began = direction === 'both' || (direction === 'high') === v >= expected ? t : null;
    if (t >= recentFrom && began !== null && (alarm === 'begin' || alarm === 'on')) found ??= began;
  }
  return found;
}
