import { setTimeout as pause, setImmediate as turnOfOthers } from 'node:timers/promises';
import type { Queue } from '../ports/queue.ts';

/** Signals taken within one span that make a storm: 5,000 a second. */
const SPAN = 100;
const STORM = 500;
/** In a storm the door comes first: a small round, and a pause in which only signals are taken. */
const SMALL = 4;
const PAUSE = 150;
const USUAL = 256;

export interface Pressure<T> {
  /** The same queue, watched. */
  readonly queue: Queue<T>;
  readonly round: () => Promise<number>;
}

/**
 * Keeps the work of one process from slowing its own intake: a signal that is not answered in time is sent again, one that
 * waits for its incident is not lost.
 */
export function underPressure<T>(queue: Queue<T>, now: () => number): Pressure<T> {
  let span = 0;
  let taken = 0;
  let before = 0;
  const turn = () => {
    const current = Math.floor(now() / SPAN);
    if (current === span) return;
    before = current === span + 1 ? taken : 0;
    taken = 0;
    span = current;
  };
  return {
    queue: {
      ...queue,
      async put(messages) {
        turn();
        taken += messages.length;
        return queue.put(messages);
      },
    },
    async round() {
      await turnOfOthers();
      turn();
      if (Math.max(before, taken) < STORM) return USUAL;
      await pause(PAUSE);
      return SMALL;
    },
  };
}
