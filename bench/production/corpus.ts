import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitter } from '../../lib/language/records.ts';
import type { Event } from '../scoring/troubles.ts';
import type { World } from '../scoring/worlds.ts';

const WEEK = 604_800;
const DAY = 86_400;
/** Share of a series in which nothing counts: a detector may learn there. */
const PROBATION = 0.2;

/** A public set of production series whose troubles people have labelled. */
export interface Corpus {
  readonly name: string;
  readonly about: string;
  /** Where it is published, at the commit that was measured. Not part of this repository: its series are not ours to give away. */
  readonly repository: string;
  readonly commit: string;
  readonly folder: string;
  /** Whether a series, by its place in the order of names, was looked at while the scorer was made. */
  readonly isSeen: (at: number) => boolean;
  /** Series nobody looked at before they were measured. */
  readonly isHeldOut: (at: number) => boolean;
  readonly read: (folder: string) => readonly World[];
}

const CSTCLOUD = {
  repository: 'https://github.com/CSTCloudOps/datasets',
  commit: '0c6dfa195a5af8ef75938bc1ca6b870e49c7b14a',
  isSeen: (at: number) => at % 4 === 0,
  isHeldOut: (at: number) => at % 2 === 1,
  read: arrays,
};

export const CORPORA: readonly Corpus[] = [
  { ...CSTCLOUD, name: 'WSD', about: 'web services of three companies, a sample a minute', folder: 'UTS/WSD' },
  { ...CSTCLOUD, name: 'AIOPS', about: 'indicators of five internet companies, 1 or 5 minutes', folder: 'UTS/AIOPS' },
  {
    name: 'Microsoft',
    about: 'cloud monitoring, a sample a minute or an hour',
    repository: 'https://github.com/microsoft/cloud-monitoring-dataset',
    commit: '6a07a53c2fac495fb6831811df4c980d6c04bd10',
    folder: 'data',
    isSeen: (at) => at % 2 === 0,
    isHeldOut: (at) => at % 2 === 1,
    read: tables,
  },
];

/** Where the repository of a set is expected below the folder of all. */
export const cloneOf = ({ repository }: Corpus, folder: string): string =>
  join(folder, repository.slice(repository.lastIndexOf('/') + 1));

/** In the order of names; throws where the set is not there. */
export function readCorpus(corpus: Corpus, folder: string): readonly World[] {
  const place = join(cloneOf(corpus, folder), corpus.folder);
  if (!existsSync(place)) throw new Error(`${place} is not there`);
  return corpus.read(place);
}

/** A folder a series, whose times, values and labels lie in two halves of arrays as NumPy keeps them. */
function arrays(folder: string): readonly World[] {
  return namesIn(folder).map((name, at) => {
    const of = (what: string) => {
      const halves = ['train', 'test'].map((half) => numbersOf(join(folder, name, `${half}${what}.npy`)));
      return Float64Array.from(halves.flatMap((half) => [...half]));
    };
    return worldOf(name, at, of('_timestamp'), of(''), of('_label'));
  });
}

/** A CSV file a series: TimeStamp, Value, Label. */
function tables(folder: string): readonly World[] {
  const files = namesIn(folder).flatMap((domain) =>
    namesIn(join(folder, domain))
      .filter((name) => name.endsWith('.csv'))
      .map((name) => join(domain, name)),
  );
  return files.map((file, at) => {
    const split = splitter({ delimiter: ',', quoted: true });
    const [, ...records] = split(readFileSync(join(folder, file), 'utf8').replace(/^\ufeff/, ''), true);
    const rows = records
      .map(({ cells: [said = '', value = '', label = ''] }) => ({ time: secondsOf(said), value, label }))
      .sort((a, b) => a.time - b.time);
    return worldOf(
      file,
      at,
      Float64Array.from(rows, ({ time }) => time),
      Float64Array.from(rows, ({ value }) => (value === '' ? Number.NaN : Number(value))),
      Float64Array.from(rows, ({ label }) => Number(label)),
    );
  });
}

/** UTC where nothing else is said. */
function secondsOf(said: string): number {
  const iso = said.replace(' ', 'T');
  return Date.parse(iso.endsWith('Z') ? iso : `${iso}Z`) / 1000;
}

/** Code units, so that the order is the same everywhere. */
const namesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();

/** A vector of float64, the one kind these sets hold: a reader of all that NumPy can write would be a dependency for ten lines. */
function numbersOf(file: string): Float64Array {
  const bytes = readFileSync(file);
  const from = 10 + bytes.readUInt16LE(8);
  const head = bytes.toString('latin1', 10, from);
  if (bytes.toString('latin1', 1, 6) !== 'NUMPY' || bytes[6] !== 1 || !/'<f8'.*False.*\(\d+,\)/.test(head))
    throw new Error(`${file} is no vector of little-endian float64: ${head.trim()}`);
  return Float64Array.from({ length: (bytes.length - from) / 8 }, (_, at) => bytes.readDoubleLE(from + 8 * at));
}

function worldOf(kind: string, seed: number, times: Float64Array, values: Float64Array, labels: Float64Array): World {
  const events: Event[] = [];
  const probation = Math.round(PROBATION * times.length);
  for (let at = probation; at < labels.length; at += 1) {
    if (labels[at] !== 1) continue;
    const from = at;
    while (labels[at + 1] === 1) at += 1;
    events.push([from, at]);
  }
  const gaps = Array.from(times.subarray(1), (time, at) => time - (times[at] ?? 0)).sort((a, b) => a - b);
  const interval = gaps[Math.floor(gaps.length / 2)] ?? 60;
  const weeks = ((times.at(-1) ?? 0) - (times[probation] ?? 0)) / WEEK;
  return { kind, seed, times, values, events, day: DAY / interval, probation, weeks };
}
