import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tooLarge } from '../../api/body.ts';
import { failed, invalid, isNightshiftError, type NightshiftError } from '../../model/errors.ts';

export interface ServeOptions {
  /** Answers a request; expected not to throw. */
  readonly fetch: (request: Request) => Promise<Response>;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Bodies are cut off behind this many bytes. */
  readonly maxBytes: number;
}
export interface Serving {
  readonly host: string;
  readonly port: number;
  /** Takes no more requests, lets those that run end, and resolves when all connections are closed. */
  close(): Promise<void>;
}

/** Milliseconds. A client that takes longer to say what it wants is not a client. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;
/** Longer than Alertmanager's evaluation rhythm, so that its connection lives from flush to flush. */
const KEEP_ALIVE = 75_000;
/** What runs gets this long when we close. */
const GRACE = 5_000;

/** The reader sees the error at the first byte too many; nothing behind it is kept. */
async function* capped(incoming: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

function headersOf(incoming: IncomingMessage): Headers {
  const headers = new Headers();
  const raw = incoming.rawHeaders;
  for (let at = 0; at + 1 < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '');
  return headers;
}

/** Host is only looked at as a header: a URL made of it could be anything. */
function requestOf(incoming: IncomingMessage, maxBytes: number): Request {
  const method = incoming.method ?? 'GET';
  const path = incoming.url ?? '/';
  const url = new URL(path.startsWith('/') ? `http://nightshift${path.replace(/^\/+/, '/')}` : path);
  const headers = headersOf(incoming);
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers });
  const body = ReadableStream.from(capped(incoming, maxBytes));
  return new Request(url, { method, headers, body, duplex: 'half' });
}

function refuse(outgoing: ServerResponse, status: number, code: string, message: string): void {
  const body = JSON.stringify({ error: { code, message, field: null, expected: null, retryable: false } });
  outgoing.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  outgoing.end(body);
}

async function send(response: Response, outgoing: ServerResponse, head: boolean): Promise<void> {
  const bytes = Buffer.from(await response.arrayBuffer());
  outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), 'content-length': bytes.length });
  outgoing.end(head ? undefined : bytes);
}

async function handle(incoming: IncomingMessage, outgoing: ServerResponse, options: ServeOptions): Promise<void> {
  let request: Request;
  try {
    request = requestOf(incoming, options.maxBytes);
  } catch {
    // A method, path or header that HTTP forbids: the parser lets some through that `Request` does not.
    return refuse(outgoing, 400, 'listen.request', 'This is no usable HTTP request.');
  }
  try {
    await send(await options.fetch(request), outgoing, incoming.method === 'HEAD');
  } catch (error) {
    if (outgoing.headersSent) outgoing.destroy();
    else refuse(outgoing, 500, 'listen.defect', isNightshiftError(error) ? error.message : 'The request failed.');
  }
}

function listenError(cause: unknown, host: string, port: number): NightshiftError {
  const { code, message } = cause as { code?: string; message?: string };
  const detail = { field: 'listen', cause };
  if (code === 'EADDRINUSE') {
    const expected = 'a free port: stop what uses it, or set listen.port';
    return invalid('listen.in-use', `${host}:${port} is in use by another program.`, { ...detail, expected });
  }
  if (code === 'EACCES')
    return invalid('listen.denied', `${host}:${port} may not be used by this user.`, {
      ...detail,
      expected: 'a port above 1023',
    });
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    const expected = 'an address of this machine, for example 127.0.0.1';
    return invalid('listen.address', `${host} is no address of this machine.`, { ...detail, expected });
  }
  return failed('listen.failed', `Cannot listen on ${host}:${port}: ${message ?? code}`, detail);
}

/** Tells of a port that cannot be had before anything else is made. Throws what `serve` throws. */
export async function checkPort(host: string, port: number): Promise<void> {
  const server = createServer();
  await listen(server, host, port);
  await new Promise<void>((done) => server.close(() => done()));
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(listenError(cause, host, port)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  // Node keeps a connection alive behind its last answer, also while it closes: then the next idle moment is its end.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const last = setTimeout(() => server.closeAllConnections(), GRACE);
  return new Promise((resolve) => {
    server.close(() => {
      clearInterval(idle);
      clearTimeout(last);
      resolve();
    });
  });
}

/** Throws `input` `listen.in-use`, `listen.denied` or `listen.address`, `failed` `listen.failed`. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      keepAliveTimeout: KEEP_ALIVE,
      connectionsCheckingInterval: 2_000,
      noDelay: true,
    },
    (incoming, outgoing) => void handle(incoming, outgoing, options),
  );
  await listen(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | null = null;
  return {
    host: options.host,
    port,
    close() {
      closed ??= close(server);
      return closed;
    },
  };
}
