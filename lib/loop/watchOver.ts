import type { Millis } from '../model/basic.ts';
import { describe } from '../model/errors.ts';
import type { Episode } from '../model/incident.ts';
import { type Shard, toldOf } from '../watch/shard.ts';
import { ANOMALY, fingerprintOf, NO_DATA } from '../watch/signals.ts';
import { shardOf, watchesOf } from '../watch/watches.ts';
import type { Desk } from './deps.ts';
import { readShard } from './shards.ts';

/** What a round told and did not keep is told again by the next, or by one that comes much later. */
const GRACE = 10 * 60_000;

/**
 * Tells of an open episode since when it is over because nothing bears it out any more: its watch was taken away, or what was known of its
 * series was lost and its past does not say that it lasts; null where it is not. A watch that has not come as far as the episode says nothing yet.
 */
export function watchKeeper(deps: Desk, now: Millis): (episode: Episode) => Promise<Millis | null> {
  let watches: Promise<ReadonlySet<string>> | null = null;
  let isBroken = false;
  const shards = new Map<number, Promise<Told>>();
  const since = async ({ source, endsAt, lastHeard, startsAt, fingerprint, labels: { watch } }: Episode) => {
    if (source !== 'watch' || watch === undefined || endsAt !== null || now - lastHeard <= GRACE) return null;
    watches ??= listed(deps);
    if (!(await watches).has(watch)) return now;
    const number = shardOf(watch, deps.settings.watch.shards);
    const told = shards.get(number) ?? toldBy(deps, number);
    shards.set(number, told);
    const { shard, fingerprints } = await told;
    const upTo = shard.upTo[watch];
    if (upTo === undefined || shard.behind[watch] !== undefined || upTo * 1000 < startsAt) return null;
    // Not later: what begins with the next sample is another.
    return fingerprints.has(fingerprint) ? null : upTo * 1000;
  };
  return async (episode) => {
    if (isBroken) return null;
    try {
      return await since(episode);
    } catch (error) {
      // What Alertmanager says is reconciled all the same.
      isBroken = true;
      deps.log.warn('what the watch list told could not be looked at', { error: describe(error) });
      return null;
    }
  };
}

async function listed(deps: Desk): Promise<ReadonlySet<string>> {
  return new Set(watchesOf(await deps.catalogue.active(), deps.settings.watch).map(({ id }) => id));
}

interface Told {
  readonly shard: Shard;
  readonly fingerprints: ReadonlySet<string>;
}

/** What the series of a shard are told of now. */
async function toldBy(deps: Desk, number: number): Promise<Told> {
  const { shard } = await readShard(deps, number);
  const fingerprints = shard.entries.flatMap((entry) => {
    const told = toldOf(entry);
    if (told === undefined) return [];
    const of = (alertname: typeof ANOMALY | typeof NO_DATA) =>
      fingerprintOf(alertname, entry.watch, entry.labels, deps.sha256);
    return [...(told.alarmSince === null ? [] : [of(ANOMALY)]), ...(told.silent ? [of(NO_DATA)] : [])];
  });
  return { shard, fingerprints: new Set(fingerprints) };
}
