import type { Deps } from '../loop/deps.ts';
import { triage } from '../loop/triage.ts';
import type { Millis } from '../model/basic.ts';
import type { NightshiftError } from '../model/errors.ts';
import type { Signal } from '../model/signal.ts';
import { advance, dueOf } from './asIf.ts';
import type { ReplayClock } from './clock.ts';

/** What an incident waits for at least before it is looked at again. */
const LEAST = 1_000;

/**
 * The loop's own triage and decision over signals in the order of their time, up to `to`. Throws what made Prometheus break off:
 * decisions made without it would tell of the backtest and not of the policies.
 */
export async function replayIncidents(
  deps: Deps,
  clock: ReplayClock,
  signals: readonly Signal[],
  to: Millis,
  around: { readonly broken: () => NightshiftError | null; readonly progress: (share: number) => void },
): Promise<void> {
  const due = new Map<string, Millis>();
  const go = async (id: string) => {
    const next = dueOf(await advance(deps, id), deps.settings.closeAfter);
    const failure = around.broken();
    if (failure !== null) throw failure;
    if (next === null) due.delete(id);
    else due.set(id, Math.max(next, clock.now() + LEAST));
  };
  const until = async (end: Millis) => {
    for (let next = earliest(due); next !== null && next[1] <= end; next = earliest(due)) {
      clock.set(next[1]);
      await go(next[0]);
    }
  };
  const from = clock.now();
  const moments = [...Map.groupBy(signals, ({ receivedAt }) => receivedAt)].toSorted(([a], [b]) => a - b);
  for (const [at, heard] of moments) {
    await until(at);
    clock.set(at);
    const touched = new Set<string>();
    for (const signal of heard) {
      const id = await triage(deps, signal);
      if (id !== null) touched.add(id);
    }
    for (const id of touched) await go(id);
    around.progress((at - from) / Math.max(1, to - from));
  }
  await until(to);
  clock.set(to);
}

function earliest(due: ReadonlyMap<string, Millis>): readonly [string, Millis] | null {
  let found: readonly [string, Millis] | null = null;
  for (const one of due) if (found === null || one[1] < found[1]) found = one;
  return found;
}
