import { pointerKey, subjectOf } from '../incidents/subject.ts';
import type { Labels } from '../model/basic.ts';
import { describe } from '../model/errors.ts';
import type { Watch } from '../model/watch.ts';
import type { Finding } from '../watch/score.ts';
import type { Entry, Shard } from '../watch/shard.ts';
import { agreement, signalOf } from '../watch/signals.ts';
import { shardOf, watchesOf } from '../watch/watches.ts';
import type { Desk } from './deps.ts';
import { hear } from './hear.ts';
import { type ReadShard, readShard, regroup, writeShard } from './shards.ts';
import { goOn, type Kept, keptOf } from './watchOne.ts';

/** A round asks no more after so many milliseconds, so that it ends before the next begins: what it did not reach, the next begins with. */
const ROUND = 30_000;

/** What one round did, for people and tests. */
export interface WatchRound {
  readonly series: number;
  readonly signals: number;
  readonly problems: readonly string[];
}

/** A shard after its round. */
interface Scored {
  readonly number: number;
  readonly read: ReadShard;
  readonly after: Shard;
  readonly findings: readonly Finding[];
}

/**
 * One round over the whole watch list, each minute: what has come since the last is scored in order, once. What cannot be scored or
 * kept holds up nothing else; an error that nobody foresaw is thrown when the rest is done. `leaving`: the rest waits for the next start.
 */
export async function watchOnce(deps: Desk, leaving: () => boolean = () => false): Promise<WatchRound> {
  const { shards, together } = deps.settings.watch;
  if (deps.metrics === null) return { series: 0, signals: 0, problems: [] };
  const watches = watchesOf(await deps.catalogue.active(), deps.settings.watch);
  const troubles = new Troubles();
  await regroup(deps);
  const begun = deps.clock.now();
  const end = begun + ROUND;
  const scored: Scored[] = [];
  // Another is the first each minute, so that none waits for ever.
  const first = Math.floor(begun / 60_000) % shards;
  for (let at = 0; at < shards; at += 1) {
    const number = (first + at) % shards;
    const now = deps.clock.now();
    if (at > 0 && (leaving() || now >= end)) {
      troubles.problems.push(`shard ${number}: not reached in this round, nor those behind it`);
      break;
    }
    const room = (end - now) / (shards - at);
    const over = () => leaving() || deps.clock.now() - now >= room;
    const mine = watches.filter((one) => shardOf(one.id, shards) === number);
    const one = await troubles.of(`shard ${number}`, () => scoreShard(deps, number, mine, over, troubles));
    if (one !== null) scored.push(one);
  }
  const findings = scored.flatMap((one) => one.findings).toSorted((a, b) => a.at - b.at);
  const receivedAt = deps.clock.now();
  const context = {
    receivedAt,
    nextId: () => deps.ids.next('sig'),
    sha256: deps.sha256,
    agreeing: agreement(
      scored.flatMap(({ after }) => after.entries),
      findings,
      together / 1000,
      placeOf(deps),
    ),
  };
  const signals = findings.map((finding) => signalOf(finding, context));
  // Heard before the states move: a crash between the two tells twice what triage knows to be the same.
  await hear(deps, signals, false);
  for (const { number, read, after } of scored)
    await troubles.of(`shard ${number}`, () => writeShard(deps, number, { ...read, shard: after }));
  troubles.tell(deps);
  const series = scored.reduce((sum, { after }) => sum + after.entries.length, 0);
  return { series, signals: signals.length, problems: troubles.problems };
}

/** What went wrong in a round, each by its name. */
class Troubles {
  readonly problems: string[] = [];
  readonly #errors: unknown[] = [];

  /** What came of it; null for what was thrown, which is kept until the round is over. */
  async of<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.problems.push(`${name}: ${describe(error)}`);
      this.#errors.push(error);
      return null;
    }
  }

  tell({ log }: Pick<Desk, 'log'>): void {
    if (this.problems.length > 0)
      log.warn('some watches could not be scored', { problems: this.problems.slice(0, 10) });
    if (this.#errors.length > 0) throw this.#errors[0];
  }
}

/** Where a series belongs: its host, or what it is of where it names none. */
const placeOf =
  ({ settings }: Desk) =>
  (labels: Labels): string => {
    const { cluster, host, service } = subjectOf(labels, settings.labels);
    return pointerKey({ cluster, host, service: host === null ? service : null });
  };

async function scoreShard(
  deps: Desk,
  number: number,
  watches: readonly Watch[],
  over: () => boolean,
  troubles: Troubles,
): Promise<Scored> {
  const read = await readShard(deps, number);
  const before = read.shard;
  const byWatch = Map.groupBy(before.entries, ({ watch }) => watch);
  const findings: Finding[] = [];
  const kept = new Map<string, Kept>();
  let next: string | null = null;
  for (const [at, watch] of from(before.next, watches).entries()) {
    const known = keptOf(before, watch.id, byWatch.get(watch.id) ?? []);
    kept.set(watch.id, known);
    // Each round gets further by one at least.
    if (next !== null || (at > 0 && over())) {
      next ??= watch.id;
      continue;
    }
    const went = await troubles.of(watch.id, () => goOn(deps, watch, known, over));
    if (went === null) {
      kept.set(watch.id, { ...known, problem: 'an error that nobody foresaw: see the log' });
      continue;
    }
    kept.set(watch.id, went);
    findings.push(...went.findings);
    if (went.problem !== undefined) troubles.problems.push(`${watch.id}: ${went.problem}`);
  }
  if (next !== null)
    troubles.problems.push(`${next}: not reached in this round, nor those behind it; the next begins here`);
  return { number, read, after: joined(watches, kept, next), findings };
}

/** The list from this one on, and around. */
function from(id: string | null, watches: readonly Watch[]): readonly Watch[] {
  const at = Math.max(
    0,
    watches.findIndex((one) => one.id === id),
  );
  return [...watches.slice(at), ...watches.slice(0, at)];
}

/** In the order of the list, whichever came first. What no watch owns any more is forgotten. */
function joined(watches: readonly Watch[], kept: ReadonlyMap<string, Kept>, next: string | null): Shard {
  const all = watches.flatMap(({ id }) => {
    const one = kept.get(id);
    return one === undefined ? [] : [{ id, one }];
  });
  const by = <K extends 'upTo' | 'rules' | 'behind' | 'problem'>(field: K) =>
    Object.fromEntries(
      all.flatMap(({ id, one }) => (one[field] === undefined ? [] : [[id, one[field] as NonNullable<Kept[K]>]])),
    );
  return {
    upTo: by('upTo'),
    rules: by('rules'),
    behind: by('behind'),
    problems: by('problem'),
    next,
    entries: all.flatMap(({ one }): readonly Entry[] => one.entries),
  };
}
