import { createInterface } from 'node:readline';
import { parse } from 'csv-parse';
import { invalid } from '../../model/errors.ts';

export const FORMATS = ['csv', 'tsv', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];
/** One row as it was read: the cells under their names, and where it stood. */
export interface Row {
  readonly line: number;
  readonly cells: Readonly<Record<string, unknown>>;
  /** Null where the row has the columns it should have. */
  readonly problem: string | null;
}

/** How the columns are named. */
export interface Columns {
  readonly series: string;
  readonly timestamp: string;
  readonly value: string;
  readonly columns?: string;
}

/** The rows of the input, read as they come. Throws `input` `score.column` where a named column is not there. */
export function rowsOf(input: NodeJS.ReadableStream, format: Format, options: Columns): AsyncGenerator<Row> {
  return format === 'jsonl' ? jsonRows(input) : tableRows(input, format, options);
}

async function* jsonRows(input: NodeJS.ReadableStream): AsyncGenerator<Row> {
  let number = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (text.trim() !== '') yield jsonRow(text, number);
  }
}

function jsonRow(text: string, number: number): Row {
  try {
    const cells: unknown = JSON.parse(text);
    const isObject = typeof cells === 'object' && cells !== null && !Array.isArray(cells);
    if (!isObject) return { line: number, cells: {}, problem: 'not a JSON object' };
    return { line: number, cells: cells as Row['cells'], problem: null };
  } catch {
    return { line: number, cells: {}, problem: 'not JSON' };
  }
}

interface Parsed {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** A quote that is never closed swallows the rest of the file: that is a row that cannot be read, and no crash. */
async function* endingQuietly(
  parser: AsyncIterable<Parsed>,
): AsyncGenerator<Parsed | { line: number; problem: string }> {
  try {
    yield* parser;
  } catch (error) {
    const { code, lines, message } = error as { code?: string; lines?: number; message?: string };
    if (code === undefined || !code.startsWith('CSV_')) throw error;
    yield { line: lines ?? 0, problem: message ?? code };
  }
}

async function* tableRows(input: NodeJS.ReadableStream, format: Format, options: Columns): AsyncGenerator<Row> {
  const parser = input.pipe(
    parse({
      delimiter: format === 'tsv' ? '\t' : ',',
      // A tab-separated file quotes nothing.
      quote: format === 'tsv' ? null : '"',
      bom: true,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    }),
  ) as AsyncIterable<Parsed>;
  let names = options.columns?.split(',').map((name) => name.trim()) ?? null;
  if (names !== null) checkColumns(names, options);
  for await (const parsed of endingQuietly(parser)) {
    if ('problem' in parsed) {
      yield { line: parsed.line, cells: {}, problem: parsed.problem };
      continue;
    }
    const { record, info } = parsed;
    if (names === null) {
      names = record.map((name) => name.trim());
      checkColumns(names, options);
      continue;
    }
    const cells = Object.fromEntries(names.map((name, at) => [name, record[at] ?? '']));
    const wrong = record.length !== names.length;
    yield {
      line: info.lines,
      cells,
      problem: wrong ? `${record.length} columns, expected ${names.length}` : null,
    };
  }
}

function checkColumns(names: readonly string[], { series, timestamp, value }: Columns): void {
  for (const [option, name] of Object.entries({ series, timestamp, value })) {
    if (names.includes(name)) continue;
    throw invalid('score.column', `there is no column ${name}: found ${names.join(', ')}`, {
      field: `--${option}`,
      expected: 'the name of a column, or --columns for input without a header',
    });
  }
}
