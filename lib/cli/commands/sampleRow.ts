import { timeHint } from '../../watch/sampleTime.ts';
import { numberOf } from '../../watch/sampleValue.ts';
import { oneLine } from '../output.ts';
import type { Columns, Row } from './scoreRows.ts';

/** What a row says; one object, overwritten by the next row. */
export interface Sample {
  series: string;
  /** Unix seconds. */
  time: number;
  /** NaN where it is missing. */
  value: number;
}

/** Reads a row into the sample; null, or in words what cannot be read of it. */
export type SampleReader = (row: Row, into: Sample) => string | null;

export function sampleReader(readTime: (cell: unknown) => number, { series, timestamp, value }: Columns): SampleReader {
  return (row, into) => {
    if (row.problem !== null) return row.problem;
    if (typeof row.series !== 'string' && typeof row.series !== 'number') return oneLine(`no ${series}`);
    // Whatever else has no name either would be the same series.
    if (row.series === '') return oneLine(`${series} is empty`);
    const time = readTime(row.timestamp);
    if (Number.isNaN(time)) return refusal(timestamp, 'time', row.timestamp, timeHintOf(row.timestamp));
    const read = numberOf(row.value);
    if (read === null) return refusal(value, 'number', row.value, numberHint(row.value));
    into.series = String(row.series);
    into.time = time;
    into.value = read;
    return null;
  };
}

const refusal = (name: string, what: string, cell: unknown, hint: string): string =>
  oneLine(`${name} is no ${what}: ${shown(cell)}${hint}`);

function timeHintOf(cell: unknown): string {
  const hint = timeHint(cell);
  return hint === null ? '' : ` (${hint} expected seconds since the epoch, or ISO 8601)`;
}

const numberHint = (cell: unknown): string =>
  typeof cell === 'string' && /^\s*[+-]?\d+,\d+\s*$/.test(cell) ? ' (a decimal comma? expected a point)' : '';

const SHOWN = 80;

/** Enough of it to be found; what is nested is not gone into. */
function shown(cell: unknown): string {
  if (Array.isArray(cell)) return 'a list';
  if (typeof cell === 'object' && cell !== null) return 'an object';
  return typeof cell === 'string' ? JSON.stringify(cell.slice(0, SHOWN)).slice(0, SHOWN) : String(cell ?? '""');
}
