import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Archived } from '../../backtest/archive.ts';
import { failed, invalid, isNightshiftError } from '../../model/errors.ts';
import { timeReader } from '../../watch/sampleTime.ts';
import { time } from '../output.ts';
import type { Bounds } from './backtestPrint.ts';
import { type Counts, copied, countingReader, follow, noCounts, toldOf } from './sampleCounts.ts';
import { type Sample, sampleReader } from './sampleRow.ts';
import { FORMATS, type Row, rowsOf } from './scoreRows.ts';

const COLUMNS = { series: 'series', timestamp: 'timestamp', value: 'value' };

const EXPECTED = 'a file of series,timestamp,value with this header';

interface Own {
  /** The name that is handed on: one for all samples of a series. */
  readonly name: string;
  last: number;
}

/** What was there that can be scored. */
interface Seen {
  first: number;
  last: number;
  /** Rows with a number at all, and of those the ones of the time that is asked for. */
  numbers: number;
  within: number;
  /** Rows before the one before of their series. */
  backwards: number;
}

/**
 * The samples of a file as `nightshift score` reads them, up to the end of `span`; csv unless its name ends otherwise. What is
 * refused is told as there, and left out. Throws `input` `backtest.samples` where there is no such file or it has not these
 * columns, and `failed` `backtest.samples` where no row of it can be read or has a number, none is of the time that is asked for, or a
 * series runs backwards: each would look like a quiet history.
 */
export async function* samplesIn(file: string, span: Bounds, tell: (text: string) => void): AsyncGenerator<Archived> {
  const counts = noCounts();
  const read = countingReader(sampleReader(timeReader('UTC'), COLUMNS), counts);
  const sample: Sample = { series: '', time: 0, value: 0 };
  const known = new Map<string, Own>();
  const ownOf = (series: string): Own => {
    const own = known.get(series);
    if (own !== undefined) return own;
    const fresh = { name: copied(series), last: Number.NEGATIVE_INFINITY };
    known.set(fresh.name, fresh);
    return fresh;
  };
  const from = span.from ?? Number.NEGATIVE_INFINITY;
  const to = span.to ?? Number.POSITIVE_INFINITY;
  const seen: Seen = {
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
    numbers: 0,
    within: 0,
    backwards: 0,
  };
  for await (const rows of rowsIn(file)) {
    for (const row of rows) {
      const problem = read(row, sample);
      if (problem !== null) {
        tell(`line ${row.line}: ${problem}\n`);
        continue;
      }
      const at = Math.round(sample.time * 1000);
      if (Number.isFinite(sample.value)) note(seen, at, from, to);
      if (at > to) continue;
      const own = ownOf(sample.series);
      if (sample.time < own.last) seen.backwards += 1;
      follow(own, sample.time, counts);
      yield { series: own.name, t: sample.time, v: sample.value };
    }
  }
  // Of what is refused it is not said that it was scored.
  const disordered = seen.backwards > 0 ? 0 : counts.disordered;
  for (const line of toldOf({ ...counts, disordered }, COLUMNS.value)) tell(`${line}\n`);
  check(file, span, counts, seen);
}

function note(seen: Seen, at: number, from: number, to: number): void {
  seen.first = Math.min(seen.first, at);
  seen.last = Math.max(seen.last, at);
  seen.numbers += 1;
  if (at >= from && at <= to) seen.within += 1;
}

function check(file: string, span: Bounds, { rows, refused }: Counts, seen: Seen): void {
  const wrong = (message: string, expected = EXPECTED, field = '--samples') =>
    failed('backtest.samples', message, { field, expected });
  if (refused === rows) throw wrong(`no row of ${file} can be read`);
  if (seen.numbers === 0) throw wrong(`no row of ${file} has a number as its ${COLUMNS.value}`);
  if (seen.within === 0)
    throw wrong(
      `no sample of ${file} is of the time that is asked for`,
      `a time that holds some of them: they are of ${time(seen.first)} to ${time(seen.last)}`,
      span.from === null ? '--to' : '--from',
    );
  // They are scored as they come, of any number of series: what comes too late has no place any more.
  if (seen.backwards > 0)
    throw wrong(
      `${seen.backwards} rows of ${file} have a time before that of the row before of their series`,
      'the rows of each series in the order of time: sort the file by it',
    );
}

/** What `nightshift score` would say of its options is said of the file. */
async function* rowsIn(file: string): AsyncGenerator<readonly Row[]> {
  const format = FORMATS.find((one) => extname(file) === `.${one}`) ?? 'csv';
  const input = await opened(file);
  try {
    for await (const { rows } of rowsOf(input, format, COLUMNS)) yield rows;
  } catch (cause) {
    if (!isNightshiftError(cause) || cause.kind !== 'input') throw cause;
    throw invalid('backtest.samples', `${file}: ${cause.message}`, { field: '--samples', expected: EXPECTED, cause });
  }
}

async function opened(file: string): Promise<NodeJS.ReadableStream> {
  const wrong = (what: string, cause?: unknown) =>
    invalid('backtest.samples', `${file} ${what}`, {
      field: '--samples',
      expected: EXPECTED,
      cause,
    });
  const handle = await open(file).catch((cause: unknown) => {
    throw wrong('cannot be read', cause);
  });
  if (!(await handle.stat()).isDirectory()) return handle.createReadStream();
  await handle.close();
  throw wrong('is a folder');
}
