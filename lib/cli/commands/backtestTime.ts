import { parseDuration } from '../../language/duration.ts';
import type { Millis } from '../../model/basic.ts';
import { invalid, isNightshiftError } from '../../model/errors.ts';
import { timeReader } from '../../watch/sampleTime.ts';
import type { Bounds } from './backtestPrint.ts';

const EXPECTED = 'a time such as 2026-01-31T09:00:00Z, a length before now such as -7d, or now';
const read = timeReader('UTC');

/** Milliseconds. Throws `input` `backtest.time` for what is none of the three. */
export function timeOf(text: string, field: string, now: Millis): Millis {
  if (text === 'now') return now;
  const before = /^-(\d+[a-z].*)$/.exec(text)?.[1];
  const at = before === undefined ? read(text) * 1000 : now - lengthOf(before, text, field);
  if (Number.isFinite(at) && at >= 0) return Math.round(at);
  throw wrong(text, field);
}

function lengthOf(length: string, text: string, field: string): number {
  try {
    return parseDuration(length);
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    throw wrong(text, field);
  }
}

const wrong = (text: string, field: string) =>
  invalid('backtest.time', `${JSON.stringify(text)} is no time`, { field, expected: EXPECTED });

/** Throws `input` `backtest.span` for a time that is empty or not over yet. */
export function spanOf(
  from: string | undefined,
  to: string,
  now: Millis,
): { readonly from: Millis; readonly to: Millis } {
  if (from === undefined) throw invalid('backtest.time', '--from is needed', { field: '--from', expected: EXPECTED });
  const span = { from: timeOf(from, '--from', now), to: timeOf(to, '--to', now) };
  checkOrder(span.from, span.to);
  if (span.to > now)
    throw invalid('backtest.span', '--to is still to come', { field: '--to', expected: 'a time that is over, or now' });
  return span;
}

function checkOrder(from: Millis, to: Millis): void {
  if (from < to) return;
  throw invalid('backtest.span', '--from is not before --to', { field: '--from', expected: 'a time before --to' });
}

/** Null where all of an archive is taken, which may be of any time. Throws `input` `backtest.span` for a time that is empty. */
export function spanOfSamples(from: string | undefined, to: string, now: Millis): Bounds {
  const span = {
    from: from === undefined ? null : timeOf(from, '--from', now),
    to: to === 'now' ? null : timeOf(to, '--to', now),
  };
  if (span.from !== null && span.to !== null) checkOrder(span.from, span.to);
  return span;
}
