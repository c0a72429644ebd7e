import type { Duration, Millis } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';
import type { WindowRecord } from '../model/incident.ts';
import { zoneExists, zoneOffsets } from '../scoring/zone.ts';

type When = WindowRecord['when'];
type Weekly = Extract<When, { readonly zone: string }>;

const WEEK = 7 * 86_400_000;
const DAY = 86_400_000;

/**
 * Refuses a window that could not be evaluated later: `input` `window.when`, `window.days`, `window.at`, `window.zone`,
 * `window.lasts`. `windowCovers` asks again, so that a damaged record is an error and never "no window".
 */
export function checkWindow(when: When): void {
  if (!('zone' in when)) {
    if (Number.isFinite(when.from) && Number.isFinite(when.until) && when.from < when.until) return;
    throw invalid('window.when', 'the window ends before it begins', {
      field: 'when.until',
      expected: 'later than when.from',
    });
  }
  if (when.days.length === 0 || !when.days.every((day) => Number.isInteger(day) && day >= 1 && day <= 7)) {
    throw invalid('window.days', 'days of the week are missing', {
      field: 'when.days',
      expected: '1 (Monday) to 7 (Sunday)',
    });
  }
  if (!/^([01][0-9]|2[0-3]):[0-5][0-9]$/.test(when.at)) {
    throw invalid('window.at', `${JSON.stringify(when.at)} is no time of day`, {
      field: 'when.at',
      expected: 'HH:MM, local to the zone',
    });
  }
  if (!zoneExists(when.zone)) {
    throw invalid('window.zone', `${JSON.stringify(when.zone)} is no time zone`, {
      field: 'when.zone',
      expected: 'an IANA zone such as Europe/Berlin',
    });
  }
  if (!(when.lasts > 0 && when.lasts <= WEEK)) {
    throw invalid('window.lasts', 'the window has no usable length', {
      field: 'when.lasts',
      expected: 'more than 0, at most 7 days, in milliseconds',
    });
  }
}

/**
 * Whether the window stands at an instant; its end is outside. A weekly window begins at the local time on the wall and
 * lasts its length in elapsed time, over midnight and over a change of the clocks. Where the clocks skip that time it begins as
 * much later; where they show it twice it begins at each, because a window too many only delays a cure.
 */
export function windowCovers(window: WindowRecord, at: Millis): boolean {
  const { when } = window;
  checkWindow(when);
  if (!('zone' in when)) return when.from <= at && at < when.until;
  return beginnings(when, at).some((begin) => begin <= at && at < begin + when.lasts);
}

/** Every beginning that could reach the instant: one more day back than the window lasts, one ahead. */
function beginnings(when: Weekly, at: Millis): Millis[] {
  const offsetInSeconds = zoneOffsets(when.zone);
  const offset = (utc: Millis) => offsetInSeconds(utc / 1000) * 1000;
  const today = Math.floor((at + offset(at)) / DAY);
  const back = Math.ceil(when.lasts / DAY) + 1;
  const days = Array.from({ length: back + 2 }, (_, index) => today + 1 - index);
  return days
    .filter((day) => when.days.includes(weekdayOf(day)))
    .flatMap((day) => instantsOf(day * DAY + timeOfDay(when.at), offset));
}

/** 1 (Monday) to 7; day 0, the first of 1970, was a Thursday. */
const weekdayOf = (day: number): number => ((((day + 3) % 7) + 7) % 7) + 1;

function timeOfDay(at: string): Duration {
  const [hour, minute] = at.split(':').map(Number);
  return ((hour ?? 0) * 60 + (minute ?? 0)) * 60_000;
}

/** The instants at which clocks on the wall show a time, which is written as if it were UTC: one, or two, or as if not skipped. */
function instantsOf(wall: Millis, offset: (utc: Millis) => Duration): Millis[] {
  // No zone is a day away from UTC, so that these are the offsets on both sides of whatever happens around that time.
  const before = offset(wall - DAY);
  const shown = [...new Set([before, offset(wall + DAY)])].map((each) => wall - each);
  const real = shown.filter((instant) => instant + offset(instant) === wall);
  return real.length > 0 ? real : [wall - before];
}

/** Covers the instant and names nothing else than this place; a scope of nulls is everywhere. */
export function windowApplies(
  window: WindowRecord,
  place: { readonly cluster: string; readonly host: string | null; readonly service: string | null },
  at: Millis,
): boolean {
  const { cluster, host, service } = window.scope;
  const here =
    (cluster === null || cluster === place.cluster) &&
    (host === null || host === place.host) &&
    (service === null || service === place.service);
  return here && windowCovers(window, at);
}
