/** As far as a Date reaches, less the offset of any zone: beyond it there are no rules. */
const FURTHEST = 8.64e12 - 86_400;

/**
 * Seconds to add to UTC for the local time of a zone, looked up once per quarter of an hour of data: zones change on no other
 * boundary. A time that no Date reaches has the offset of the furthest that one does, and what is no number has none. Throws a
 * RangeError for a zone that does not exist, and for nothing else.
 */
export function zoneOffsets(timeZone: string): (seconds: number) => number {
  if (timeZone === 'UTC') return () => 0;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  let quarter = Number.NaN;
  let offset = 0;
  return (seconds) => {
    if (Number.isNaN(seconds)) return 0;
    const current = Math.floor(Math.max(-FURTHEST, Math.min(FURTHEST, seconds)) / 900);
    if (current === quarter) return offset;
    quarter = current;
    offset = localSeconds(format.formatToParts(current * 900_000)) - current * 900;
    return offset;
  };
}

function localSeconds(parts: readonly Intl.DateTimeFormatPart[]): number {
  const texts = new Map(parts.map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes) => Number(texts.get(name) ?? 0);
  // The year before the first is 1 BC; and Date.UTC takes the first hundred for those of 1900.
  const year = texts.get('era')?.startsWith('B') === true ? 1 - part('year') : part('year');
  const date = new Date(0);
  date.setUTCFullYear(year, part('month') - 1, part('day'));
  return date.getTime() / 1000 + part('hour') * 3600 + part('minute') * 60 + part('second');
}

/** Unknown zones would be found out in the night when they matter. */
export function zoneExists(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
