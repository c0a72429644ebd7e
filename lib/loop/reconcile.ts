import { fold } from '../incidents/fold.ts';
import type { Millis } from '../model/basic.ts';
import type { Episode, Incident } from '../model/incident.ts';
import type { Signal } from '../model/signal.ts';
import type { ActiveAlert } from '../ports/alertmanager.ts';
import type { Deps } from './deps.ts';
import { hear } from './hear.ts';
import { watchKeeper } from './watchOver.ts';

/** An Alertmanager younger than this many reconciliations may not have heard everything yet: its silence proves nothing. */
const YOUNG = 5;
const PAGE = 100;

/**
 * The truth is asked: what fires in Alertmanager without an open episode is heard now, and an open episode that does not fire
 * there any more, or that nothing on the watch list bears out, is over. Heals webhooks that were lost, truncated, throttled or never
 * sent. Throws when Alertmanager cannot be asked: nothing is then concluded.
 */
export async function reconcile(deps: Deps): Promise<{ readonly heard: number; readonly ended: number }> {
  if (deps.alertmanager === null && deps.metrics === null) return { heard: 0, ended: 0 };
  const asked = (await deps.alertmanager?.active()) ?? null;
  const now = deps.clock.now();
  const young = asked === null || now - asked.startedAt < YOUNG * deps.settings.sweep.reconcileEvery;
  const alerts = asked?.alerts ?? [];
  const active = new Set(alerts.map(({ fingerprint }) => fingerprint));
  const known = new Set<string>();
  const ended: Ended[] = [];
  const overSince = watchKeeper(deps, now);
  for await (const incident of openIncidents(deps)) {
    const open = incident.episodes.filter(({ endsAt }) => endsAt === null);
    for (const { fingerprint } of open) known.add(fingerprint);
    const first = incident.firstSignal;
    if (first === null) continue;
    for (const episode of open) {
      const since = !young && isGone(deps, episode, active, now) ? now : await overSince(episode);
      if (since !== null) ended.push({ episode, signal: endOf(deps, first, episode, now, since) });
    }
  }
  const missed = alerts
    .filter(
      ({ fingerprint, labels }) => !known.has(fingerprint) && labels.alertname !== deps.settings.heartbeat.alertname,
    )
    .map((alert) => firing(deps, alert, now));
  const over = await stillOver(deps, ended, now);
  await hear(deps, [...missed, ...over], false);
  return { heard: missed.length, ended: over.length };
}

interface Ended {
  readonly episode: Episode;
  readonly signal: Signal;
}

/** Many incidents take their time, and a round of the watch list runs beside: what it has told again meanwhile is not over. */
async function stillOver(deps: Deps, ended: readonly Ended[], now: Millis): Promise<readonly Signal[]> {
  const overSince = watchKeeper(deps, now);
  const kept: Signal[] = [];
  for (const { episode, signal } of ended)
    if (episode.source !== 'watch' || (await overSince(episode)) !== null) kept.push(signal);
  return kept;
}

/** One after the other and none kept: there may be ten thousand. Between pages others have their turn. */
async function* openIncidents(deps: Deps): AsyncGenerator<Incident> {
  let cursor: string | null = null;
  do {
    await deps.round();
    const page: Awaited<ReturnType<Deps['ledger']['list']>> = await deps.ledger.list({
      state: ['open', 'acknowledged', 'escalated'],
      limit: PAGE,
      ...(cursor !== null && { cursor }),
    });
    for (const { id } of page.items) {
      const incident = fold(await deps.ledger.read(id));
      if (incident !== null) yield incident;
    }
    cursor = page.next;
  } while (cursor !== null);
}

function firing(deps: Deps, alert: ActiveAlert, now: number): Signal {
  return {
    id: deps.ids.next('sig'),
    source: 'reconciliation',
    receivedAt: now,
    fingerprint: alert.fingerprint,
    status: 'firing',
    startsAt: alert.startsAt,
    endsAt: null,
    labels: alert.labels,
    annotations: alert.annotations,
    generatorURL: alert.generatorURL,
  };
}

function isGone(deps: Deps, episode: Episode, active: ReadonlySet<string>, now: number): boolean {
  // What was heard since the last reconciliation may not have reached the answer we read.
  const grace = deps.settings.sweep.reconcileEvery;
  return (
    ['alertmanager', 'reconciliation'].includes(episode.source) &&
    !active.has(episode.fingerprint) &&
    now - episode.lastHeard > grace
  );
}

function endOf(deps: Deps, first: Signal, episode: Episode, now: Millis, endsAt: Millis): Signal {
  return {
    ...first,
    id: deps.ids.next('sig'),
    source: 'reconciliation',
    receivedAt: now,
    fingerprint: episode.fingerprint,
    status: 'resolved',
    startsAt: episode.startsAt,
    endsAt,
    labels: episode.labels,
  };
}
