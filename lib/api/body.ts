import { parseJson } from '../intake/json.ts';
import { invalid, isNightshiftError, type NightshiftError } from '../model/errors.ts';

/** Enough for any question that a person or their tools ask. */
const MAX_DEPTH = 16;

export function tooLarge(maxBytes: number): NightshiftError {
  return invalid('api.too-large', 'The body is too large.', { field: 'body', expected: `at most ${maxBytes} bytes` });
}

/** Before a byte is read: what can be known from the headers alone. */
export function checkHeaders(headers: Headers, maxBytes: number): void {
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    const detail = { field: 'content-encoding', expected: 'a body that is not compressed' };
    throw invalid('api.encoding', 'Compressed bodies are not taken here.', detail);
  }
  const length = Number(headers.get('content-length') ?? 0);
  if (!(length <= maxBytes)) throw tooLarge(maxBytes);
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** A client that hangs up in the middle is no defect of ours. */
async function readChunk(reader: Reader): Promise<Uint8Array | null> {
  try {
    const { value, done } = await reader.read();
    return done ? null : value;
  } catch (cause) {
    if (isNightshiftError(cause)) throw cause;
    throw invalid('api.aborted', 'The body ended too early.', { field: 'body', expected: 'the whole body', cause });
  }
}

/** Stops reading at the first byte too many. Throws `input` `api.too-large`, `api.encoding` or `api.aborted`. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  checkHeaders(request.headers, maxBytes);
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await readChunk(reader); chunk !== null; chunk = await readChunk(reader)) {
    length += chunk.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw tooLarge(maxBytes);
    }
    chunks.push(chunk);
  }
  return join(chunks, length);
}

/** A browser may send any other type to another site without asking it first. */
export function checkJsonType(headers: Headers): void {
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || /^application\/[a-z0-9.+-]+\+json$/.test(type)) return;
  const detail = { field: 'content-type', expected: 'application/json' };
  throw invalid('api.media-type', `A body of type '${type.slice(0, 80)}' is not taken here.`, detail);
}

/** No body at all is an empty object: most actions need nothing else. */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes);
  if (bytes.length === 0) return {};
  checkJsonType(request.headers);
  return parseJson(bytes, MAX_DEPTH);
}
