import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Archived } from '../../backtest/archive.ts';
import type { Millis } from '../../model/basic.ts';
import { invalid } from '../../model/errors.ts';
import { timeReader } from '../../watch/sampleTime.ts';
import { numberOf } from './score.ts';
import { FORMATS, type Row, rowsOf } from './scoreRows.ts';

const COLUMNS = { series: 'series', timestamp: 'timestamp', value: 'value' };
const readTime = timeReader('UTC');

/**
 * The samples of a file as `nightshift score` reads them, up to `to`; csv unless its name ends otherwise. A row that cannot be
 * read is told and left out. Throws `input` `backtest.samples` where there is no such file, `score.column` without the columns.
 */
export async function* samplesIn(file: string, to: Millis, refuse: (text: string) => void): AsyncGenerator<Archived> {
  const input = await opened(file);
  const format = FORMATS.find((one) => extname(file) === `.${one}`) ?? 'csv';
  for await (const row of rowsOf(input, format, COLUMNS)) {
    const read = row.problem ?? sampleOf(row);
    if (typeof read === 'string') refuse(`line ${row.line}: ${read}\n`);
    else if (read.t * 1000 <= to) yield read;
  }
}

async function opened(file: string): Promise<NodeJS.ReadableStream> {
  try {
    return (await open(file)).createReadStream();
  } catch (cause) {
    throw invalid('backtest.samples', `${file} cannot be read`, {
      field: '--samples',
      expected: 'a file of series,timestamp,value',
      cause,
    });
  }
}

function sampleOf({ cells }: Row): Archived | string {
  const { series, timestamp, value } = cells;
  if (typeof series !== 'string' && typeof series !== 'number') return 'no series';
  const t = readTime(timestamp);
  if (Number.isNaN(t)) return 'timestamp is no time';
  const v = numberOf(value);
  return v === null ? 'value is no number' : { series: String(series), t, v };
}
