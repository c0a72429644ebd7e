import type { Millis } from '../model/basic.ts';
import { describe, isNightshiftError } from '../model/errors.ts';
import type { Watch } from '../model/watch.ts';
import type { Series } from '../ports/metrics.ts';
import { type Finding, forgotten, isOf, scoreWatch } from '../watch/score.ts';
import type { Shard } from '../watch/shard.ts';
import { agreement, signalOf } from '../watch/signals.ts';
import { shardOf, watchesOf } from '../watch/watches.ts';
import type { Desk } from './deps.ts';
import { hear } from './hear.ts';
import { readShard, writeShard } from './shards.ts';

/** Points of one answer that Prometheus gives at most (11,000), with room. */
const POINTS = 10_000;

/** Prometheus itself repeats a series for so long after its last sample. */
const LOOKBACK = 5 * 60_000;
/** So many steps without a sample are no scrape that failed once. */
const SILENT = 5;

/** What one round did, for people and tests. */
export interface WatchRound {
  readonly series: number;
  readonly signals: number;
  readonly problems: readonly string[];
}

/** One round over the whole watch list, each minute: what has come since the last is scored in order, once. */
export async function watchOnce(deps: Desk): Promise<WatchRound> {
  const { watch: settings } = deps.settings;
  if (deps.metrics === null) return { series: 0, signals: 0, problems: [] };
  const watches = watchesOf(await deps.catalogue.active(), settings);
  let [series, signals] = [0, 0];
  const problems: string[] = [];
  for (let shard = 0; shard < settings.shards; shard += 1) {
    const mine = watches.filter((one) => shardOf(one, settings.shards) === shard);
    const round = await watchShard(deps, shard, mine);
    series += round.series;
    signals += round.signals;
    problems.push(...round.problems);
  }
  if (problems.length > 0) deps.log.warn('some watches could not be scored', { problems: problems.slice(0, 10) });
  return { series, signals, problems };
}

async function watchShard(deps: Desk, number: number, watches: readonly Watch[]): Promise<WatchRound> {
  const { version, shard: before } = await readShard(deps, number);
  const { after, findings, problems } = await scored(deps, before, watches);
  const { together } = deps.settings.watch;
  const now = deps.clock.now();
  const context = {
    receivedAt: now,
    nextId: () => deps.ids.next('sig'),
    sha256: deps.sha256,
    agreeing: agreement(after.entries, together / 1000, now / 1000),
  };
  const signals = findings.map((finding) => signalOf(finding, context));
  // Heard before the state moves: a crash between the two tells twice what triage knows to be the same.
  await hear(deps, signals, false);
  await writeShard(deps, number, { version, shard: after });
  return { series: after.entries.length, signals: signals.length, problems };
}

async function scored(deps: Desk, before: Shard, watches: readonly Watch[]) {
  const findings: Finding[] = [];
  const problems: string[] = [];
  const entries: Shard['entries'][number][] = [];
  const upTo: Record<string, number> = {};
  const byWatch = Map.groupBy(before.entries, ({ watch }) => watch);
  for (const watch of watches) {
    const known = byWatch.get(watch.id) ?? [];
    // A watch that was changed learns from its past like one that is new.
    const goesOn = isOf(watch, known);
    const asked = askedOf(deps, goesOn ? before.upTo[watch.id] : undefined);
    const answer = await askWithPast(deps, watch, asked);
    if (typeof answer === 'string') {
      problems.push(`${watch.id}: ${answer}`);
      entries.push(...known);
      if (before.upTo[watch.id] !== undefined) upTo[watch.id] = before.upTo[watch.id] as number;
      continue;
    }
    const round = scoreWatch(watch, goesOn ? known : forgotten(known), answer, {
      timeZone: deps.settings.watch.timeZone,
      tellFrom: asked.tellFrom,
      now: asked.to / 1000,
      silentAfter: Math.max(LOOKBACK, SILENT * deps.settings.watch.step) / 1000,
    });
    entries.push(...round.entries);
    findings.push(...round.findings);
    upTo[watch.id] = asked.to / 1000;
  }
  return { after: { upTo, entries } satisfies Shard, findings, problems };
}

interface Asked {
  readonly from: Millis;
  readonly to: Millis;
  /** Unix seconds. */
  readonly tellFrom: number;
}

/** From the sample after the last one, on a grid of steps; a watch that is new begins with its past, and tells nothing of it. */
export function askedOf({ settings, clock }: Desk, upTo: number | undefined): Asked {
  const { step, delay, past } = settings.watch;
  const to = Math.floor((clock.now() - delay) / step) * step;
  const earliest = to - Math.min(past, POINTS * step);
  const from = upTo === undefined ? earliest : Math.max(earliest, upTo * 1000 + step);
  return { from, to, tellFrom: (upTo === undefined ? to : from) / 1000 };
}

/** A past that is too much for one answer is done without. */
export async function askWithPast(deps: Desk, watch: Watch, asked: Asked): Promise<readonly Series[] | string> {
  const answer = await ask(deps, watch, asked);
  const isNew = asked.tellFrom === asked.to / 1000;
  return typeof answer === 'string' && isNew ? ask(deps, watch, { ...asked, from: asked.to }) : answer;
}

/** The series, or why there are none. */
async function ask(deps: Desk, { expr }: Watch, { from, to }: Asked): Promise<readonly Series[] | string> {
  const { step, maxSeries } = deps.settings.watch;
  if (deps.metrics === null || from > to) return [];
  try {
    const answer = await deps.metrics.range(expr, from, to, step);
    if (answer.length <= maxSeries) return answer;
    return `${answer.length} series, and at most ${maxSeries} are watched: aggregate, or raise watch.maxSeries`;
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    return describe(error);
  }
}
