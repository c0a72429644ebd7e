import { isDateLike } from '../../watch/sampleTime.ts';
import { oneLine } from '../output.ts';
import type { SampleReader } from './sampleRow.ts';

/** What is told of an input when all of it is read. */
export interface Counts {
  rows: number;
  refused: number;
  /** Times that are likely to mean others. */
  dates: number;
  /** Rows whose time is not after the one before of their series. */
  disordered: number;
  /** Whether any row has the column or key of the value at all. */
  valued: boolean;
}

export const noCounts = (): Counts => ({ rows: 0, refused: 0, dates: 0, disordered: 0, valued: false });

/** Reads as `read` does, and counts. */
export function countingReader(read: SampleReader, counts: Counts): SampleReader {
  return (row, into) => {
    counts.rows += 1;
    if (row.value !== undefined) counts.valued = true;
    const problem = read(row, into);
    if (problem !== null) counts.refused += 1;
    else if (isDateLike(into.time, row.timestamp)) counts.dates += 1;
    return problem;
  };
}

/** Takes the time of a series' next sample, and counts it where it comes too late. */
export function follow(own: { last: number }, time: number, counts: Counts): void {
  if (time <= own.last) counts.disordered += 1;
  own.last = Math.max(own.last, time);
}

/** Lines for standard error. `value` is what the values are called, `replaced` what else is told of the columns. */
export function* toldOf(counts: Counts, value: string, replaced: string | null = null): Generator<string> {
  const { rows, refused, dates, disordered, valued } = counts;
  if (rows === 0) yield 'no rows: nothing was scored';
  if (rows > refused && !valued) yield `warning: no row has ${oneLine(value)}: all are missing`;
  if (replaced !== null) yield replaced;
  if (dates > 0)
    yield `warning: ${dates} times look like dates written without dashes (20240131) and were read as epoch seconds`;
  if (disordered > 0) yield `warning: ${disordered} rows had a time not after the one before; scored as they came`;
  if (refused > 0) yield `${refused} rows were left out`;
}

/** A cell is a part of the text that it came with, and would keep all of that as long as its series lives. */
export const copied = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');
