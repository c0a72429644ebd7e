import * as z from 'zod/mini';
import { isNever, parseRfc3339 } from '../language/time.ts';

/** Alertmanager's webhook, version 4: loose at the top, where it grows, strict in what is used here. */
export const MAX_LABELS = 100;
export const MAX_LABEL_VALUE = 4096;
export const MAX_LABEL_NAME = 256;
/** Annotations are prose and a generator URL holds a whole expression: longer, but not endless. */
export const MAX_TEXT = 16_384;

/** Half a surrogate pair is no text: it would be stored as something else than what was hashed. */
const wellFormed = (text: string): boolean => text.isWellFormed();

const text = (max: number) =>
  z
    .string({ error: 'a string' })
    .check(
      z.maxLength(max, { error: `at most ${max} characters`, abort: true }),
      z.refine(wellFormed, { error: 'well-formed Unicode' }),
    );

/**
 * Prometheus 3 allows any UTF-8 name. Control characters have no business in one, and `__proto__` is a trap of JavaScript.
 */
const NAME = /^[^\u0000-\u001f\u007f]{1,256}$/;
const NAME_EXPECTED = `a label name: 1 to ${MAX_LABEL_NAME} characters, none of them a control character`;
const nameFits = (name: string): boolean => NAME.test(name) && name !== '__proto__' && wellFormed(name);

function entryProblem(name: string, value: unknown, maxValue: number): string | null {
  if (!nameFits(name)) return NAME_EXPECTED;
  if (typeof value !== 'string') return 'a string';
  if (value.length > maxValue) return `at most ${maxValue} characters`;
  return wellFormed(value) ? null : 'well-formed Unicode';
}

/** By hand: labels are most of a webhook, and zod's record is slower and drops `__proto__` unseen. */
const labels = (maxValue: number) =>
  z
    .custom<Record<string, string>>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
      error: 'an object of strings',
      abort: true,
    })
    .check((context) => {
      const entries = Object.entries(context.value);
      const issue = (path: string[], message: string) =>
        context.issues.push({ code: 'custom', path, message, input: context.value });
      if (entries.length > MAX_LABELS) {
        issue([], `at most ${MAX_LABELS} entries`);
        return;
      }
      for (const [name, value] of entries) {
        const problem = entryProblem(name, value, maxValue);
        if (problem !== null) issue([name], problem);
      }
    });

const EPOCH = 'an RFC 3339 time since 1970, for example 2026-01-31T08:00:00Z';
const startTime = z
  .string({ error: EPOCH })
  .check(z.refine((value: string) => (parseRfc3339(value) ?? -1) >= 0, { error: EPOCH }));
const endTime = z
  .string({ error: EPOCH })
  .check(z.refine((value: string) => isNever(value) || (parseRfc3339(value) ?? -1) >= 0, { error: EPOCH }));

const alert = z.looseObject(
  {
    status: z.enum(['firing', 'resolved'], { error: "'firing' or 'resolved'" }),
    labels: labels(MAX_LABEL_VALUE),
    annotations: z.optional(labels(MAX_TEXT)),
    startsAt: startTime,
    endsAt: z.optional(endTime),
    generatorURL: z.optional(text(MAX_TEXT)),
    fingerprint: z.optional(
      z
        .string({ error: 'the hexadecimal fingerprint' })
        .check(z.regex(/^[0-9a-f]{16}$/, { error: '16 hexadecimal digits, as Alertmanager sends them' })),
    ),
  },
  { error: 'an object with status, labels and startsAt' },
);

export const webhookPayload = z.looseObject(
  {
    version: z.literal('4', { error: "version '4' of Alertmanager's webhook" }),
    groupKey: z.optional(text(MAX_TEXT * 4)),
    truncatedAlerts: z.optional(
      z.int({ error: 'a whole number' }).check(z.minimum(0, { error: 'a number of 0 or more' })),
    ),
    alerts: z.array(alert, { error: 'a list of alerts' }),
  },
  { error: 'a JSON object' },
);
export type AlertPayload = z.infer<typeof alert>;
