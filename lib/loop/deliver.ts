import type { Millis } from '../model/basic.ts';
import { describe } from '../model/errors.ts';
import type { OutboxItem } from '../ports/ledger.ts';
import { deliverOne } from './attempt.ts';
import type { Messenger } from './deps.ts';

/** Deliveries under way on this machine. */
export interface Post {
  /** Begins with what is due and does not wait for it: a channel that hangs holds up nothing but its own messages. How many lanes. */
  begin(): Promise<number>;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

/** Lanes open at a time. */
const WIDTH = 50;
/** Items looked at: those behind one that waits for its next attempt are due all the while and must not hide the others. */
const LOOK = 1_000;
const DAY = 24 * 3_600_000;

const laneOf = ({ stream, channel }: OutboxItem): string => `${stream} ${channel}`;

/**
 * Messages of one incident to one channel are a lane: they go one after the other, so that a thread's first message comes
 * first, also where that one has to be tried again. A channel that names a time is left alone until then.
 */
export function createPost(deps: Messenger): Post {
  const lanes = new Map<string, Promise<void>>();
  const pauses = new Map<string, Millis>();
  let remembered = false;

  /** After a restart: what waits for its next attempt holds its lane as before. */
  async function remember(): Promise<void> {
    const now = deps.clock.now();
    for (const item of await deps.ledger.outboxDue(now + DAY, LOOK))
      if (item.attempts > 0 && item.dueAt > now) pauses.set(laneOf(item), item.dueAt);
    remembered = true;
  }
  function paused(key: string): boolean {
    const until = pauses.get(key);
    if (until === undefined || until > deps.clock.now()) return until !== undefined;
    pauses.delete(key);
    return false;
  }
  async function run(lane: string, items: readonly OutboxItem[]): Promise<void> {
    try {
      for (const item of items) {
        if (paused(item.channel)) break;
        const end = await deliverOne(deps, item);
        if (end.settled) continue;
        pauses.set(lane, end.next);
        if (end.asked !== null) pauses.set(item.channel, end.asked);
        break;
      }
    } catch (error) {
      deps.log.error('a notification could not be settled', { lane, error: describe(error) });
    }
    lanes.delete(lane);
    // What was queued for this lane meanwhile had to wait.
    deps.timers.wakeAt(deps.clock.now());
  }
  return {
    async begin() {
      if (!remembered) await remember();
      const busy = new Set(lanes.keys());
      const due = await deps.ledger.outboxDue(deps.clock.now(), LOOK);
      let begun = 0;
      for (const [lane, items] of Map.groupBy(due, laneOf)) {
        if (lanes.size >= WIDTH) return begun;
        if (busy.has(lane) || lanes.has(lane) || paused(lane)) continue;
        if (items.every(({ channel }) => paused(channel))) continue;
        // The one that was tried before is the oldest, although it is due last.
        const inOrder = items.toSorted((a, b) => b.attempts - a.attempts);
        lanes.set(lane, run(lane, inOrder));
        begun += 1;
      }
      return begun;
    },
    async idle() {
      await Promise.all(lanes.values());
    },
  };
}
