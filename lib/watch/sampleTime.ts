import { invalid } from '../model/errors.ts';
import { zoneOffsets } from '../scoring/zone.ts';

const EPOCH = /^[+-]?\d+(\.\d+)?$/;
const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?\s*(Z|z|[+-]\d{2}:?\d{2})?$/;

/**
 * Reads epoch seconds, or ISO 8601; without an offset of its own a time is local to the zone. NaN where it is neither.
 * Throws `input` `score.zone` for a zone that does not exist, with the name under which it was given.
 */
export function timeReader(timeZone: string, field = '--tz'): (cell: unknown) => number {
  const offset = offsets(timeZone, field);
  return (cell) => {
    if (typeof cell === 'number') return Number.isFinite(cell) ? cell : Number.NaN;
    if (typeof cell !== 'string') return Number.NaN;
    const text = cell.trim();
    if (EPOCH.test(text)) return Number(text);
    return isoSeconds(text, offset);
  };
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
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone] = found;
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const date = new Date(local);
  // A 30th of February would quietly become a day of March.
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day) || Number(hour) > 23)
    return Number.NaN;
  const seconds = local / 1000 + Number(fraction);
  if (zone === undefined) return fromLocal(seconds, offset);
  if (zone.toUpperCase() === 'Z') return seconds;
  const sign = zone.startsWith('-') ? -1 : 1;
  return seconds - sign * (Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(-2)) * 60);
}

/** The second guess is right but for the hour that a change of the clocks leaves out or says twice. */
function fromLocal(local: number, offset: (seconds: number) => number): number {
  const guess = local - offset(local);
  return local - offset(guess);
}
