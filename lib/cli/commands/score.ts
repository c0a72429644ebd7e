import { describe, failed, invalid } from '../../model/errors.ts';
import { explain } from '../../scoring/explain.ts';
import { H } from '../../scoring/layout.ts';
import { type Options, open, type Series, step } from '../../scoring/series.ts';
import { zoneOffsets } from '../../scoring/zone.ts';
import { timeReader } from '../../watch/sampleTime.ts';
import { type Counts, copied, countingReader, follow, noCounts, toldOf } from './sampleCounts.ts';
import { type Sample, sampleReader } from './sampleRow.ts';
import { isAdded, linesOf, type Scored } from './scoreLines.ts';
import { FORMATS, type Format, type Row, rowsOf } from './scoreRows.ts';
import { type Known, keeperOf, loadStates } from './scoreStates.ts';

export interface ScoreOptions {
  readonly format: string;
  readonly series: string;
  readonly timestamp: string;
  readonly value: string;
  readonly columns?: string;
  readonly tz: string;
  readonly kind: string;
  readonly tell: string;
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

/**
 * Scores every row that can be read, in the order of the input, in memory bounded by the number of series. What was learned is written
 * when all of it is, and not where `--strict` stopped. Throws `input` `score.*` for wrong use: an unknown format, zone or column, a state
 * that is none; `failed` `score.input`, `score.output` or `score.state-out` for what cannot be read or written.
 */
export async function score(given: ScoreOptions, { input, output, errors }: Streams): Promise<Code> {
  const format = formatOf(given.format);
  const options = namesOf(given, format);
  const counts = noCounts();
  const scorer = await createScorer(options, counts);
  const keeper = await keeperOf(options.stateOut);
  const noState = options.stateOut === undefined ? '' : '; no state was written';
  const write = writerTo(output, noState);
  // Whoever listens no more to what is refused may still want what is scored.
  errors.on('error', () => undefined);
  const own = linesOf(format);
  let isNamed = false;
  for await (const { columns, rows } of rowsOf(input, format, options)) {
    const lines: string[] = [];
    if (columns !== null && !isNamed) lines.push(own.header(columns));
    isNamed = columns !== null;
    const stoppedAt = scoreRows(rows, lines);
    await write(lines.join(''));
    if (stoppedAt === null) continue;
    const replaced = own.warning();
    if (replaced !== null) errors.write(`${replaced}\n`);
    errors.write(`line ${stoppedAt}: stopped by --strict${noState}\n`);
    return 3;
  }
  await keeper.save(scorer.known, options);
  for (const line of toldOf(counts, options.value, own.warning())) errors.write(`${line}\n`);
  return counts.refused > 0 ? 1 : 0;

  /** The line at which --strict stops; null where it does not. */
  function scoreRows(rows: readonly Row[], lines: string[]): number | null {
    for (const row of rows) {
      const problem = scorer.read(row);
      if (problem !== null) {
        errors.write(`line ${row.line}: ${problem}\n`);
        if (options.strict === true) return row.line;
        continue;
      }
      lines.push(own.row(row.whole, scorer.scored()));
      if (options.strict !== true || counts.disordered === 0) continue;
      errors.write(`line ${row.line}: its time is not after the one before of its series\n`);
      return row.line;
    }
    return null;
  }
}

function formatOf(text: string): Format {
  const found = FORMATS.find((one) => one === text);
  if (found !== undefined) return found;
  throw invalid('score.format', `there is no format ${text}`, { field: '--format', expected: FORMATS.join(', ') });
}

/**
 * The options with the names of columns as a table has them, without spaces around. Throws `input` `score.columns` and `score.column` for
 * those that the format has not, or whose column would be replaced by one that is added.
 */
function namesOf(options: ScoreOptions, format: Format): ScoreOptions {
  const isJson = format === 'jsonl';
  if (isJson && options.columns !== undefined)
    throw invalid('score.columns', 'lines of JSON have no columns to be named', {
      field: '--columns',
      expected: 'no --columns with --format jsonl; --series, --timestamp and --value name keys',
    });
  const nameOf = (option: 'series' | 'timestamp' | 'value'): string => {
    const name = isJson ? options[option] : options[option].trim();
    if (!isAdded(name)) return name;
    throw invalid('score.column', `a column ${name} is added, and would replace the one that is read`, {
      field: `--${option}`,
      expected: `another name than ${name}: rename it in the input`,
    });
  };
  return { ...options, series: nameOf('series'), timestamp: nameOf('timestamp'), value: nameOf('value') };
}

function optionsOf({ tz, kind, tell, maxFalseAlarmsPerWeek }: ScoreOptions): Options {
  const perWeek = Number(maxFalseAlarmsPerWeek);
  if (!(perWeek > 0) || !Number.isFinite(perWeek))
    throw invalid('score.sensitivity', `not a number of alarms: ${maxFalseAlarmsPerWeek}`, {
      field: '--max-false-alarms-per-week',
      expected: 'a number above 0',
    });
  if (kind !== 'gauge' && kind !== 'counter')
    throw invalid('score.kind', `there is no kind ${kind}`, { field: '--kind', expected: 'gauge or counter' });
  if (tell !== 'all' && tell !== 'new')
    throw invalid('score.tell', `there is nothing to tell called ${tell}`, { field: '--tell', expected: 'all or new' });
  return { timeZone: tz, kind, tell, maxFalseAlarmsPerWeek: perWeek };
}

/** Resolves when the text is taken: no more is held than the reader asks for, and what fails is not mistaken for done. */
function writerTo(output: NodeJS.WritableStream, noState: string): (text: string) => Promise<void> {
  // It is told to the callback as well.
  output.on('error', () => undefined);
  return (text) =>
    new Promise((done, fail) => {
      if (text === '') done();
      else
        output.write(text, (cause) => {
          if (cause === null || cause === undefined) done();
          else fail(outputFailed(cause, noState));
        });
    });
}

function outputFailed(cause: NodeJS.ErrnoException, noState: string): Error {
  const why = cause.code === 'EPIPE' ? 'its reader has closed it' : describe(cause);
  return failed('score.output', `not all rows were written to standard output: ${why}${noState}`, {
    cause,
  });
}

async function createScorer(options: ScoreOptions, counts: Counts) {
  const given = optionsOf(options);
  const read = countingReader(sampleReader(timeReader(options.tz), options), counts);
  // A zone's rules are large, and its series are mostly at the same time: one of them for all.
  const offset = zoneOffsets(options.tz);
  const opened = (bytes?: Uint8Array): Series => ({ ...open({ ...given, timeZone: 'UTC' }, bytes), offset });
  const known = await loadStates(options.stateIn, options, opened);
  const sample: Sample = { series: '', time: 0, value: 0 };
  const ownOf = (name: string): Known => {
    const own = known.get(name);
    if (own !== undefined) return own;
    const fresh = { series: opened(), last: Number.NEGATIVE_INFINITY };
    known.set(copied(name), fresh);
    return fresh;
  };
  return {
    known,
    /** Null, or in words what of it cannot be read. */
    read: (row: Row): string | null => read(row, sample),
    /** Of the row that was read last. */
    scored(): Scored {
      const own = ownOf(sample.series);
      follow(own, sample.time, counts);
      const result = step(own.series, sample.time, sample.value);
      // Nobody has seen an alarm end while nothing was seen.
      if (result.phase === 'missing')
        return [0, 0, own.series.state.head[H.on] === 1 ? 'on' : '', null, null, null, ''];
      const why = result.alarm === 'begin' || result.alarm === 'on' ? explain(own.series) : [];
      const { alarm, expected, lower, upper } = result;
      return [result.score, result.severity, alarm, expected, lower, upper, why.map(({ text }) => text).join('; ')];
    },
  };
}
