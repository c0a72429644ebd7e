import type { Labels } from '../model/basic.ts';
import type { Entry, Last } from '../watch/shard.ts';
import { watchesOf } from '../watch/watches.ts';
import type { Desk } from './deps.ts';
import { readShards } from './shards.ts';

const GAUGES: readonly { readonly name: string; readonly help: string; readonly of: (last: Last) => number }[] = [
  { name: 'value', help: 'The last sample; of a counter its rate per second.', of: ({ v }) => v },
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

/** Seconds after which Prometheus itself takes a series for gone, and as many steps where these are long. */
const FRESH = 300;
const FRESH_STEPS = 5;

/**
 * Scores and bands as Prometheus text, with the labels of the series: to be scraped with honor_labels. Of a series that is not heard
 * of any more only stands there what is told of it; how far each watch was scored, and whether anything was wrong, for all of them.
 */
export async function watchExposition(deps: Desk): Promise<string> {
  const { watch: settings } = deps.settings;
  const { entries, upTo, problems } = await readShards(deps);
  const oldest = deps.clock.now() / 1000 - Math.max(FRESH, (FRESH_STEPS * settings.step) / 1000);
  const fresh = entries.flatMap((entry) =>
    entry.last === null || entry.last.t < oldest ? [] : [{ entry, last: entry.last }],
  );
  const watches = watchesOf(await deps.catalogue.active(), settings).map(({ id }) => id);
  const ofWatch = (id: string) => `{watch="${escaped(id)}"}`;
  const families = [
    ...GAUGES.map(({ name, help, of }) => ({
      name: `nightshift_anomaly_${name}`,
      help,
      // A shard is JSON, which knows no infinity.
      samples: fresh.flatMap(({ entry, last }) =>
        Number.isFinite(of(last)) ? [`${labelsOf(entry)} ${of(last)}`] : [],
      ),
    })),
    {
      name: 'nightshift_anomaly_alarm',
      help: '1 while the series is in alarm.',
      samples: entries.map((entry) => `${labelsOf(entry)} ${entry.alarmSince === null ? 0 : 1}`),
    },
    {
      name: 'nightshift_anomaly_silent',
      help: '1 while it is told that the series is silent.',
      samples: entries.map((entry) => `${labelsOf(entry)} ${entry.silent ? 1 : 0}`),
    },
    {
      name: 'nightshift_watch_scored_timestamp_seconds',
      help: 'Up to when the watch was scored.',
      samples: watches.flatMap((id) => (upTo[id] === undefined ? [] : [`${ofWatch(id)} ${upTo[id]}`])),
    },
    {
      name: 'nightshift_watch_problem',
      help: '1 where the watch could not be scored, or not all of it, in the last round that tried.',
      samples: watches.map((id) => `${ofWatch(id)} ${problems[id] === undefined ? 0 : 1}`),
    },
  ];
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, samples }) =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples.map((sample) => `${name}${sample}`), ''].join('\n'),
    )
    .join('');
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

/**
 * As Prometheus does with a label that is there twice. A name of another alphabet, `service.name`, would make the whole page
 * unreadable to who scrapes it: with underscores, as Prometheus itself writes it for those who know no other.
 */
function freed(name: string, taken: Set<string>): string {
  const plain = name.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=[0-9]|$)/, '_');
  if (plain === name && !OURS.includes(name)) return name;
  let free = plain;
  while (taken.has(free)) free = `exported_${free}`;
  taken.add(free);
  return free;
}

/** The text format knows these three escapes and no other. */
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
