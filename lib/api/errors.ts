import { absent, type ErrorKind, isNightshiftError, type NightshiftError, refused } from '../model/errors.ts';
import type { Log } from '../ports/edges.ts';

const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  input: 400,
  absent: 404,
  refused: 409,
  conflict: 409,
  busy: 503,
  failed: 502,
};
/** What HTTP has a word of its own for. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  'api.unauthenticated': 401,
  'api.forbidden': 403,
  'api.host': 403,
  'api.origin': 403,
  'api.signature': 401,
  'api.method': 405,
  'api.too-large': 413,
  'api.media-type': 415,
  'api.encoding': 415,
};
/** Seconds after which a sender under 503 should come again. */
const RETRY_AFTER = '5';

export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly field: string | null;
    readonly expected: string | null;
    readonly retryable: boolean;
  };
}

export const statusOf = (error: NightshiftError): number => STATUS_OF_CODE[error.code] ?? STATUS_OF_KIND[error.kind];

function headersOf(status: number): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
  if (status === 503) headers['retry-after'] = RETRY_AFTER;
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="nightshift"';
  return headers;
}

/** An error that is none of ours is a defect: it is logged in full and told in one sentence. */
export function errorResponse(error: unknown, log: Log): Response {
  if (!isNightshiftError(error)) {
    log.error('a request failed unexpectedly', {
      error: error instanceof Error ? (error.stack ?? error.message) : error,
    });
    const body: ErrorBody = {
      error: {
        code: 'api.defect',
        message: 'Nightshift failed to answer. Its log says why.',
        field: null,
        expected: null,
        retryable: false,
      },
    };
    return new Response(JSON.stringify(body), { status: 500, headers: headersOf(500) });
  }
  const status = statusOf(error);
  if (status >= 500) log.warn('a request could not be served', { code: error.code, message: error.message });
  const body: ErrorBody = {
    error: {
      code: error.code,
      message: error.message,
      field: error.field ?? null,
      expected: error.expected ?? null,
      retryable: error.retryable,
    },
  };
  return new Response(JSON.stringify(body), { status, headers: headersOf(status) });
}

export const unauthenticated = (what: string): NightshiftError =>
  refused('api.unauthenticated', what, { field: 'authorization', expected: 'Authorization: Bearer <token>' });

export const nothingAt = (path: string): NightshiftError =>
  absent('api.path', `There is nothing at ${path.slice(0, 200)}.`, { field: 'path', expected: 'see /openapi.json' });
