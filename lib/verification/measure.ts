import { fillSelector } from '../language/placeholders.ts';
import type { VerificationSpec } from '../model/catalogue.ts';
import type { Metrics, Series } from '../ports/metrics.ts';

/**
 * The worst value of the verification's expression now, to be shown beside the one after the cure; null where there is no
 * series or none with a finite value. Says nothing of freshness. Throws what the port throws.
 */
export async function measure(spec: VerificationSpec, selector: string, metrics: Metrics): Promise<number | null> {
  return worst(spec, await metrics.instant(fillSelector(spec.expr, selector)));
}

/** NaN satisfies nothing, `!=` neither. */
export function satisfies({ op, value }: VerificationSpec, v: number): boolean {
  if (op === '==') return v === value;
  if (op === '!=') return !Number.isNaN(v) && v !== value;
  if (op === '<') return v < value;
  if (op === '<=') return v <= value;
  return op === '>' ? v > value : v >= value;
}

/** The finite value furthest on the wrong side of the threshold; null where there is none. */
export function worst(spec: VerificationSpec, series: readonly Series[]): number | null {
  const values = series.flatMap(({ samples }) => samples.map(({ v }) => v)).filter(Number.isFinite);
  return values.reduce<number | null>((a, b) => (a === null || badness(spec, b) > badness(spec, a) ? b : a), null);
}

function badness({ op, value }: VerificationSpec, v: number): number {
  if (op === '<' || op === '<=') return v;
  if (op === '>' || op === '>=') return -v;
  return op === '==' ? Math.abs(v - value) : -Math.abs(v - value);
}
