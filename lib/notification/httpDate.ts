import type { Millis } from '../model/basic.ts';

/** `Sunday, 06-Nov-94 08:49:37 GMT` of RFC 850, and `Sun Nov  6 08:49:37 1994` of C's asctime. */
const RFC850 = /^([A-Z][a-z]{2})[a-z]*, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}:\d{2}:\d{2}) GMT$/;
const ASCTIME = /^([A-Z][a-z]{2}) ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}:\d{2}:\d{2}) (\d{4})$/;

/**
 * An HTTP date (RFC 9110): the one form that is written today and both that a recipient must still understand. Null where it
 * is none: Date.parse alone would read nearly everything, and asctime in the zone of the machine.
 */
export function parseHttpDate(text: string): Millis | null {
  const form = asWrittenToday(text);
  const at = Date.parse(form);
  // Only that form comes back as it was read; a wrong weekday or a 30th of February does not.
  return !Number.isNaN(at) && new Date(at).toUTCString() === form ? at : null;
}

function asWrittenToday(text: string): string {
  const [, weekday, day, month, year, time] = RFC850.exec(text) ?? [];
  // Two digits of a year: past 60 they were in the last century.
  if (time !== undefined) return `${weekday}, ${day} ${month} ${Number(year) > 60 ? 19 : 20}${year} ${time} GMT`;
  const [, name, of, date, clock, full] = ASCTIME.exec(text) ?? [];
  return full === undefined ? text : `${name}, ${date?.replace(' ', '0')} ${of} ${full} ${clock} GMT`;
}
