import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { timeReader } from '../../lib/watch/sampleTime.ts';
import { draws, made } from '../scoring/made.ts';
import { component } from './components/components.ts';

const BIN = join(import.meta.dirname, '../../bin/nightshift.mjs');
/** Whole hours of CSV in each file of the archive would be usual; here every file holds rows of every series. */
const FILES = 4;

export interface Sample {
  readonly series: string;
  readonly timestamp: string;
  readonly value: string;
}

/** Names that a careless pipe would break. */
const ODD = ['cpu{host="a, b"}', 'back\\slash \\t', 'größe "µ"', '\\N'] as const;

/** Made-up series with jumps and holes, in the order of time; half of them with ISO times. No time twice in a series. */
export function samplesOf(count: number, days: number): readonly Sample[] {
  const each = Array.from({ length: count }, (_, one) => {
    const { times, values } = made(one + 1, { days });
    const jump = 500 + 37 * one;
    for (let at = jump; at < jump + 12; at += 1) values[at] = (values[at] ?? 0) + 80;
    const series = ODD[one] ?? `host-${one}`;
    return times.map((time, at): Sample => {
      const timestamp = one % 2 === 0 ? `${time}` : new Date(time * 1000).toISOString();
      return { series, timestamp, value: at % 97 === 96 ? '' : (values[at] ?? 0).toFixed(3) };
    });
  });
  const longest = Math.max(...each.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => each.flatMap((own) => own[at] ?? [])).flat();
}

const HOUR = 3_600_000;
const minuteOf = (at: number, ahead = 0) => new Date(at + ahead * HOUR).toISOString().slice(0, 16);
/** Every way in which a time may be written; the last two are local to Berlin in winter. */
const FORMS: readonly ((at: number) => string)[] = [
  (at) => `${minuteOf(at)}Z`,
  (at) => `${minuteOf(at, 2)}+02:00`,
  (at) => `${minuteOf(at, -4.5).replace('T', ' ')} -0430`,
  (at) => `${at / 1000}`,
  (at) => `${minuteOf(at)}:01,500Z`,
  (at) => `${minuteOf(at - 60_000)}:60Z`,
  (at) => `${minuteOf(at).replace('T', 't')}:00.000000001z`,
  (at) => `${minuteOf(at, 23)}+23`,
  (at) => minuteOf(at, 1),
  (at) => `${minuteOf(at, 1).replace('T', ' ')}:00`,
];

/** A series of times in all forms, in the order in which Berlin has them while its clocks go back; that of its values is another. */
export function formsOf(count: number): readonly Sample[] {
  const begin = Date.UTC(2024, 9, 26, 23);
  const seconds = timeReader('Europe/Berlin');
  return Array.from({ length: count }, (_, one): Sample => {
    const timestamp = FORMS[one % FORMS.length]?.(begin + one * 60_000) ?? '';
    return { series: 'forms', timestamp, value: `${((one * 7) % 11) + one / 1000}` };
  }).sort((a, b) => seconds(a.timestamp) - seconds(b.timestamp) || Number(a.value) - Number(b.value));
}

const quoted = (cell: string) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
export const tsv = (samples: readonly Sample[]) =>
  samples.map(({ series, timestamp, value }) => `${series}\t${timestamp}\t${value}\n`).join('');

/** Writes the samples as CSV files, in no order at all. */
export function writeArchive(folder: string, samples: readonly Sample[]): string {
  mkdirSync(folder);
  const draw = draws(1);
  const mixed = samples.map((sample) => ({ sample, key: draw() })).sort((a, b) => a.key - b.key);
  for (let file = 0; file < FILES; file += 1) {
    const rows = mixed.filter((_, at) => at % FILES === file).map(({ sample }) => sample);
    const lines = rows.map(({ series, timestamp, value }) => [value, timestamp, series].map(quoted).join());
    writeFileSync(join(folder, `${file}.csv`), `value,timestamp,series\n${lines.join('\n')}\n`);
  }
  return folder;
}

/** `nightshift score` over the samples as they come; the lines without the header. */
export const cli = (samples: readonly Sample[], ...args: readonly string[]) =>
  scored(process.execPath, BIN, samples, args);

/** The same of any Node and any program that has the command. */
export function scored(
  node: string,
  program: string,
  samples: readonly Sample[],
  args: readonly string[] = [],
): string[] {
  const columns = ['--format', 'tsv', '--columns', 'series,timestamp,value'];
  const { status, stdout, stderr } = spawnSync(node, [program, 'score', ...columns, ...args], {
    input: tsv(samples),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`score ended with ${status}: ${stderr}`);
  // Not trimmed: the last column of a line may be empty.
  return stdout.split('\n').slice(1, -1);
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the launcher, by default on two threads of this machine, which has the Node that runs the suite on its path. */
export function scoreArchive(
  launcher: string,
  args: readonly string[],
  spark: readonly string[] = ['--master', 'local[2]'],
): Ran {
  const quiet = [
    '--conf',
    'spark.ui.enabled=false',
    '--conf',
    'spark.sql.shuffle.partitions=5',
    '--driver-memory',
    '1g',
    // Half the time of a small job is that of the compiler.
    '--driver-java-options',
    '-XX:TieredStopAtLevel=1',
  ];
  const { status, stdout, stderr } = spawnSync(launcher, [...args, '--', ...spark, ...quiet], {
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      SPARK_HOME: component('spark'),
      SPARK_LOCAL_IP: '127.0.0.1',
    },
    maxBuffer: 1 << 28,
  });
  return { code: status, stdout, stderr };
}

/** What a reader of the folder would take for a result. */
export const writtenIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];

/** The lines of every file that a job wrote. */
export const linesOf = (folder: string): string[] =>
  writtenIn(folder)
    .filter((name) => name.startsWith('part-'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
