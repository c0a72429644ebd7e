import type { Deps } from '../loop/deps.ts';
import type { Duration, Millis } from '../model/basic.ts';
import type { Metrics } from '../ports/metrics.ts';
import { watchesOf } from '../watch/watches.ts';
import { type AlertEdge, recordedAlerts, signalOf } from './alerts.ts';
import { replayWatches, type Told } from './anomalies.ts';
import { type ReplayClock, replayClock } from './clock.ts';
import type { Replayed } from './compare.ts';
import { alarmsOf, foundIn } from './found.ts';
import { type History, historyOf } from './history.ts';
import { replayIncidents } from './incidents.ts';

export interface Span {
  readonly from: Millis;
  readonly to: Millis;
  /** How long before `from` the watch list begins to learn, beside `watch.past`. */
  readonly learn: Duration;
}

/** The ports of one replay: all in memory, at the clock's time. */
export interface Scene {
  readonly deps: Deps;
  readonly history: History;
  readonly clock: ReplayClock;
  close(): Promise<void>;
}

/** Makes the ports anew, with the clock at the time that is given. */
export type OpenScene = (at: Millis) => Scene;
export type Progress = (what: string, share: number) => void;

/** What one configuration's watch list would have told, and how many series it had. */
export interface Watching extends Told {
  readonly watches: Replayed['watches'];
}

/** Throws what made Prometheus break off. */
export async function watchFor(open: OpenScene, { from, to, learn }: Span, progress: Progress): Promise<Watching> {
  const { deps, history, clock, close } = open(from - learn);
  try {
    const told = await replayWatches(deps, clock, to, history, (share) => progress('watches', share));
    const list = watchesOf(await deps.catalogue.active(), deps.settings.watch);
    return {
      problems: told.problems,
      signals: told.signals.filter(({ receivedAt }) => receivedAt >= from),
      watches: list.map(({ id, title, expr }) => ({ id, title, series: history.seriesOf(expr) })),
    };
  } finally {
    await close();
  }
}

/** However many fire: `watch.maxSeries` is a limit of the watch list. Throws what `recordedAlerts` throws. */
export async function alertsFor(
  source: Metrics,
  { from, to }: Span,
  progress: Progress,
): Promise<readonly AlertEdge[]> {
  const history = historyOf(source, { clock: replayClock(from), to, maxSeries: Number.POSITIVE_INFINITY });
  return recordedAlerts(history, from, to, (share) => progress('alerts', share));
}

/** The incidents and decisions that follow from what the watch list told and what fired. */
export async function decideFor(
  open: OpenScene,
  { from, to }: Span,
  { signals, problems, watches }: Watching,
  alerts: readonly AlertEdge[],
  progress: Progress,
): Promise<Replayed> {
  const { deps, history, clock, close } = open(from);
  try {
    const { alertname } = deps.settings.heartbeat;
    const told = alerts.filter(({ labels }) => labels.alertname !== alertname).map((edge) => signalOf(edge, deps.ids));
    const all = [...told, ...signals].toSorted((a, b) => a.receivedAt - b.receivedAt);
    const around = { broken: history.broken, progress: (share: number) => progress('decisions', share) };
    await replayIncidents(deps, clock, all, to, around);
    const { hash } = await deps.catalogue.active();
    return { bundleHash: hash, watches, alarms: alarmsOf(signals), ...(await foundIn(deps.ledger)), problems };
  } finally {
    await close();
  }
}
