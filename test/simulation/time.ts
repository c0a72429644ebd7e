export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
/** A Friday morning, at the beginning of a UTC hour. */
export const T0 = Date.parse('2030-03-01T10:00:00Z');
export const DAY = 24 * HOUR;
