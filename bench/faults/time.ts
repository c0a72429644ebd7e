/** A minute of the made-up days takes this long in reality, milliseconds. */
export const MINUTE = 125;
/** How much faster the made-up days go. */
export const SCALE = 60_000 / MINUTE;
export const DAY = 1_440 * MINUTE;
/** A Monday, midnight UTC: where the made-up days begin, Unix seconds. */
export const EPOCH = Date.UTC(2026, 0, 5) / 1_000;

/** Unix seconds in the made-up days, of real milliseconds since the beginning; whole minutes. */
export const madeUp = (sinceBegin: number): number => EPOCH + Math.round(sinceBegin / MINUTE) * 60;

/** `[5m]` becomes what passes in five made-up minutes, though never less than two scrapes; so do the seconds of a forecast. */
export function accelerated(expr: string, leastWindow: number): string {
  const windows = expr.replace(/\[(\d+)([smhd])\]/g, (_, count: string, unit: 's' | 'm' | 'h' | 'd') => {
    const length = (Number(count) * UNITS[unit]) / SCALE;
    return `[${Math.max(leastWindow, Math.round(length))}ms]`;
  });
  if (/\[[^\]]*:/.test(windows)) throw new Error(`a subquery cannot be accelerated: ${expr}`);
  return windows.replace(/(predict_linear\([^,]+,\s*)(\d+)/g, (_, head: string, seconds: string) => {
    return `${head}${Number(seconds) / SCALE}`;
  });
}
const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
