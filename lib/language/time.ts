import type { Millis } from '../model/basic.ts';

const RFC3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-\d{2}[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** How Go writes a time that was never set. */
const NEVER = /^0001-01-01[Tt]00:00:00(\.0+)?[Zz]$/;

function dayExists(year: number, month: number, day: number): boolean {
  const last = DAYS[month - 1] ?? 0;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (month === 2 && !leap ? 28 : last);
}

/** As every engine reads it. A leap second is no time of this calendar's arithmetic: it counts as the second before it. */
const plain = (text: string) => text.toUpperCase().replace(' ', 'T').replace(/:60/, ':59');

/** Milliseconds since the epoch (finer digits are cut), or null where the text is no RFC 3339 time. */
export function parseRfc3339(text: string): Millis | null {
  if (!RFC3339.test(text)) return null;
  const day = Number(text.slice(8, 10));
  if (day === 0 || (day > 28 && !dayExists(Number(text.slice(0, 4)), Number(text.slice(5, 7)), day))) return null;
  const millis = Date.parse(text[10] === 'T' && text[17] !== '6' && !text.endsWith('z') ? text : plain(text));
  return Number.isNaN(millis) ? null : millis;
}

/** `2026-01-31T09:00:00Z`, milliseconds only where there are any. What is no time in the calendar stays a number. */
export function isoUtc(at: Millis): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString().replace('.000Z', 'Z');
}

/** True for Go's zero time, which means "not yet". */
export const isNever = (text: string): boolean => NEVER.test(text);
