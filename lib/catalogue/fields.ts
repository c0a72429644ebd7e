import * as z from 'zod/mini';
import { parseDuration } from '../language/duration.ts';
import { AUTONOMIES } from '../model/basic.ts';
import type { VerificationSpec } from '../model/catalogue.ts';

/** `must be text`, never a number that YAML made of it. */
export const line = z
  .string()
  .check(z.minLength(1, 'must not be empty'), z.maxLength(2_000, 'is longer than 2000 characters'));
export const name = z
  .string()
  .check(z.regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be a-z, 0-9 and -, beginning with a letter, at most 63 characters'));
export const autonomy = z.enum(AUTONOMIES);
export const severity = z.enum(['critical', 'warning', 'info']);

function readable(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch {
    // The schema's own message follows; the reason is the same for every unreadable text.
    return false;
  }
}

/** Prometheus' syntax in, milliseconds out. */
export const duration = z.pipe(
  z
    .string('must be a duration such as 30s, 5m or 1h30m')
    .check(z.refine(readable, { error: 'must be a duration such as 30s, 5m or 1h30m', abort: true })),
  z.transform(parseDuration),
);
/** A duration that is more than nothing. */
export const positive = duration.check(z.refine((length) => length > 0, 'must be more than 0'));

export type Comparison = Pick<VerificationSpec, 'op' | 'value'>;
const COMPARISON = /^(==|!=|<=|>=|<|>)\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)$/;
const COMPARED = 'must be a comparison such as "== 1" or "< 0.9"';

/** `== 1` → op and value. */
export const comparison = z.pipe(
  z.string(COMPARED).check(z.refine((text) => COMPARISON.test(text.trim()), { error: COMPARED, abort: true })),
  z.transform((text): Comparison => {
    const [, op, value] = COMPARISON.exec(text.trim()) ?? [];
    return { op: (op ?? '==') as Comparison['op'], value: Number(value) };
  }),
);
