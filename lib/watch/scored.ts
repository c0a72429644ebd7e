import type { Sample } from '../ports/metrics.ts';
import type { Alarm } from '../scoring/alarm.ts';

/** One scored sample. `t` in Unix seconds, all else but score and severity in the unit of the value. */
export interface Scored extends Sample {
  readonly score: number;
  readonly severity: number;
  readonly alarm: Alarm;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}
