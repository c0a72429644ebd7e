import type { Millis } from '../model/basic.ts';
import type { Clock } from '../ports/edges.ts';

/** Time that passes when it is told to, and never back. */
export interface ReplayClock extends Clock {
  set(at: Millis): void;
}

export function replayClock(from: Millis): ReplayClock {
  let time = from;
  return {
    now: () => time,
    set: (at) => {
      time = Math.max(time, at);
    },
  };
}
