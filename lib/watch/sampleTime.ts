import { invalid } from '../model/errors.ts';
import { zoneOffsets } from '../scoring/zone.ts';

const EPOCH = /^[+-]?\d+(\.\d+)?$/;
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})([.,]\d+)?)?)?\s*([Zz]|[+-]\d{2}:?\d{2}|(?<=:.*)[+-]\d{2})?$/;
/** Seconds of the year 5138; milliseconds of today are more. */
const MOST_SECONDS = 1e11;

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

/** What a number that is too large for seconds is likely to count; null for anything else. */
export function timeHint(cell: unknown): string | null {
  const size = Math.abs(epochOf(cell));
  if (!(size > MOST_SECONDS)) return null;
  if (size > MOST_SECONDS * 1e6) return 'nanoseconds?';
  return size > MOST_SECONDS * 1e3 ? 'microseconds?' : 'milliseconds?';
}

function epochOf(cell: unknown): number {
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : Number.NaN;
  if (typeof cell !== 'string') return Number.NaN;
  const text = cell.trim();
  return EPOCH.test(text) ? Number(text) : Number.NaN;
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
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // A 30th of February would quietly become a day of March.
  const isDay = Number(year) > 0 && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  // A leap second is the first of the next minute, as for every Unix clock.
  if (!isDay || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return Number.NaN;
  const whole = date.getTime() / 1000 + Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const seconds = whole + Number(fraction.replace(',', '.'));
  if (zone === undefined) return fromLocal(seconds, offset);
  return seconds - offsetOf(zone);
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
