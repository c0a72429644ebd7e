import * as z from 'zod/mini';
import { parseDuration } from '../language/duration.ts';
import { splitter, type TextRecord } from '../language/records.ts';
import type { DetectRequest, DetectSource } from '../loop/detect.ts';
import type { Labels, Millis } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';
import type { Sample } from '../ports/metrics.ts';
import { timeHint, timeReader } from '../watch/sampleTime.ts';
import { numberOf } from '../watch/sampleValue.ts';

const time = z.union([z.number(), z.string()], { error: 'a time: ISO 8601, or seconds since the epoch' });
const value = z.union([z.number(), z.null()], { error: 'a number, or null where it is missing' });
const samples = z.array(z.tuple([time, value], { error: 'a pair of time and value' }), {
  error: 'a list of pairs of time and value',
});
const RATE = 'a number above 0, at most 1000';
const rate = z.number({ error: RATE }).check(z.positive({ error: RATE }), z.maximum(1_000, { error: RATE }));
const labels = z.record(z.string(), z.string({ error: 'text' }), { error: 'an object of labels' });
const QUERY = 'PromQL of at most 8192 characters';
const STEP = 'a duration such as 30s, 5m or 1h30m';

/** How it is scored and drawn, whatever the source. */
const manner = {
  maxFalseAlarmsPerWeek: z._default(rate, 1),
  timeZone: z._default(z.string({ error: 'an IANA name such as Europe/Berlin' }), 'UTC'),
  kind: z._default(z.enum(['gauge', 'counter'], { error: 'gauge or counter' }), 'gauge'),
  tell: z._default(z.enum(['all', 'new'], { error: 'all or new' }), 'all'),
  unit: z._default(z.string({ error: 'text' }).check(z.maxLength(32, { error: 'at most 32 characters' })), ''),
};

/** What may be asked; exactly one of the first four. */
export const detectBody = z.strictObject(
  {
    data_source: z.optional(z.literal('sample', { error: "'sample'" })),
    query: z.optional(
      z.string({ error: QUERY }).check(z.minLength(1, { error: QUERY }), z.maxLength(8_192, { error: QUERY })),
    ),
    samples: z.optional(samples),
    series: z.optional(
      z.array(z.strictObject({ labels, samples }, { error: 'an object with labels and samples' }), {
        error: 'a list of labels with samples',
      }),
    ),
    from: z.optional(time),
    to: z.optional(time),
    step: z.optional(z.string({ error: STEP })),
    ...manner,
  },
  { error: 'a JSON object' },
);
export type DetectBody = z.infer<typeof detectBody>;

/** What a CSV is asked with, in the address. */
export const csvQuery = z.strictObject(manner);

type Manner = z.infer<typeof csvQuery>;

const DAY = 86_400_000;
/** Of a column's name: what is no table at all has names of any length. */
const MOST_SHOWN = 80;
const SOURCES = ['data_source', 'query', 'samples', 'series'] as const;

/** Throws `input` `api.body` naming the field, and `score.zone`. */
export function requestOf(body: DetectBody, now: Millis): DetectRequest {
  const { maxFalseAlarmsPerWeek, timeZone, kind, tell, unit } = body;
  const given = SOURCES.filter((name) => body[name] !== undefined);
  if (given.length !== 1) throw wrong(given[1] ?? 'query', `exactly one of ${SOURCES.join(', ')}`);
  return { source: sourceOf(body, now), maxFalseAlarmsPerWeek, timeZone, kind, tell, unit };
}

const wrong = (field: string, expected: string) =>
  invalid('api.body', `${field} is not what was expected: ${expected}.`, { field, expected });

function expectedTime(expected: string, cell: unknown): string {
  const hint = timeHint(cell);
  return hint === null ? expected : `${expected} (${hint})`;
}

function sourceOf(body: DetectBody, now: Millis): DetectSource {
  const seconds = timeReader(body.timeZone, 'timeZone');
  const at = (field: string, cell: unknown): number => {
    const found = seconds(cell);
    if (Number.isNaN(found)) throw wrong(field, expectedTime('ISO 8601, or seconds since the epoch', cell));
    return found;
  };
  if (body.data_source !== undefined) return { sample: true };
  const samplesOf = (pairs: z.infer<typeof samples>, path: string): Sample[] =>
    pairs.map(([t, v], index) => ({ t: at(`${path}[${index}][0]`, t), v: v ?? Number.NaN }));
  if (body.samples !== undefined) return { series: [{ labels: {}, samples: samplesOf(body.samples, 'samples') }] };
  if (body.series !== undefined)
    return {
      series: body.series.map((one, index) => ({
        labels: one.labels,
        samples: samplesOf(one.samples, `series[${index}].samples`),
      })),
    };
  const to = body.to === undefined ? now : at('to', body.to) * 1000;
  const from = body.from === undefined ? to - DAY : at('from', body.from) * 1000;
  if (!(from < to)) throw wrong('from', 'a time before `to`');
  return { query: body.query ?? '', from, to, step: stepOf(body.step ?? '1m') };
}

function stepOf(text: string) {
  try {
    return parseDuration(text);
  } catch {
    throw wrong('step', STEP);
  }
}

/** What is asked, and which columns of a CSV say nothing about that. */
export interface Asked {
  readonly request: DetectRequest;
  readonly ignoredColumns: readonly string[];
}

/** `timestamp,value` or `series,timestamp,value` with a header line. Throws `input` `detect.csv` naming the line or the column. */
export function csvRequest(bytes: Uint8Array, options: Manner): Asked {
  const [header, ...rows] = csvRows(csvText(bytes));
  const { names, series, timestamp, value, ignoredColumns } = columnsOf(header);
  const seconds = timeReader(options.timeZone, 'timeZone');
  const found = new Map<string, Sample[]>();
  for (const { line, cells } of rows) {
    if (cells.length !== names.length)
      throw wrongCsv(line, `${cells.length} columns`, `${names.length}, as many as the header`);
    const t = seconds(cells[timestamp] ?? '');
    if (Number.isNaN(t)) {
      throw wrongCsv(
        line,
        'timestamp is no time',
        expectedTime('ISO 8601, or seconds since the epoch', cells[timestamp]),
      );
    }
    const name = series < 0 ? '' : (cells[series] ?? '');
    const samples = found.get(name) ?? [];
    samples.push({ t, v: numberIn(cells[value] ?? '', line) });
    found.set(name, samples);
  }
  const labelsOf = (name: string): Labels => (name === '' ? {} : { series: name });
  const source = { series: [...found].map(([name, of]) => ({ labels: labelsOf(name), samples: of })) };
  return { request: { ...options, source }, ignoredColumns };
}

const COLUMNS = ['series', 'timestamp', 'value'] as const;

function columnsOf(header: TextRecord | undefined) {
  const line = header?.line ?? 1;
  const names = header?.cells.map((cell) => cell.trim()) ?? [];
  const known = names.map((name) => name.toLowerCase());
  const [series, timestamp, value] = COLUMNS.map((name) => known.indexOf(name)) as [number, number, number];
  if (timestamp < 0 || value < 0) {
    const expected = 'a header with timestamp, value and, for several series, series, separated by commas';
    throw wrongCsv(line, 'the header names no timestamp and value', expected);
  }
  const doubled = COLUMNS.find((name) => known.indexOf(name) !== known.lastIndexOf(name));
  if (doubled !== undefined)
    throw wrongCsv(line, `more than one column is called ${doubled}`, 'a name that one column has', doubled);
  const others = names.flatMap((name, at) =>
    [series, timestamp, value].includes(at) ? [] : [(name || `column ${at + 1}`).slice(0, MOST_SHOWN)],
  );
  const [other] = others;
  // What would tell series apart under another name would make one of several.
  if (series < 0 && other !== undefined) {
    const expected = 'timestamp and value alone, or also series, which tells series apart';
    throw wrongCsv(line, `without a column series, ${other} cannot be ignored`, expected, other);
  }
  return { names, series, timestamp, value, ignoredColumns: [...new Set(others)] };
}

/** RFC 4180, with any end of line. */
function csvRows(text: string): TextRecord[] {
  const rows = splitter({ delimiter: ',', quoted: true })(text.replace(/^\ufeff/, ''), true);
  const broken = rows.find(({ problem }) => problem !== null);
  if (broken !== undefined) throw wrongCsv(broken.line, broken.problem ?? '', 'RFC 4180');
  return rows;
}

const wrongCsv = (line: number, message: string, expected: string, field = `line ${line}`) =>
  invalid('detect.csv', `line ${line}: ${message}`, { field, expected });

function numberIn(cell: string, line: number): number {
  const v = numberOf(cell);
  if (v === null) throw wrongCsv(line, 'value is no number', 'a number, or nothing where it is missing');
  return v;
}

/** A file that was taken for another one is told by its first bytes that are no text. */
function csvText(bytes: Uint8Array): string {
  const expected = 'CSV as UTF-8 text, not compressed';
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch (cause) {
    throw invalid('detect.csv', 'The body is no text.', { field: 'body', expected, cause });
  }
  throw invalid('detect.csv', 'The body is no text.', { field: 'body', expected });
}
