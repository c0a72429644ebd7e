import { invalid } from '../model/errors.ts';
import { zoneOffsets } from '../scoring/zone.ts';
import { NUMBER } from './sampleValue.ts';

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})([.,]\d+)?)?)?\s*([Zz]|[+-]\d{2}:?\d{2}|(?<=:.*)[+-]\d{2})?$/;
/** Seconds of the year 5138; milliseconds of today are more. */
const MOST_SECONDS = 1e11;
/** Days, or minutes, seconds and milliseconds of days, of two centuries. */
const DATE_ALONE = /^((?:19|20)\d{2})(\d{2})(\d{2})(?:\.0*)?$/;
const DATE_AND_TIME = /^((?:19|20)\d{2})(\d{2})(\d{2})(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d{3})?)?(?:\.0*)?$/;

/**
 * Reads epoch seconds, or ISO 8601 of the years 1 to 9999; without an offset of its own a time is local to the zone. NaN where it is
 * neither; `timeHint` may know why. Throws `input` `score.zone`, naming `field`, for a zone that does not exist.
 */
export function timeReader(timeZone: string, field = '--tz'): (cell: unknown) => number {
  const offset = offsets(timeZone, field);
  return (cell) => {
    const seconds = epochOf(cell);
    if (!Number.isNaN(seconds)) return Math.abs(seconds) > MOST_SECONDS ? Number.NaN : seconds;
    return typeof cell === 'string' ? isoSeconds(cell.trim(), offset) : Number.NaN;
  };
}

/** What a number that is too large for seconds is likely to be; null for anything else. */
export function timeHint(cell: unknown): string | null {
  const size = Math.abs(epochOf(cell));
  if (!(size > MOST_SECONDS)) return null;
  if (isWritten(cell, DATE_AND_TIME)) return 'a date written without dashes?';
  if (size > MOST_SECONDS * 1e6) return 'nanoseconds?';
  return size > MOST_SECONDS * 1e3 ? 'microseconds?' : 'milliseconds?';
}

/** Whether what was read as seconds, all of them of 1970, is likely to mean a day: 20240131. */
export function isDateLike(seconds: number, cell: unknown): boolean {
  return seconds >= 19_000_101 && seconds <= 20_991_231 && isWritten(cell, DATE_ALONE);
}

function isWritten(cell: unknown, form: RegExp): boolean {
  const [, year, month, day] = form.exec(String(cell).trim()) ?? [];
  return dayOf(Number(year), Number(month), Number(day)) !== null;
}

function epochOf(cell: unknown): number {
  if (typeof cell !== 'number' && typeof cell !== 'string') return Number.NaN;
  const text = typeof cell === 'string' ? cell.trim() : '';
  const seconds = typeof cell === 'number' || NUMBER.test(text) ? Number(cell) : Number.NaN;
  return Number.isFinite(seconds) ? seconds : Number.NaN;
}

function offsets(timeZone: string, field: string): (seconds: number) => number {
  try {
    return zoneOffsets(timeZone);
  } catch (cause) {
    throw invalid('score.zone', `there is no time zone ${timeZone}`, {
      field,
      expected: 'an IANA name such as Europe/Berlin',
      cause,
    });
  }
}

function isoSeconds(text: string, offset: (seconds: number) => number): number {
  const found = ISO.exec(text);
  if (found === null) return Number.NaN;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '.0', zone] = found;
  const midnight = dayOf(Number(year), Number(month), Number(day));
  // A leap second is the first of the next minute, as for every Unix clock.
  if (midnight === null || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return Number.NaN;
  const whole = midnight + Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const seconds = whole + Number(fraction.replace(',', '.'));
  if (zone === undefined) return fromLocal(seconds, offset);
  return seconds - offsetOf(zone);
}

/** The seconds at which it begins in UTC; null where there is no such day. */
function dayOf(year: number, month: number, day: number): number | null {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // A 30th of February would quietly become a day of March.
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / 1000 : null;
}

/** Of `Z`, `+01`, `+0100` and `+01:00`; NaN where clocks know no such one. */
function offsetOf(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))];
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** The second guess is right but for the hour that a change of the clocks leaves out or says twice. */
function fromLocal(local: number, offset: (seconds: number) => number): number {
  const guess = local - offset(local);
  return local - offset(guess);
}
