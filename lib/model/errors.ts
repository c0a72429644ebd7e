/**
 * Absence, refusal and failure are different types, because they ask for different things: an absence may be normal, a
 * refusal must not be retried, a failure may be. Every error has a stable code, says whether trying again can help, and
 * names the field it is about where there is one.
 */
export type ErrorKind = 'input' | 'absent' | 'refused' | 'conflict' | 'busy' | 'failed';

export interface ErrorDetail {
  /** Path of the offending field, for example `alerts[3].labels.severity`. */
  readonly field?: string;
  /** What would have been accepted. */
  readonly expected?: string;
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

export class NightshiftError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly field: string | undefined;
  readonly expected: string | undefined;
  readonly retryable: boolean;

  constructor(kind: ErrorKind, code: string, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause });
    this.name = 'NightshiftError';
    this.kind = kind;
    this.code = code;
    this.field = detail.field;
    this.expected = detail.expected;
    this.retryable = detail.retryable ?? (kind === 'conflict' || kind === 'busy' || kind === 'failed');
  }
}

/** The caller sent something wrong; nothing was changed. */
export const invalid = (code: string, message: string, detail?: ErrorDetail) =>
  new NightshiftError('input', code, message, detail);
/** The thing does not exist: an answer, not a failure to ask. */
export const absent = (code: string, message: string, detail?: ErrorDetail) =>
  new NightshiftError('absent', code, message, detail);
/** Understood and not done, on purpose. */
export const refused = (code: string, message: string, detail?: ErrorDetail) =>
  new NightshiftError('refused', code, message, detail);
/** Somebody else was first: read again and decide again. */
export const conflict = (code: string, message: string, detail?: ErrorDetail) =>
  new NightshiftError('conflict', code, message, detail);
/** Under pressure: answered as 503, nothing half-done. */
export const busy = (code: string, message: string, detail?: ErrorDetail) =>
  new NightshiftError('busy', code, message, detail);
/** A dependency could not be asked, or answered nonsense. */
export const failed = (code: string, message: string, detail?: ErrorDetail) =>
  new NightshiftError('failed', code, message, detail);

/** Structural, because an error may come from another realm or another copy of this file. */
export function isNightshiftError(value: unknown): value is NightshiftError {
  return typeof value === 'object' && value !== null && (value as { name?: unknown }).name === 'NightshiftError';
}

/** One line for a log or a timeline; never a stack. */
export function describe(error: unknown): string {
  if (isNightshiftError(error)) return `${error.code}: ${error.message}`;
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
