import { promqlString } from '../language/selectors.ts';
import type { Actor, Labels } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';
import type { Watch } from '../model/watch.ts';
import type { Entry, Last } from '../watch/shard.ts';
import { watchesOf } from '../watch/watches.ts';
import { load } from './change.ts';
import type { Desk } from './deps.ts';
import { setRecord } from './setRecord.ts';
import { readShard } from './shards.ts';

/** What people said of a watch's anomalies. Nothing follows from it by itself. */
export interface Marks {
  readonly useful: number;
  readonly useless: number;
}
const NONE: Marks = { useful: 0, useless: 0 };
const marksKey = (watch: string) => `marks/${watch}`;

/** A watch as it stands. */
export interface Watched extends Watch, Marks {
  readonly series: number;
  /** Series in alarm now. */
  readonly alarms: number;
  /** Unix seconds of the last sample that was asked for; null before the first round. */
  readonly scoredUpTo: number | null;
  /** Share of the marked anomalies that were useful; null where none was marked. */
  readonly precision: number | null;
  /** What the marks suggest, in words; null where they suggest nothing. */
  readonly suggestion: string | null;
}

/** Every watch with its series, alarms and marks. */
export async function watched(deps: Desk): Promise<readonly Watched[]> {
  const { watch: settings } = deps.settings;
  const shards = await Promise.all(Array.from({ length: settings.shards }, (_, at) => readShard(deps, at)));
  const entries = Map.groupBy(
    shards.flatMap(({ shard }) => shard.entries),
    ({ watch }) => watch,
  );
  const upTo: Readonly<Record<string, number>> = Object.assign({}, ...shards.map(({ shard }) => shard.upTo));
  const marks = new Map(
    (await deps.ledger.records<Marks>(marksKey(''))).map(({ key, value }) => [key.slice(marksKey('').length), value]),
  );
  return watchesOf(await deps.catalogue.active(), settings).map((watch) => {
    const own = entries.get(watch.id) ?? [];
    const said = marks.get(watch.id) ?? NONE;
    return {
      ...watch,
      ...said,
      series: own.length,
      alarms: own.filter(({ alarmSince }) => alarmSince !== null).length,
      scoredUpTo: upTo[watch.id] ?? null,
      precision: said.useful + said.useless === 0 ? null : said.useful / (said.useful + said.useless),
      suggestion: suggestionOf(watch, said),
    };
  });
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

/** A named person says of an incident whether its anomalies were worth telling. Once for each watch that is in it. */
export async function mark(deps: Desk, incidentId: string, useful: boolean, actor: Actor): Promise<readonly string[]> {
  const { episodes } = await load(deps, incidentId);
  const watches = [
    ...new Set(episodes.flatMap(({ labels, source }) => (source === 'watch' ? (labels.watch ?? []) : []))),
  ];
  if (watches.length === 0)
    throw invalid('watch.mark', `incident ${incidentId} holds no anomaly`, { field: 'id', expected: 'one that does' });
  for (const watch of watches) {
    const { version, value } = await deps.ledger.record<Marks>(marksKey(watch));
    const before = value ?? NONE;
    const after = useful ? { ...before, useful: before.useful + 1 } : { ...before, useless: before.useless + 1 };
    const reason = `the anomaly in ${incidentId} was ${useful ? 'useful' : 'useless'}`;
    await setRecord(deps, marksKey(watch), version, after, reason, actor);
  }
  return watches;
}

const GAUGES: readonly { readonly name: string; readonly help: string; readonly of: (last: Last) => number }[] = [
  {
    name: 'score',
    help: 'How strongly the features of the last sample speak for an anomaly.',
    of: ({ score }) => score,
  },
  { name: 'severity', help: 'Ranks the last samples of all series.', of: ({ severity }) => severity },
  { name: 'expected', help: 'What was expected of the last sample.', of: ({ expected }) => expected },
  { name: 'lower', help: 'Lower end of the band in which most values are.', of: ({ lower }) => lower },
  { name: 'upper', help: 'Upper end of the band in which most values are.', of: ({ upper }) => upper },
];

/** Scores and bands as Prometheus text, with the labels of the series: to be scraped with honor_labels. */
export async function watchExposition(deps: Desk): Promise<string> {
  const shards = await Promise.all(Array.from({ length: deps.settings.watch.shards }, (_, at) => readShard(deps, at)));
  const entries = shards.flatMap(({ shard }) => shard.entries);
  const lines = GAUGES.flatMap(({ name, help, of }) => {
    const full = `nightshift_anomaly_${name}`;
    const samples = entries.flatMap((entry) =>
      entry.last === null ? [] : [`${full}${labelsOf(entry)} ${of(entry.last)}`],
    );
    return samples.length === 0 ? [] : [`# HELP ${full} ${help}`, `# TYPE ${full} gauge`, ...samples];
  });
  const alarms = entries.map(
    (entry) => `nightshift_anomaly_alarm${labelsOf(entry)} ${entry.alarmSince === null ? 0 : 1}`,
  );
  if (alarms.length > 0)
    lines.push(
      '# HELP nightshift_anomaly_alarm 1 while the series is in alarm.',
      '# TYPE nightshift_anomaly_alarm gauge',
      ...alarms,
    );
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function labelsOf({ watch, labels }: Entry): string {
  const { __name__: _, ...own }: Labels = labels;
  const pairs = Object.entries({ ...own, watch }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${pairs.map(([name, value]) => `${name}=${promqlString(value)}`).join(',')}}`;
}
