import type { Deps, Heard } from '../loop/deps.ts';
import { watchOnce } from '../loop/watch.ts';
import type { Millis } from '../model/basic.ts';
import type { Signal } from '../model/signal.ts';
import type { Queue } from '../ports/queue.ts';
import type { ReplayClock } from './clock.ts';
import type { History } from './history.ts';

export interface Told {
  readonly signals: readonly Signal[];
  /** Watches that could not be scored, and why; each once. */
  readonly problems: readonly string[];
}

/**
 * The watch list minute by minute, with the loop's own round, from `from` up to `to`; what it would have told. Throws what made
 * Prometheus break off.
 */
export async function replayWatches(
  deps: Deps,
  clock: ReplayClock,
  to: Millis,
  history: Pick<History, 'broken'>,
  progress: (share: number) => void,
): Promise<Told> {
  const signals: Signal[] = [];
  const listening: Deps = { ...deps, queue: listener(signals) };
  const problems = new Set<string>();
  const from = clock.now();
  for (let now = from; now <= to; now += deps.settings.sweep.reconcileEvery) {
    clock.set(now);
    const round = await watchOnce(listening);
    const failure = history.broken();
    if (failure !== null) throw failure;
    for (const problem of round.problems) problems.add(problem);
    progress((now - from) / Math.max(1, to - from));
  }
  return { signals, problems: onePerWatch(problems) };
}

/** Nothing is handed out: what was heard is kept for the second part of the replay. */
function listener(signals: Signal[]): Queue<Heard> {
  return {
    put: async (messages) => {
      for (const { body } of messages) if (body.kind === 'signal') signals.push(body.signal);
    },
    receive: async () => [],
    ack: async () => undefined,
    fail: async () => undefined,
    depth: async () => ({ waiting: 0, dead: 0, oldest: null }),
    deadLetters: async () => [],
    redrive: async () => 0,
  };
}

/** A count in the text would make each minute's another problem. */
function onePerWatch(problems: ReadonlySet<string>): readonly string[] {
  const first = new Map<string, string>();
  for (const text of problems) {
    const name = text.split(':')[0] ?? text;
    if (!first.has(name)) first.set(name, text);
  }
  return [...first.values()];
}
