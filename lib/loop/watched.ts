import type { Actor } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';
import { anomaliesIn } from '../model/named.ts';
import type { Watch } from '../model/watch.ts';
import type { Entry } from '../watch/shard.ts';
import { watchesOf } from '../watch/watches.ts';
import { load, whileRaced } from './change.ts';
import type { Desk } from './deps.ts';
import { setRecords } from './setRecord.ts';
import { readShards } from './shards.ts';

/** What people said of a watch's anomalies. Nothing follows from it by itself. */
export interface Marks {
  readonly useful: number;
  readonly useless: number;
}
const NONE: Marks = { useful: 0, useless: 0 };

/** As they are kept: all, and those of what the watch is asked for now. */
interface Kept extends Marks {
  readonly lately?: Marks & { readonly asked: string };
}

/** What the alarms of a watch were asked for: marks of another sensitivity say nothing of this one. */
const askedOf = ({ maxFalseAlarmsPerWeek, tell }: Watch): string => `${maxFalseAlarmsPerWeek} ${tell}`;

/** The marks that speak of the watch as it is now; marks of which nobody wrote down what was asked for count as such. */
const lately = (watch: Watch, { lately: own, ...all }: Kept): Marks =>
  own === undefined ? all : own.asked === askedOf(watch) ? own : NONE;
const marksKey = (watch: string) => `marks/${watch}`;

/** A watch as it stands. */
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
  /** What the marks suggest, in words; null where they suggest nothing. */
  readonly suggestion: string | null;
}

/** Every watch with its series, alarms and marks. */
export async function watched(deps: Desk): Promise<readonly Watched[]> {
  const { watch: settings } = deps.settings;
  const { entries: all, upTo, problems } = await readShards(deps);
  const entries = Map.groupBy(all, ({ watch }) => watch);
  const marks = new Map(
    (await deps.ledger.records<Kept>(marksKey(''))).map(({ key, value }) => [key.slice(marksKey('').length), value]),
  );
  return watchesOf(await deps.catalogue.active(), settings).map((watch) => {
    const own = entries.get(watch.id) ?? [];
    const said: Kept = marks.get(watch.id) ?? NONE;
    return {
      ...watch,
      useful: said.useful,
      useless: said.useless,
      series: own.length,
      alarms: own.filter(({ alarmSince }) => alarmSince !== null).length,
      lastAlarm: lastAlarmOf(own),
      scoredUpTo: upTo[watch.id] ?? null,
      problem: problems[watch.id] ?? null,
      precision: said.useful + said.useless === 0 ? null : said.useful / (said.useful + said.useless),
      suggestion: suggestionOf(watch, lately(watch, said)),
    };
  });
}

function lastAlarmOf(entries: readonly Entry[]): number | null {
  const times = entries.flatMap(({ alarmSince, past = [] }) => [alarmSince, past.at(-1)?.t ?? null]);
  return times.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
}

/** Fewer marks are chance. */
const ENOUGH = 5;

function suggestionOf({ maxFalseAlarmsPerWeek: rate }: Watch, { useful, useless }: Marks): string | null {
  if (useful + useless < ENOUGH) return null;
  const precision = useful / (useful + useless);
  if (precision < 0.5)
    return `most of its anomalies were useless: maxFalseAlarmsPerWeek: ${rate / 4} would ask for stronger ones`;
  if (precision > 0.9 && rate <= 1)
    return `nearly all of its anomalies were useful: maxFalseAlarmsPerWeek: ${rate * 4} would show weaker ones too`;
  return null;
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
      return [id, watch === undefined ? useful : { useful, asked: askedOf(watch) }];
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
  return { key: marksKey(watch), expectedVersion: version, value: { ...all, ...latelyOf(value, before, verdict) } };
}

function latelyOf(value: Kept | null, before: Verdict | undefined, verdict: Verdict): Pick<Kept, 'lately'> {
  if (typeof verdict !== 'object') return value?.lately === undefined ? {} : { lately: value.lately };
  const { asked, useful } = verdict;
  if (value?.lately === undefined) return { lately: { ...changed(value ?? NONE, isUseful(before), useful), asked } };
  const known = value.lately.asked === asked ? value.lately : NONE;
  const taken = typeof before === 'object' && before.asked === asked ? before.useful : undefined;
  return { lately: { ...changed(known, taken, useful), asked } };
}

function changed({ useful, useless }: Marks, before: boolean | undefined, now: boolean | undefined): Marks {
  const of = (verdict: boolean, count: number) => count + Number(now === verdict) - Number(before === verdict);
  return { useful: of(true, useful), useless: of(false, useless) };
}
