import { once } from 'node:events';
import { invalid } from '../../model/errors.ts';
import { explain } from '../../scoring/explain.ts';
import { type Options, open, step } from '../../scoring/series.ts';
import { timeReader } from '../../watch/sampleTime.ts';
import { FORMATS, type Format, type Row, rowsOf } from './scoreRows.ts';
import { loadStates, saveStates } from './scoreStates.ts';

export interface ScoreOptions {
  readonly format: string;
  readonly series: string;
  readonly timestamp: string;
  readonly value: string;
  readonly columns?: string;
  readonly tz: string;
  readonly kind: string;
  readonly strict?: boolean;
  readonly maxFalseAlarmsPerWeek: string;
  readonly stateIn?: string;
  readonly stateOut?: string;
}
export interface Streams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly errors: NodeJS.WritableStream;
}
/** 0 all scored, 1 some rows refused, 3 stopped by --strict; wrong use is 2 and thrown as an input error. */
type Code = 0 | 1 | 3;

const ADDED = ['score', 'severity', 'alarm', 'expected', 'lower', 'upper', 'reason'] as const;
/** Rows written at once. */
const CHUNK = 2_000;

/**
 * Scores every row that can be read, in the order of the input, in memory bounded by the number of series. Throws `input`
 * `score.*` for wrong use: an unknown format, zone or column, a state that is none.
 */
export async function score(options: ScoreOptions, { input, output, errors }: Streams): Promise<Code> {
  const format = formatOf(options.format);
  const scorer = createScorer(options);
  let refused = 0;
  let first = true;
  let pending: string[] = [];
  const flush = async () => {
    const text = pending.join('');
    pending = [];
    if (text !== '' && !output.write(text)) await once(output, 'drain');
  };
  let code: Code = 0;
  for await (const row of rowsOf(input, format, options)) {
    if (first && format !== 'jsonl') pending.push(line(format, [...Object.keys(row.cells), ...ADDED]));
    first = false;
    const problem = row.problem ?? scorer.problemOf(row.cells);
    if (problem !== null) {
      refused += 1;
      errors.write(`line ${row.line}: ${problem}\n`);
    }
    if (problem === null) pending.push(written(format, row.cells, scorer.scored(row.cells)));
    if (options.strict === true && (problem !== null || scorer.disordered() > 0)) {
      if (problem === null) errors.write(`line ${row.line}: its time is not after the one before of its series\n`);
      code = 3;
      break;
    }
    if (pending.length >= CHUNK) await flush();
  }
  await flush();
  scorer.save();
  if (code === 3) return 3;
  if (scorer.disordered() > 0)
    errors.write(`warning: ${scorer.disordered()} rows had a time not after the one before; scored as they came\n`);
  if (refused > 0) errors.write(`${refused} rows were left out\n`);
  return refused > 0 ? 1 : 0;
}

function formatOf(text: string): Format {
  const found = FORMATS.find((one) => one === text);
  if (found !== undefined) return found;
  throw invalid('score.format', `there is no format ${text}`, { field: '--format', expected: FORMATS.join(', ') });
}

function optionsOf({ tz, kind, maxFalseAlarmsPerWeek }: ScoreOptions): Options {
  const perWeek = Number(maxFalseAlarmsPerWeek);
  if (!(perWeek > 0) || !Number.isFinite(perWeek))
    throw invalid('score.sensitivity', `not a number of alarms: ${maxFalseAlarmsPerWeek}`, {
      field: '--max-false-alarms-per-week',
      expected: 'a number above 0',
    });
  if (kind !== 'gauge' && kind !== 'counter')
    throw invalid('score.kind', `there is no kind ${kind}`, { field: '--kind', expected: 'gauge or counter' });
  return { timeZone: tz, kind, maxFalseAlarmsPerWeek: perWeek };
}

function createScorer(options: ScoreOptions) {
  const given = optionsOf(options);
  const readTime = timeReader(options.tz);
  const known = loadStates(options.stateIn, given);
  let disordered = 0;
  let time = 0;
  let value = 0;
  return {
    /** Reads time and value; null where both can be read. */
    problemOf(cells: Row['cells']): string | null {
      const name = cells[options.series];
      if (typeof name !== 'string' && typeof name !== 'number') return `no ${options.series}`;
      time = readTime(cells[options.timestamp]);
      if (Number.isNaN(time)) return `${options.timestamp} is no time: ${shown(cells[options.timestamp])}`;
      const read = numberOf(cells[options.value]);
      if (read === null) return `${options.value} is no number: ${shown(cells[options.value])}`;
      value = read;
      return null;
    },
    scored(cells: Row['cells']): readonly (string | number | null)[] {
      const name = String(cells[options.series]);
      let own = known.get(name);
      if (own === undefined) {
        own = { series: open(given), last: Number.NEGATIVE_INFINITY };
        known.set(name, own);
      }
      if (time <= own.last) disordered += 1;
      own.last = Math.max(own.last, time);
      const result = step(own.series, time, value);
      if (result.phase === 'missing') return [0, 0, '', null, null, null, ''];
      const why = result.alarm === 'begin' || result.alarm === 'on' ? explain(own.series) : [];
      const { alarm, expected, lower, upper } = result;
      return [result.score, result.severity, alarm, expected, lower, upper, why.map(({ text }) => text).join('; ')];
    },
    disordered: () => disordered,
    save: () => saveStates(options.stateOut, known),
  };
}

const shown = (cell: unknown): string => JSON.stringify(cell ?? '').slice(0, 80);

/** Empty, `\N` and JSON's null are missing (NaN), also what databases and Python write for it; null is no number at all. */
export function numberOf(cell: unknown): number | null {
  if (typeof cell === 'number') return cell;
  if (cell === null || cell === undefined) return Number.NaN;
  if (typeof cell !== 'string') return null;
  const text = cell.trim();
  if (text === '' || text === '\\N' || /^(nan|null)$/i.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null;
}

function written(format: Format, cells: Row['cells'], added: readonly (string | number | null)[]): string {
  if (format === 'jsonl') {
    return `${JSON.stringify({ ...cells, ...Object.fromEntries(ADDED.map((name, at) => [name, added[at]])) })}\n`;
  }
  return line(format, [...Object.values(cells), ...added]);
}

const line = (format: Format, cells: readonly unknown[]): string =>
  `${cells.map((cell) => cellText(format, cell)).join(format === 'tsv' ? '\t' : ',')}\n`;

function cellText(format: Format, cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  const text = String(cell);
  if (format === 'tsv') return text.replace(/[\t\n\r]/g, ' ');
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
