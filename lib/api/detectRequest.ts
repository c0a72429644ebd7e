import * as z from 'zod/mini';
import { parseDuration } from '../language/duration.ts';
import { splitter, type TextRecord } from '../language/records.ts';
import type { DetectRequest, DetectSource } from '../loop/detect.ts';
import type { Labels, Millis } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';
import type { Sample } from '../ports/metrics.ts';
import { timeHint, timeReader } from '../watch/sampleTime.ts';

const time = z.union([z.number(), z.string()], { error: 'a time: ISO 8601, or seconds since the epoch' });
const value = z.union([z.number(), z.null()], { error: 'a number, or null where it is missing' });
const samples = z.array(z.tuple([time, value], { error: 'a pair of time and value' }));
const rate = z.number().check(z.positive(), z.maximum(1_000));

/** What may be asked; exactly one of the first four. */
export const detectBody = z.strictObject({
  data_source: z.optional(z.literal('sample', { error: "'sample'" })),
  query: z.optional(z.string().check(z.minLength(1), z.maxLength(8_192))),
  samples: z.optional(samples),
  series: z.optional(z.array(z.strictObject({ labels: z.record(z.string(), z.string()), samples }))),
  from: z.optional(time),
  to: z.optional(time),
  step: z.optional(z.string()),
  maxFalseAlarmsPerWeek: z._default(rate, 1),
  timeZone: z._default(z.string(), 'UTC'),
});
export type DetectBody = z.infer<typeof detectBody>;

const DAY = 86_400_000;
const SOURCES = ['data_source', 'query', 'samples', 'series'] as const;

/** Throws `input` `api.body` naming the field. */
export function requestOf(body: DetectBody, now: Millis): DetectRequest {
  const { maxFalseAlarmsPerWeek, timeZone } = body;
  const given = SOURCES.filter((name) => body[name] !== undefined);
  if (given.length !== 1) throw wrong(given[1] ?? 'query', `exactly one of ${SOURCES.join(', ')}`);
  return { source: sourceOf(body, now), maxFalseAlarmsPerWeek, timeZone };
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
  return { query: body.query ?? '', from, to, step: parseDuration(body.step ?? '1m') };
}

interface CsvOptions {
  readonly maxFalseAlarmsPerWeek: number;
  readonly timeZone: string;
}

/** `timestamp,value` or `series,timestamp,value` with a header line. Throws `input` `detect.csv` naming the line. */
export function csvRequest(text: string, options: CsvOptions): DetectRequest {
  const rows = tableOf(text);
  const [header, ...lines] = rows;
  const column = (name: string) => header?.cells.findIndex((cell) => cell.trim().toLowerCase() === name) ?? -1;
  const [series, timestamp, value] = [column('series'), column('timestamp'), column('value')];
  if (timestamp < 0 || value < 0)
    throw invalid('detect.csv', 'the first line names no timestamp and value', {
      field: 'body',
      expected: 'a header with timestamp, value and, for several series, series',
    });
  const seconds = timeReader(options.timeZone, 'timeZone');
  const found = new Map<string, Sample[]>();
  for (const { line, cells } of lines) {
    const [t, text] = [seconds(cells[timestamp]), (cells[value] ?? '').trim()];
    const isMissing = text === '' || text === '\\N';
    const v = isMissing ? Number.NaN : Number(text);
    if (Number.isNaN(t) || (Number.isNaN(v) && !isMissing && text.toLowerCase() !== 'nan'))
      throw invalid('detect.csv', `line ${line} cannot be read: ${cells.join(',').slice(0, 100)}`, {
        field: `line ${line}`,
        expected: expectedTime('ISO 8601 or epoch seconds, and a number or nothing', cells[timestamp]),
      });
    const name = series < 0 ? '' : (cells[series] ?? '');
    const samples = found.get(name) ?? [];
    samples.push({ t, v });
    found.set(name, samples);
  }
  const labelsOf = (name: string): Labels => (name === '' ? {} : { series: name });
  return { ...options, source: { series: [...found].map(([name, of]) => ({ labels: labelsOf(name), samples: of })) } };
}

function tableOf(text: string): TextRecord[] {
  const rows = splitter({ delimiter: ',', quoted: true })(text.replace(/^\ufeff/, ''), true);
  const broken = rows.find(({ problem }) => problem !== null);
  if (broken === undefined) return rows;
  const field = `line ${broken.line}`;
  throw invalid('detect.csv', `this is no CSV: ${field}: ${broken.problem}`, { field, expected: 'RFC 4180' });
}
