/**
 * Seconds to add to UTC for the local time of a zone, looked up once per quarter of an hour of data: zones change on no other
 * boundary. Throws a RangeError for a zone that does not exist.
 */
export function zoneOffsets(timeZone: string): (seconds: number) => number {
  if (timeZone === 'UTC') return () => 0;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
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
    const current = Math.floor(seconds / 900);
    if (current === quarter) return offset;
    quarter = current;
    const parts = new Map(format.formatToParts(current * 900_000).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    offset = local / 1000 - current * 900;
    return offset;
  };
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
