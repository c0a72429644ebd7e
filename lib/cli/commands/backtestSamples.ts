import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Archived } from '../../backtest/archive.ts';
import { failed, invalid, isNightshiftError } from '../../model/errors.ts';
import { timeReader } from '../../watch/sampleTime.ts';
import { time } from '../output.ts';
import type { Bounds } from './backtestPrint.ts';
import { type Sample, sampleReader } from './sampleRow.ts';
import { FORMATS, type Row, rowsOf } from './scoreRows.ts';

const COLUMNS = { series: 'series', timestamp: 'timestamp', value: 'value' };

const EXPECTED = 'a file of series,timestamp,value with this header';

/**
 * The samples of a file as `nightshift score` reads them, up to the end of `span`; csv unless its name ends otherwise. What is
 * refused is told as there, and left out. Throws `input` `backtest.samples` where there is no such file or it has not these
 * columns, and `failed` `backtest.samples` where no row of it can be read or none is of the time that is asked for: either would
 * look like a quiet history.
 */
export async function* samplesIn(file: string, span: Bounds, tell: (text: string) => void): AsyncGenerator<Archived> {
  const read = sampleReader(timeReader('UTC'), COLUMNS);
  const sample: Sample = { series: '', time: 0, value: 0 };
  const from = span.from ?? Number.NEGATIVE_INFINITY;
  const to = span.to ?? Number.POSITIVE_INFINITY;
  const seen = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY, within: 0 };
  let count = 0;
  let refused = 0;
  for await (const rows of rowsIn(file)) {
    for (const row of rows) {
      count += 1;
      const problem = read(row, sample);
      if (problem !== null) {
        refused += 1;
        tell(`line ${row.line}: ${problem}\n`);
        continue;
      }
      const at = sample.time * 1000;
      seen.first = Math.min(seen.first, at);
      seen.last = Math.max(seen.last, at);
      if (at >= from && at <= to) seen.within += 1;
      if (at <= to) yield { series: sample.series, t: sample.time, v: sample.value };
    }
  }
  if (count === 0) tell(`no rows: ${file} holds nothing to score\n`);
  if (refused > 0) tell(`${refused} rows were left out\n`);
  if (count > 0 && refused === count)
    throw failed('backtest.samples', `no row of ${file} can be read`, { field: '--samples', expected: EXPECTED });
  if (count > 0 && seen.within === 0)
    throw failed('backtest.samples', `no sample of ${file} is of the time that is asked for`, {
      field: span.from === null ? '--to' : '--from',
      expected: `a time that holds some of them: they are of ${time(seen.first)} to ${time(seen.last)}`,
    });
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
