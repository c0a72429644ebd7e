import type { Episode } from '../model/incident.ts';
import type { Signal } from '../model/signal.ts';

const isOpen = (episode: Episode) => episode.endsAt === null;

/** The open episode this signal belongs to: a firing touches it whatever its startsAt, a resolved must overlap it. */
export function episodeOf(episodes: readonly Episode[], signal: Signal): Episode | null {
  const open = episodes.find((episode) => isOpen(episode) && episode.fingerprint === signal.fingerprint);
  if (open === undefined) return null;
  if (signal.status === 'firing') return open;
  return signal.endsAt === null || signal.endsAt >= open.startsAt ? open : null;
}

/**
 * A firing that ended before this episode closed is old news delivered late. The watch list tells a series' alarms one after the other
 * and each once: what began before the end of one is that one, told again after a crash.
 */
function isStale(episodes: readonly Episode[], signal: Signal): boolean {
  return episodes.some(({ fingerprint, startsAt, endsAt, lastHeard }) => {
    if (fingerprint !== signal.fingerprint || endsAt === null) return false;
    if (signal.source === 'watch') return signal.startsAt < endsAt;
    return signal.startsAt <= startsAt && signal.receivedAt <= lastHeard;
  });
}

/**
 * Says what a signal changes: `opens` or `closes` an episode, `renews` one (nothing new), or `nothing` (a resolved without an
 * episode, a firing that is older than the episode's end). Order of arrival does not matter for the outcome.
 */
export function effectOf(episodes: readonly Episode[], signal: Signal): 'opens' | 'closes' | 'renews' | 'nothing' {
  const episode = episodeOf(episodes, signal);
  if (signal.status === 'resolved') return episode === null ? 'nothing' : 'closes';
  if (episode !== null) return 'renews';
  return isStale(episodes, signal) ? 'nothing' : 'opens';
}

export function heard(episodes: readonly Episode[], signal: Signal): readonly Episode[] {
  const effect = effectOf(episodes, signal);
  if (effect === 'nothing') return episodes;
  if (effect === 'opens')
    return [
      ...episodes,
      {
        fingerprint: signal.fingerprint,
        source: signal.source,
        alertname: signal.labels.alertname ?? 'unnamed',
        labels: signal.labels,
        startsAt: signal.startsAt,
        endsAt: null,
        lastHeard: signal.receivedAt,
        signals: 1,
      },
    ];
  const target = episodeOf(episodes, signal);
  return episodes.map((episode) =>
    episode === target
      ? {
          ...episode,
          startsAt: Math.min(episode.startsAt, signal.startsAt),
          endsAt: effect === 'closes' ? (signal.endsAt ?? signal.receivedAt) : null,
          lastHeard: Math.max(episode.lastHeard, signal.receivedAt),
          signals: episode.signals + 1,
        }
      : episode,
  );
}

/** How long after the end of an episode a replica may still tell of it that has not heard of the end, milliseconds. */
const LATE = 2 * 60_000;

/**
 * A webhook's firing that began before its episode ended, told after the end: from a replica that is behind, or true after all. Only
 * Alertmanager itself can say which.
 */
export const isLate = (episodes: readonly Episode[], signal: Signal): boolean =>
  signal.source === 'alertmanager' &&
  signal.status === 'firing' &&
  episodeOf(episodes, signal) === null &&
  episodes.some(
    ({ fingerprint, endsAt }) =>
      fingerprint === signal.fingerprint &&
      endsAt !== null &&
      signal.startsAt < endsAt &&
      signal.receivedAt - endsAt < LATE,
  );

export const anyFiring = (episodes: readonly Episode[]): boolean => episodes.some(isOpen);
