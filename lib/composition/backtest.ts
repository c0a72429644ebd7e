import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileInventory } from '../adapters/embedded/inventory.ts';
import { prometheusMetrics } from '../adapters/remote/prometheus.ts';
import type { AlertEdge } from '../backtest/alerts.ts';
import { type Archived, archiveScorer } from '../backtest/archive.ts';
import { type Comparison, compare, type Replayed } from '../backtest/compare.ts';
import { type Extent, extentKeeper, extentOf, kept } from '../backtest/extent.ts';
import { alertsFor, decideFor, type Progress, type Span, type Watching, watchFor } from '../backtest/replay.ts';
import { compile } from '../catalogue/compile.ts';
import type { WrittenPack } from '../catalogue/pack.ts';
import { canonicalJson } from '../model/canonical.ts';
import { failed, invalid } from '../model/errors.ts';
import type { Watch } from '../model/watch.ts';
import type { Metrics } from '../ports/metrics.ts';
import { watchesOf } from '../watch/watches.ts';
import { type Side, scenes } from './backtestPorts.ts';
import { checkBeside, readPacks, readPolicies, readSettings, sha256 } from './catalogueFiles.ts';
import { PACKS } from './packs.ts';

export interface BacktestOptions extends Span {
  /** Folders of nightshift.yaml, policies/ and inventory.yaml; null compares with nothing. */
  readonly old: string | null;
  readonly new: string;
  /** Instead of the configured one. */
  readonly prometheus: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
}

export interface BacktestReport {
  readonly old: (Replayed & { readonly folder: string }) | null;
  readonly new: Replayed & { readonly folder: string };
  readonly comparison: Comparison | null;
  /** Alerts that fired in the time, the heartbeat among them. */
  readonly alerts: number;
  /** What was found of the time between `from` and `to`, by samples with a number. */
  readonly recorded: Extent;
}

/** A range of many points takes its time. */
const TIMEOUT = 60_000;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Replays what Prometheus recorded through one or two configurations. Nothing is sent, told or written: no port that could is
 * given, and the import rule keeps those that can out of reach. Throws `input` `backtest.*`, what reading a configuration
 * throws, and `failed` `metrics.unavailable`, `backtest.alerts` and `backtest.history`.
 */
export async function backtest(options: BacktestOptions): Promise<BacktestReport> {
  const { fresh, old } = await sidesOf(options);
  const keeper = extentKeeper(options.from, options.to);
  const source = remembering(kept(sourceOf(options, fresh, old), keeper));
  const named =
    (name: string): Progress =>
    (what, share) =>
      options.progress(`${name}: ${what}`, share);
  const alerts = await alertsFor(source, options, named('history'));
  const told = await watchFor(scenes(fresh, source, options.to), options, named('new'));
  const replayed = await replay(fresh, source, options, told, alerts, named('new'));
  const count = alerts.filter(({ status }) => status === 'firing').length;
  if (old === null)
    return { old: null, new: replayed, comparison: null, alerts: count, recorded: extentOf(keeper, told.problems) };
  const same = watchText(old) === watchText(fresh);
  const before = same ? told : await watchFor(scenes(old, source, options.to), options, named('old'));
  const recorded = extentOf(keeper, [...told.problems, ...before.problems]);
  const earlier = await replay(old, source, options, before, alerts, named('old'));
  return { old: earlier, new: replayed, comparison: compare(earlier, replayed), alerts: count, recorded };
}

/**
 * The samples of an archive through the watch lists alone: a series that is named as a watch is scored as that, any other with
 * what is set for all. Throws as `backtest` does, but for Prometheus, which is not asked.
 */
export async function backtestArchive(
  options: Pick<BacktestOptions, 'old' | 'new' | 'environment' | 'from'>,
  samples: AsyncIterable<Archived>,
): Promise<BacktestReport> {
  const { fresh, old } = await sidesOf(options);
  const sides = [fresh, ...(old === null ? [] : [old])].map((side) => {
    const scorer = archiveScorer((series) => watchNamed(side, series), side.settings.watch.timeZone, options.from);
    return { side, scorer };
  });
  const keeper = extentKeeper(options.from, Number.POSITIVE_INFINITY);
  for await (const sample of samples) {
    keeper.add(sample);
    for (const { scorer } of sides) scorer.add(sample);
  }
  const recorded = extentOf(keeper, []);
  const [later, earlier] = sides.map(({ side, scorer }) => ({
    folder: side.folder,
    bundleHash: side.bundle.hash,
    watches: scorer.watches(),
    alarms: scorer.alarms(),
    incidents: [],
    decisions: [],
    problems: [],
  }));
  if (later === undefined) throw failed('backtest.sides', 'there is no configuration');
  if (earlier === undefined) return { old: null, new: later, comparison: null, alerts: 0, recorded };
  return { old: earlier, new: later, comparison: compare(earlier, later), alerts: 0, recorded };
}

function watchNamed({ settings, bundle }: Side, series: string): Watch {
  const { maxFalseAlarmsPerWeek, tell } = settings.watch;
  const any: Watch = { id: series, title: series, expr: '', unit: '', direction: 'both', maxFalseAlarmsPerWeek, tell };
  return watchesOf(bundle, settings.watch).find(({ id }) => id === series) ?? any;
}

async function sidesOf(
  options: Pick<BacktestOptions, 'old' | 'new' | 'environment'>,
): Promise<{ readonly fresh: Side; readonly old: Side | null }> {
  const packs = await readPacks(PACKS);
  const fresh = await sideOf(packs, options.new, '--new', options.environment);
  return {
    fresh,
    old: options.old === null ? null : await sideOf(packs, options.old, '--old', options.environment),
  };
}

async function replay(
  side: Side,
  source: Metrics,
  options: BacktestOptions,
  told: Watching,
  alerts: readonly AlertEdge[],
  progress: Progress,
) {
  const found = await decideFor(scenes(side, source, options.to), options, told, alerts, progress);
  return { folder: side.folder, ...found };
}

/**
 * Everything that the watch list's findings depend on: where it is the same, so are they. The labels say which series are of one
 * place, and so how many agree.
 */
const watchText = ({ settings, bundle }: Side): string =>
  canonicalJson([watchesOf(bundle, settings.watch), settings.watch, settings.labels, settings.sweep.reconcileEvery]);

const PARTS = ['nightshift.yaml', 'policies', 'inventory.yaml'];

async function sideOf(
  packs: readonly WrittenPack[],
  named: string,
  field: string,
  environment: BacktestOptions['environment'],
): Promise<Side> {
  const folder = resolve(named);
  const there = PARTS.map((part) => join(folder, part)).filter((path) => existsSync(path));
  if (there.length === 0)
    throw invalid('backtest.folder', `${named} is no folder with a configuration`, {
      field,
      expected: `a folder with ${PARTS.join(', ')}, or some of them`,
    });
  const [file, , inventory] = PARTS.map((part) => there.find((path) => path === join(folder, part)) ?? null);
  const settings = await readSettings(file ?? null, environment);
  const bundle = compile(packs, await readPolicies(join(folder, 'policies')), sha256);
  await checkBeside(bundle, settings, file ?? null);
  return {
    folder: named,
    settings,
    bundle,
    hosts: await fileInventory(inventory ?? null).hosts(),
  };
}

function sourceOf(options: BacktestOptions, fresh: Side, old: Side | null): Metrics {
  const url = options.prometheus ?? fresh.settings.prometheus?.url ?? old?.settings.prometheus?.url;
  if (url !== undefined && /^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/.test(url))
    return prometheusMetrics({ url: url.replace(/\/+$/, ''), timeout: TIMEOUT, maxBytes: MAX_BYTES });
  throw invalid('backtest.prometheus', url === undefined ? 'no Prometheus is named' : `${url} is no address`, {
    field: '--prometheus',
    expected: 'http://… or https://…, or prometheus.url in nightshift.yaml',
  });
}

/** Both sides ask much of the same at the same times: the past does not change. */
function remembering(source: Metrics): Metrics {
  const answers = new Map<string, ReturnType<Metrics['instant']>>();
  return {
    ...source,
    instant: (expr, at) => {
      const key = `${at} ${expr}`;
      const known = answers.get(key) ?? source.instant(expr, at);
      answers.set(key, known);
      return known;
    },
  };
}
