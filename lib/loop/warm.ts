import { seriesText } from '../language/seriesText.ts';
import type { Actor } from '../model/basic.ts';
import { absent, failed, invalid, refused } from '../model/errors.ts';
import type { Watch } from '../model/watch.ts';
import type { Series as Sampled } from '../ports/metrics.ts';
import { HOW, type LearnedAs, otherThan } from '../scoring/learned.ts';
import { bytes, open, quiet, samplesSeen } from '../scoring/series.ts';
import { scoreWatch } from '../watch/score.ts';
import { type Entry, type Shard, toldOf } from '../watch/shard.ts';
import { shardOf, watchesOf } from '../watch/watches.ts';
import { whileRaced } from './change.ts';
import type { Desk } from './deps.ts';
import { setRecord } from './setRecord.ts';
import { readShard, regroup, writeShard } from './shards.ts';
import { askInPieces, type Span, spanOf } from './watchAsk.ts';
import { rulesOf } from './watchOne.ts';

/** What was learned of a series elsewhere, as `nightshift score --state-out` and the Spark job write it. */
export interface Learned extends LearnedAs {
  /** The name that Prometheus gives the series: `name{label="value", …}`, labels in order. */
  readonly series: string;
  /** Unix seconds of the last sample that it was learned from. */
  readonly last: number;
  readonly state: Uint8Array;
}

/** What became of the series that were given. */
export interface Warmed {
  readonly taken: number;
  /** Nothing of these was changed. */
  readonly left: readonly { readonly series: string; readonly why: string }[];
}

const warmedKey = (watch: string) => `warmed/${watch}`;

/**
 * Gives a watch what was learned of its series from a longer past than Prometheus has. What came since is caught up with from
 * Prometheus, and nothing of it is told. `absent` `watch.unknown` for no watch, `input` `watch.state` for a state of another version,
 * one that was learned as another kind, in another zone or to tell something else, of the future, or a second one of a series; then nothing
 * is changed.
 */
export async function warm(deps: Desk, id: string, learned: readonly Learned[], actor: Actor): Promise<Warmed> {
  const { watch: settings } = deps.settings;
  const watch = watchesOf(await deps.catalogue.active(), settings).find((one) => one.id === id);
  if (watch === undefined) throw absent('watch.unknown', `there is no watch ${id}`);
  if (deps.metrics === null) throw refused('watch.prometheus', 'no Prometheus is configured');
  const seen = checked(deps, watch, learned);
  // A round may be writing the same shard.
  const warmed = await whileRaced(() => warmOnce(deps, watch, learned, seen));
  if (warmed.taken > 0) await whileRaced(() => record(deps, watch, warmed, actor));
  return warmed;
}

/** How many samples each was learned from. */
function checked({ clock, settings }: Desk, watch: Watch, learned: readonly Learned[]): Seen {
  const given = { kind: watch.kind ?? 'gauge', tz: settings.watch.timeZone, tell: watch.tell };
  const seen = new Map<string, number>();
  for (const [at, one] of learned.entries()) {
    const { series, last, state } = one;
    const wrong = (name: string, message: string, expected: string) =>
      invalid('watch.state', `${series}: ${message}`, { field: `states[${at}].${name}`, expected });
    if (seen.has(series)) throw wrong('series', 'it is there twice', 'each series once');
    if (last * 1000 > clock.now())
      throw wrong('last', 'it was learned from samples of the future', 'a time that is over');
    const other = otherThan(one, given);
    if (other !== null)
      throw wrong(
        other,
        `it was learned ${HOW[other]} ${one[other]}, and the ${other} of the watch is ${given[other]}`,
        `what was learned with --${other} ${given[other]}`,
      );
    const samples = samplesOf(watch, state);
    if (typeof samples === 'string')
      throw wrong('state', samples, 'what this version learned for such a watch, as base64');
    seen.set(series, samples);
  }
  return seen;
}

type Seen = ReadonlyMap<string, number>;

async function warmOnce(deps: Desk, watch: Watch, learned: readonly Learned[], seen: Seen): Promise<Warmed> {
  // What a round has not moved yet would be written without what is to move.
  await regroup(deps);
  const number = shardOf(watch.id, deps.settings.watch.shards);
  const { shard, ...read } = await readShard(deps, number);
  const rules = rulesOf(deps, watch);
  if ((shard.rules[watch.id] ?? rules) !== rules)
    throw failed('watch.changed', `${watch.id} was changed and has not learned anew yet: its next round does`);
  const span = spanOf(deps, undefined);
  const to = shard.upTo[watch.id] ?? span.to / 1000;
  const answer = await since(deps, watch, { ...span, to: to * 1000 });
  const { taken, left } = chosen(watch, shard, answer, learned, seen);
  if (taken.size === 0) return { taken: 0, left };
  const later = answer.flatMap((one): Sampled[] => {
    const own = taken.get(seriesText(one.labels));
    // A watch that was never scored begins here, with all of its series.
    if (own === undefined) return shard.upTo[watch.id] === undefined ? [one] : [];
    return [{ ...one, samples: one.samples.filter(({ t }) => t > own.last) }];
  });
  const { entries } = scoreWatch(
    watch,
    [...taken.values()].map(({ entry }) => entry),
    later,
    {
      timeZone: deps.settings.watch.timeZone,
      tellFrom: Number.POSITIVE_INFINITY,
      now: to,
      silentAfter: Number.POSITIVE_INFINITY,
      step: deps.settings.watch.step / 1000,
    },
  );
  const others = shard.entries.filter((one) => one.watch !== watch.id || !taken.has(seriesText(one.labels)));
  const after = {
    ...shard,
    upTo: { ...shard.upTo, [watch.id]: to },
    rules: { ...shard.rules, [watch.id]: rules },
    entries: [...others, ...entries.map((one) => (taken.has(seriesText(one.labels)) ? unalarmed(watch, one) : one))],
  };
  await writeShard(deps, number, { ...read, shard: after }, `watch/warm/${number}-${deps.ids.next('warm')}`);
  return { taken: taken.size, left };
}

/**
 * Nothing was told of an alarm that is on now. Where it lasts, the next round finds that one begins, and tells it; where it was none
 * any more, nobody waits for its end.
 */
function unalarmed({ tell }: Watch, entry: Entry): Entry {
  const series = open({ tell }, entry.state);
  quiet(series);
  return { ...entry, alarmSince: null, untold: undefined, state: bytes(series) };
}

/** How often less is asked for at once, down to a sample of each series. */
const TRIES = 14;

/** The whole past of a watch up to now. Throws `failed` `watch.prometheus` where it cannot be had: half of it would be a gap in what was learned. */
async function since(deps: Desk, watch: Watch, span: Span): Promise<readonly Sampled[]> {
  const whole = new Map<string, { labels: Sampled['labels']; samples: Sampled['samples'][number][] }>();
  const { problem, piece } = await askInPieces(deps, watch, span, {
    piece: null,
    tries: TRIES,
    over: () => false,
    take: (answer) => {
      for (const { labels, samples } of answer) {
        const name = seriesText(labels);
        const known = whole.get(name);
        if (known === undefined) whole.set(name, { labels, samples: [...samples] });
        else for (const sample of samples) known.samples.push(sample);
      }
    },
  });
  if (piece !== null) throw failed('watch.prometheus', `${watch.id}: ${problem}`, { retryable: true });
  return [...whole.values()];
}

interface Chosen {
  readonly taken: ReadonlyMap<string, { readonly entry: Entry; readonly last: number }>;
  readonly left: Warmed['left'];
}

function chosen(
  watch: Watch,
  shard: Shard,
  answer: readonly Sampled[],
  learned: readonly Learned[],
  seen: Seen,
): Chosen {
  const own = shard.entries.filter((one) => one.watch === watch.id);
  const known = new Map(own.map((one) => [seriesText(one.labels), one]));
  const now = new Map(answer.map((one) => [seriesText(one.labels), one]));
  const taken = new Map<string, { entry: Entry; last: number }>();
  const left: { series: string; why: string }[] = [];
  for (const { series, last, state } of learned) {
    const why = unfit(watch, known.get(series), now.get(series), last, seen.get(series) ?? 0);
    const { labels } = now.get(series) ?? { labels: {} };
    const { past = [] } = known.get(series) ?? {};
    if (why !== null) left.push({ series, why });
    else
      taken.set(series, {
        entry: { watch: watch.id, labels, last: null, alarmSince: null, silent: false, past, state },
        last,
      });
  }
  return { taken, left };
}

/** Why a state is not taken; null where it is. */
function unfit(
  watch: Watch,
  known: Entry | undefined,
  now: Sampled | undefined,
  last: number,
  seen: number,
): string | null {
  if (now === undefined) return 'Prometheus has no such series of this watch';
  if (!now.samples.some(({ t }) => t > last)) return 'Prometheus has no later sample of it';
  if (known === undefined) return null;
  if (toldOf(known) !== undefined) return 'it is in alarm or silent now, and the end of that would be lost';
  const own = samplesOf(watch, known.state);
  return typeof own === 'number' && own >= seen ? 'the watch has learned from as many samples itself' : null;
}

/** In words what is wrong with a state of another version, or of a series that tells something else. */
function samplesOf({ tell }: Watch, state: Uint8Array): number | string {
  try {
    return samplesSeen(open({ tell }, state));
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

async function record(deps: Desk, watch: Watch, { taken }: Warmed, actor: Actor): Promise<void> {
  const { version } = await deps.ledger.record(warmedKey(watch.id));
  await setRecord(
    deps,
    warmedKey(watch.id),
    version,
    { series: taken },
    `states of ${watch.id} learned elsewhere`,
    actor,
  );
}
