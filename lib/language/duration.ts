import type { Duration } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';

/** Milliseconds, longest first. A day is 24 hours, a week 7 days and a year 365 days, as in Prometheus. */
const UNITS = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

const SYNTAX = new RegExp(`^${UNITS.map(([unit]) => `(?:([0-9]+)${unit})?`).join('')}$`);

/**
 * Prometheus' durations, in milliseconds: `1h30m`, `500ms`, `0`; units from long to short, each once, whole numbers, no sign.
 * `input` `duration.syntax` otherwise, also above 2^53 ms.
 */
export function parseDuration(text: string): Duration {
  if (text === '0') return 0;
  const parts = text.length <= 64 ? SYNTAX.exec(text) : null;
  if (parts === null || text === '') throw refusal(text);
  const length = UNITS.reduce((sum, [, size], index) => sum + Number(parts[index + 1] ?? 0) * size, 0);
  if (!Number.isSafeInteger(length)) throw refusal(text);
  return length;
}

function refusal(text: string) {
  const shown = JSON.stringify(text.slice(0, 64));
  return invalid('duration.syntax', `${shown} is not a duration`, { expected: 'a duration such as 30s, 5m or 1h30m' });
}

/** The shortest text that `parseDuration` reads back; whole milliseconds (rounded), `0s` for none or less. */
export function formatDuration(duration: Duration): string {
  let rest = Math.max(0, Math.round(duration));
  if (rest === 0) return '0s';
  let text = '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
