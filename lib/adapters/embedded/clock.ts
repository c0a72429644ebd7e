import { randomBytes } from 'node:crypto';
import { invalid } from '../../model/errors.ts';
import type { Clock, Ids } from '../../ports/edges.ts';

export const systemClock: Clock = { now: () => Date.now() };

/** 36^9 ms is the year 5188. */
const TIME_DIGITS = 9;
const COUNTER_DIGITS = 4;
const RANDOM_DIGITS = 10;

/**
 * `<prefix>_` + 9 digits of base 36 of the time in milliseconds + 4 of a counter within the millisecond + 10 random ones.
 * Within one process each id sorts after the one before it, also when the clock is set back.
 * Throws `input` `ids.prefix` for a prefix that is not of [a-z0-9_].
 */
export function timeIdsOf(clock: Clock): Ids {
  let last = 0;
  let counter = 0;
  return {
    next(prefix) {
      if (!/^[a-z0-9_]+$/.test(prefix)) {
        throw invalid('ids.prefix', 'not a prefix for ids', { field: 'prefix', expected: '[a-z0-9_]+' });
      }
      const now = clock.now();
      counter = now > last ? 0 : counter + 1;
      last = Math.max(now, last);
      return `${prefix}_${digits(last, TIME_DIGITS)}${digits(counter, COUNTER_DIGITS)}${randomDigits()}`;
    },
    secret: () => randomBytes(24).toString('base64url'),
  };
}

export const timeIds: Ids = timeIdsOf(systemClock);

const digits = (value: number, width: number) => Math.floor(value).toString(36).padStart(width, '0');

/** Random bytes are drawn by the page: one call of the system for each id would cost more than the id. */
const POOL = 8_192;
let pool: Buffer = Buffer.alloc(0);
let used = 0;

/** One byte a digit: the slight bias of 256 over 36 costs less than half a bit. */
function randomDigits(): string {
  if (used + RANDOM_DIGITS > pool.length) {
    pool = randomBytes(POOL);
    used = 0;
  }
  let text = '';
  for (let at = used; at < used + RANDOM_DIGITS; at += 1) text += ((pool[at] ?? 0) % 36).toString(36);
  used += RANDOM_DIGITS;
  return text;
}
