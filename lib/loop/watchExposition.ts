import type { Labels } from '../model/basic.ts';
import type { Entry, Last } from '../watch/shard.ts';
import type { Desk } from './deps.ts';
import { readShards } from './shards.ts';

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
  const { entries } = await readShards(deps);
  const lines = GAUGES.flatMap(({ name, help, of }) => {
    const full = `nightshift_anomaly_${name}`;
    const samples = entries.flatMap((entry) =>
      // A shard is JSON, which knows no infinity.
      entry.last === null || !Number.isFinite(of(entry.last)) ? [] : [`${full}${labelsOf(entry)} ${of(entry.last)}`],
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

/** What Nightshift itself says of a series. */
const OURS: readonly string[] = ['watch', 'metric'];

/** Series of one watch may differ in nothing but the name of their metric, which is ours here; a label called as ours is moved aside. */
function labelsOf({ watch, labels }: Entry): string {
  const { __name__: metric, ...own }: Labels = labels;
  const taken = new Set([...OURS, ...Object.keys(own)]);
  const moved = Object.entries(own).map(([name, value]): [string, string] => [freed(name, taken), value]);
  const pairs = [...moved, ['watch', watch], ...(metric === undefined ? [] : [['metric', metric]])] as [
    string,
    string,
  ][];
  return `{${pairs
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;
}

/** As Prometheus does with a label that is there twice. */
function freed(name: string, taken: ReadonlySet<string>): string {
  if (!OURS.includes(name)) return name;
  let free = name;
  while (taken.has(free)) free = `exported_${free}`;
  return free;
}

/** The text format knows these three escapes and no other. */
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
