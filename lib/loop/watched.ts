import type { Actor } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';
import { anomaliesIn } from '../model/named.ts';
import type { Watch, WatchSettings } from '../model/watch.ts';
import type { Entry } from '../watch/shard.ts';
import { watchesOf } from '../watch/watches.ts';
import { load, whileRaced } from './change.ts';
import type { Desk } from './deps.ts';
import { setRecords } from './setRecord.ts';
import { readShards } from './shards.ts';
import { rulesOf } from './watchOne.ts';

/** What people said of a watch's anomalies. Nothing follows from it by itself. */
export interface Marks {
  readonly useful: number;
  readonly useless: number;
}
const NONE: Marks = { useful: 0, useless: 0 };

/** As they are kept: all, and those of each that the watch was asked for. */
interface Kept extends Marks {
  readonly of?: Readonly<Record<string, Marks>>;
}

/** What the alarms of a watch were asked for: marks of another query or sensitivity say nothing of this one. */
const askedOf = (deps: Desk, watch: Watch): string =>
  `${watch.maxFalseAlarmsPerWeek} ${watch.direction} ${rulesOf(deps, watch)}`;

const total = ({ useful, useless }: Marks) => useful + useless;
const marksKey = (watch: string) => `marks/${watch}`;

/** A watch as it stands; its marks are those of what it is asked for now. */
export interface Watched extends Watch, Marks {
  readonly series: number;
  /** Series in alarm now. */
  readonly alarms: number;
  /** Unix seconds at which the last alarm of any of its series began, also in the past that it learned from; null for none known. */
  readonly lastAlarm: number | null;
  /** Unix seconds of the last sample that was asked for; null before the first round. */
  readonly scoredUpTo: number | null;
  /** Why it could not be scored, or not all of it, in the last round that tried; null where nothing was wrong. */
  readonly problem: string | null;
  /** Share of the marked anomalies that were useful; null where none was marked. */
  readonly precision: number | null;
  /** Marks of another query or sensitivity: they say nothing of this one. */
  readonly earlier: number;
  /** What the marks suggest, in words; null where they suggest nothing. */
  readonly suggestion: string | null;
}

/** Every watch with its series, alarms and marks. */
export async function watched(deps: Desk): Promise<readonly Watched[]> {
  const { watch: settings } = deps.settings;
  const { entries: scored, upTo, problems } = await readShards(deps);
  const entries = Map.groupBy(scored, ({ watch }) => watch);
  const marks = new Map(
    (await deps.ledger.records<Kept>(marksKey(''))).map(({ key, value }) => [key.slice(marksKey('').length), value]),
  );
  return watchesOf(await deps.catalogue.active(), settings).map((watch) => {
    const own = entries.get(watch.id) ?? [];
    const all: Kept = marks.get(watch.id) ?? NONE;
    const said = all.of?.[askedOf(deps, watch)] ?? NONE;
    return {
      ...watch,
      useful: said.useful,
      useless: said.useless,
      series: own.length,
      alarms: own.filter(({ alarmSince }) => alarmSince !== null).length,
      lastAlarm: lastAlarmOf(own),
      scoredUpTo: upTo[watch.id] ?? null,
      problem: problems[watch.id] ?? null,
      precision: total(said) === 0 ? null : said.useful / total(said),
      earlier: total(all) - total(said),
      suggestion: suggestionOf(watch, said, settings),
    };
  });
}

function lastAlarmOf(entries: readonly Entry[]): number | null {
  const times = entries.flatMap(({ alarmSince, past = [] }) => [alarmSince, past.at(-1)?.t ?? null]);
  return times.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
}

/** Fewer marks are chance. */
const ENOUGH = 5;

function suggestionOf(watch: Watch, marks: Marks, settings: WatchSettings): string | null {
  if (total(marks) < ENOUGH) return null;
  const precision = marks.useful / total(marks);
  const rate = watch.maxFalseAlarmsPerWeek;
  const field = fieldOf(watch, settings);
  if (precision < 0.5) return `most of its anomalies were useless: ${field}: ${rate / 4} would ask for stronger ones`;
  if (precision > 0.9 && rate <= 1)
    return `nearly all of its anomalies were useful: ${field}: ${rate * 4} would show weaker ones too`;
  return null;
}

/** Where the sensitivity of this watch alone is set. */
function fieldOf({ id }: Watch, { own }: WatchSettings): string {
  const index = own.findIndex((one) => one.id === id);
  return `watch.${index < 0 ? `indicators.${id}` : `own[${index}]`}.maxFalseAlarmsPerWeek`;
}

/** What was said of one incident: for each watch whose anomalies were in it, whether they were useful. */
export type Said = Readonly<Record<string, boolean>>;
/** With what the watch was asked for then; not where it was said before that was written down. */
type Verdict = boolean | { readonly useful: boolean; readonly asked: string };
type Verdicts = Readonly<Record<string, Verdict>>;
const saidKey = (incident: string) => `marked/${incident}`;
const isUseful = (verdict: Verdict | undefined): boolean | undefined =>
  typeof verdict === 'object' ? verdict.useful : verdict;

export async function saidOf({ ledger }: Pick<Desk, 'ledger'>, incidentId: string): Promise<Said> {
  const { value } = await ledger.record<Verdicts>(saidKey(incidentId));
  return Object.fromEntries(Object.entries(value ?? {}).map(([watch, verdict]) => [watch, isUseful(verdict) === true]));
}

/**
 * A named person says of an incident whether its anomalies were worth telling. It counts once for each watch that is in it, whoever
 * says it how often: the last word stands.
 */
export async function mark(deps: Desk, incidentId: string, useful: boolean, actor: Actor): Promise<readonly string[]> {
  const { episodes } = await load(deps, incidentId);
  const watches = anomaliesIn(episodes);
  if (watches.length === 0)
    throw invalid('watch.mark', `incident ${incidentId} holds no anomaly`, { field: 'id', expected: 'one that does' });
  const reason = `the anomaly in ${incidentId} was ${useful ? 'useful' : 'useless'}`;
  const list = new Map(watchesOf(await deps.catalogue.active(), deps.settings.watch).map((one) => [one.id, one]));
  await whileRaced(async () => {
    const { version, value } = await deps.ledger.record<Verdicts>(saidKey(incidentId));
    const before = value ?? {};
    const changed = watches.filter((watch) => isUseful(before[watch]) !== useful);
    if (changed.length === 0) return;
    const verdicts = changed.map((id): [string, Verdict] => {
      const watch = list.get(id);
      return [id, watch === undefined ? useful : { useful, asked: askedOf(deps, watch) }];
    });
    const counts = await Promise.all(verdicts.map(([id, verdict]) => counted(deps, id, before[id], verdict)));
    const after: Verdicts = { ...before, ...Object.fromEntries(verdicts) };
    const said = { key: saidKey(incidentId), expectedVersion: version, value: after };
    await setRecords(deps, [said, ...counts], reason, actor);
  });
  return watches;
}

/** What was said of the incident before is taken back. */
async function counted(deps: Desk, watch: string, before: Verdict | undefined, verdict: Verdict) {
  const { version, value } = await deps.ledger.record<Kept>(marksKey(watch));
  const all = changed(value ?? NONE, isUseful(before), isUseful(verdict));
  return { key: marksKey(watch), expectedVersion: version, value: { ...all, of: ofEach(value?.of, before, verdict) } };
}

/** A mark is counted for what was asked for when it was made, and for nothing else. */
function ofEach(of: Kept['of'], before: Verdict | undefined, verdict: Verdict): Kept['of'] {
  const each = new Map(Object.entries(of ?? {}));
  const count = (one: Verdict | undefined, was: boolean | undefined, is: boolean | undefined) => {
    if (typeof one === 'object') each.set(one.asked, changed(each.get(one.asked) ?? NONE, was, is));
  };
  count(before, isUseful(before), undefined);
  count(verdict, undefined, isUseful(verdict));
  return Object.fromEntries(each);
}

function changed({ useful, useless }: Marks, before: boolean | undefined, now: boolean | undefined): Marks {
  const of = (verdict: boolean, count: number) => count + Number(now === verdict) - Number(before === verdict);
  return { useful: of(true, useful), useless: of(false, useless) };
}
