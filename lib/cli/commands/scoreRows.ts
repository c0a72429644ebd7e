import type { TextRecord } from '../../language/records.ts';
import { invalid } from '../../model/errors.ts';
import { oneLine } from '../output.ts';
import { NOT_UTF8, recordsOf } from './inputText.ts';
import { memberText, tight } from './jsonText.ts';
import { withoutBareNumbers } from './scoreJson.ts';

export const FORMATS = ['csv', 'tsv', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

/** One row as it was read, and where it stood. */
export interface Row {
  readonly line: number;
  /** Null where the row is one at all. */
  readonly problem: string | null;
  readonly series: unknown;
  readonly timestamp: unknown;
  readonly value: unknown;
  /** All of its cells in the order of the columns; of JSON its text without spaces. */
  readonly whole: readonly string[] | string;
}

/** Rows that came together. */
export interface Rows {
  /** The names of the columns, once they are known; null for JSON. */
  readonly columns: readonly string[] | null;
  readonly rows: readonly Row[];
}

/** How the columns are named. */
export interface Columns {
  readonly series: string;
  readonly timestamp: string;
  readonly value: string;
  readonly columns?: string;
}

type Input = AsyncIterable<string | Uint8Array>;

/**
 * The rows of the input, read as they come and held in bounded memory. Throws `input` `score.column` where a named column is not there
 * or is there twice, and what `recordsOf` throws.
 */
export function rowsOf(input: Input, format: Format, options: Columns): AsyncGenerator<Rows> {
  return format === 'jsonl' ? jsonRows(input, options) : tableRows(input, format, options);
}

const broken = (line: number, problem: string): Row => {
  return { line, problem, series: null, timestamp: null, value: null, whole: '' };
};

async function* jsonRows(input: Input, options: Columns): AsyncGenerator<Rows> {
  for await (const records of recordsOf(input, { delimiter: null, quoted: false })) {
    const lines = records.filter(({ cells, problem }) => problem !== null || cells[0]?.trim() !== '');
    yield { columns: null, rows: lines.map((record) => jsonRow(record, options)) };
  }
}

function jsonRow({ line, cells: [given = ''], problem }: TextRecord, { series, timestamp, value }: Columns): Row {
  if (problem !== null) return broken(line, problem);
  const { text, read } = parsed(given) ?? parsed(withoutBareNumbers(given)) ?? {};
  if (text === undefined) return broken(line, 'not JSON');
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return broken(line, 'not a JSON object');
  const own = (name: string): unknown =>
    Object.hasOwn(read, name) ? (read as Record<string, unknown>)[name] : undefined;
  const name = own(series);
  // As a double, many a long number would be the same series.
  const isRounded = typeof name === 'number' && Number.isInteger(name) && !Number.isSafeInteger(name);
  return {
    line,
    problem: null,
    series: isRounded ? memberText(text, series) : name,
    timestamp: own(timestamp),
    value: own(value),
    whole: tight(text),
  };
}

function parsed(text: string): { readonly text: string; readonly read: unknown } | undefined {
  try {
    return { text, read: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

async function* tableRows(input: Input, format: Format, options: Columns): AsyncGenerator<Rows> {
  let columns = options.columns?.split(',').map((name) => name.trim()) ?? null;
  let at = columns === null ? null : placesOf(columns, options);
  // A tab-separated file quotes no tab, and what a pipe of Spark gives, which has no header, is text in every other way, too.
  const raw = format === 'tsv' && columns !== null;
  const splitting = format === 'tsv' ? { delimiter: '\t', quoted: false, raw } : { delimiter: ',', quoted: true };
  const read = format === 'tsv' && !raw ? unquoted : asItIs;
  for await (const records of recordsOf(input, splitting)) {
    let from = 0;
    const [first] = records;
    if (first === undefined) continue;
    if (columns === null || at === null) {
      columns = headerOf(first);
      at = placesOf(columns, options);
      from = 1;
    }
    const [places, count] = [at, columns.length];
    yield { columns, rows: records.slice(from).map((record) => tableRow(record, places, count, read)) };
  }
}

function headerOf({ cells, problem }: TextRecord): string[] {
  if (problem === NOT_UTF8)
    throw invalid('score.column', 'the first line is not UTF-8', {
      field: 'input',
      expected: 'text in UTF-8: of Latin-1 iconv -f LATIN1 -t UTF-8 file | nightshift score',
    });
  if (problem !== null)
    throw invalid('score.column', `the first line cannot be read: ${problem}`, {
      field: 'input',
      expected: 'a header, or --columns for input without one',
    });
  // A quote after a space is none in RFC 4180, and no part of a name either.
  return cells.map((name) => name.trim().replace(/^"(.*)"$/s, '$1'));
}

type Read = (cell: string | undefined) => string | undefined;
const asItIs: Read = (cell) => cell;

/** What a pair of quotes is around, in which each other one is doubled; what has none is as it is. */
function unquoted(cell: string | undefined): string | undefined {
  if (cell === undefined || cell.length < 2 || !cell.startsWith('"') || !cell.endsWith('"')) return cell;
  const inside = cell.slice(1, -1);
  return inside.replaceAll('""', '').includes('"') ? cell : inside.replaceAll('""', '"');
}

function tableRow({ line, cells, problem }: TextRecord, at: Places, count: number, read: Read): Row {
  if (problem !== null) return broken(line, problem);
  const isWhole = cells.length === count;
  return {
    line,
    problem: isWhole ? null : `${cells.length} columns, expected ${count}`,
    series: read(cells[at.series]),
    timestamp: read(cells[at.timestamp]),
    value: read(cells[at.value]),
    whole: cells,
  };
}

type Places = Readonly<Record<'series' | 'timestamp' | 'value', number>>;

function placesOf(columns: readonly string[], options: Columns): Places {
  const place = (option: keyof Places): number => {
    const name = options[option];
    const first = columns.indexOf(name);
    const found = `found ${listed(columns)}`;
    if (first < 0)
      throw invalid('score.column', `there is no column ${listed([name])}: ${found}`, {
        field: `--${option}`,
        expected: expectedOf(columns, option, options),
      });
    if (columns.includes(name, first + 1))
      throw invalid('score.column', `more than one column is called ${listed([name])}: ${found}`, {
        field: `--${option}`,
        expected: 'a name that one column has; --columns names those of input without a header',
      });
    return first;
  };
  return { series: place('series'), timestamp: place('timestamp'), value: place('value') };
}

/** A file that is no table at all has names of any length. */
const SHOWN = 300;
const listed = (names: readonly string[]): string => oneLine(names.join(', ')).slice(0, SHOWN);

/** What the names look like: another format, another spelling, one series alone. */
function expectedOf(columns: readonly string[], option: keyof Places, options: Columns): string {
  const text = columns.join(',');
  if (text.startsWith('{')) return 'a header; for lines of JSON --format jsonl';
  if (columns.length === 1 && text.includes(';'))
    return "commas between the columns; for semicolons tr ';' '\\t' < file | nightshift score --format tsv";
  if (columns.length === 1 && text.includes('\t')) return 'commas between the columns; for tabs --format tsv';
  if (columns.length === 1 && text.includes(',')) return 'tabs between the columns; for commas --format csv';
  const similar = columns.find((name) => name.toLowerCase() === options[option].toLowerCase());
  if (similar !== undefined) return oneLine(`--${option} ${similar}`);
  const isAlone = option === 'series' && columns.includes(options.timestamp) && columns.includes(options.value);
  if (isAlone)
    return "a column that names the series; for one alone sed '1s/^/series,/; 1!s/^/all,/' < file | nightshift score";
  return 'the name of a column, or --columns for input without a header';
}
