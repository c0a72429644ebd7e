import { describe, isNightshiftError } from '../../model/errors.ts';
import type { FunctionAnswer } from '../../model/query.ts';

/** An answer for another function: an error of ours keeps its kind and code on the way. */
export async function answered(work: () => Promise<unknown>): Promise<FunctionAnswer> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!isNightshiftError(error)) {
      return { error: { kind: 'failed', code: 'function.failed', message: describe(error) } };
    }
    const { kind, code, message, field } = error;
    return { error: { kind, code, message, ...(field !== undefined && { field }) } };
  }
}
