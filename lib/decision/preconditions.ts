import type { Precondition, VerificationSpec } from '../model/catalogue.ts';
import { describe } from '../model/errors.ts';
import type { Series } from '../ports/metrics.ts';
import type { PreconditionAnswer } from './facts.ts';

const COMPARE: Readonly<Record<VerificationSpec['op'], (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** Holds when there are samples and each one satisfies it. NaN satisfies nothing, not even `!=`. */
export function answerOf(precondition: Precondition, series: readonly Series[]): PreconditionAnswer {
  const { id, expr, op, value } = precondition;
  const values = series.flatMap(({ samples }) => samples.slice(-1).map(({ v }) => v));
  const asked = `${expr} ${op} ${value}`;
  if (values.length === 0) return { id, result: 'no-data', text: `${asked} found nothing` };
  const bad = values.find((v) => Number.isNaN(v) || !COMPARE[op](v, value));
  if (bad === undefined) return { id, result: 'holds', text: `${asked} for all ${values.length}` };
  return { id, result: 'fails', text: `${asked} is not so for ${bad}` };
}

/** The query itself failed. */
export const unanswered = ({ id }: Precondition, error: unknown): PreconditionAnswer => ({
  id,
  result: 'error',
  text: describe(error),
});
