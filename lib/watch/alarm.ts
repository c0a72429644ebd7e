import type { Watch } from '../model/watch.ts';
import { type Series, wouldBegin } from '../scoring/series.ts';

type Way = Pick<Watch, 'direction'>;

/** How far an alarm of a series is a matter of its watch. */
export interface Alarming {
  /** Unix seconds at which what is told began; null where nothing is. */
  readonly alarmSince: number | null;
  /** Where one is on that began in the good direction, and is not told: where the band ended in the bad one when it began. */
  readonly untold?: number | undefined;
}

/**
 * What a series' alarm is to its watch after the step at `t` (Unix seconds), and before it. One trouble is told once, however often it grows. What left its
 * past in the good direction is not told, and does not hide what leaves it in the bad one while it lasts: that is told where the
 * sample alone would begin an alarm, and is beyond the band of now and of the time before. What only comes back is as loud, and is not.
 */
export function alarming(watch: Way, series: Series, t: number, before: Alarming): Alarming {
  const { alarm, value: v, expected, lower, upper } = series.result;
  if (alarm === '' || alarm === 'end') return { alarmSince: null };
  if (before.alarmSince !== null) return { alarmSince: before.alarmSince };
  const isFirst = alarm === 'begin' && before.untold === undefined;
  if (isFirst && isBeyond(watch, v, expected, expected)) return { alarmSince: t };
  const band = watch.direction === 'low' ? lower : upper;
  const { untold = band } = before;
  const isBad =
    !isFirst && isBeyond(watch, v, lower, upper) && isBeyond(watch, v, untold, untold) && wouldBegin(series);
  return isBad ? { alarmSince: t } : { alarmSince: null, untold };
}

function isBeyond({ direction }: Way, v: number, lower: number, upper: number): boolean {
  if (direction === 'both') return true;
  return direction === 'high' ? v >= upper : v <= lower;
}
