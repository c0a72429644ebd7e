import { failed } from '../../model/errors.ts';
import type { HttpPort, HttpRequest, HttpResponse } from '../../ports/edges.ts';

const MIB = 1024 * 1024;

/**
 * The HttpPort over Node's fetch. One timeout covers connecting, headers and body. A body longer than `maxBytes` (default
 * 1 MiB) is cut off there and the rest never read: whoever needs all of it asks for a larger cap and checks.
 */
export function httpClient({ maxBytes = MIB }: { readonly maxBytes?: number } = {}): HttpPort {
  return {
    async request(request) {
      try {
        return await ask(request, maxBytes);
      } catch (cause) {
        throw failed('http.unreachable', `${origin(request.url)} did not answer: ${why(cause, request)}`, { cause });
      }
    },
  };
}

async function ask(request: HttpRequest, maxBytes: number): Promise<HttpResponse> {
  const response = await fetch(request.url, {
    method: request.method,
    headers: request.headers,
    body: request.body,
    redirect: 'manual',
    signal: AbortSignal.timeout(request.timeout),
  });
  const body = await capped(response.body, maxBytes);
  return { status: response.status, headers: Object.fromEntries(response.headers), body };
}

async function capped(stream: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string> {
  if (stream === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the stream, which closes the connection.
  for await (const chunk of stream) {
    chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.byteLength;
    if (size >= maxBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Only scheme, host and port: paths and query strings of webhooks carry secrets. */
function origin(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'the given address';
}

/** fetch hides the reason one level down: `fetch failed` says nothing, its cause says ECONNREFUSED. */
function why(error: unknown, { timeout }: HttpRequest): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'TimeoutError') return `nothing within ${timeout} ms`;
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return cause instanceof Error ? cause.message : error.message;
}
