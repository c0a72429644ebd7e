import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A trouble that a server can be told to have, instead of its real answer. */
export type Trouble =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number; readonly body?: string }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Closes the connection without an answer. */
  | { readonly kind: 'drop' };

export interface Recorded {
  /** When it had arrived, milliseconds. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether it met a trouble: such a request changed nothing here. */
  readonly troubled: boolean;
}
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server on a free loopback port that records what it was asked and has troubles on demand. */
export interface Recorder {
  readonly url: string;
  readonly requests: readonly Recorded[];
  /** The next `times` requests meet this trouble; further ones are answered as usual. */
  trouble(trouble: Trouble, times?: number): void;
  /** Every request meets it until `recover`. */
  breakDown(trouble: Trouble): void;
  recover(): void;
  close(): Promise<void>;
}

export async function record(answer: (request: Recorded) => Answer): Promise<Recorder> {
  const requests: Recorded[] = [];
  const troubles: Trouble[] = [];
  const sockets = new Set<Socket>();
  let broken: Trouble | null = null;
  const server = createServer(async (incoming, response) => {
    const body = await read(incoming);
    const trouble = troubles.shift() ?? broken;
    const request = recorded(incoming, body, trouble !== null);
    requests.push(request);
    if (trouble === null) reply(response, answer(request));
    else suffer(response, trouble);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const url = await listening(server);
  return {
    url,
    requests,
    trouble: (trouble, times = 1) => troubles.push(...Array.from({ length: times }, () => trouble)),
    breakDown: (trouble) => {
      broken = trouble;
    },
    recover: () => {
      broken = null;
      troubles.length = 0;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listening(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

async function read(incoming: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}

function recorded(incoming: IncomingMessage, body: string, troubled: boolean): Recorded {
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return { at: Date.now(), method: incoming.method ?? '', path: incoming.url ?? '', headers, body, troubled };
}

function reply(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function suffer(response: ServerResponse, trouble: Trouble): void {
  if (trouble.kind === 'hang') return;
  if (trouble.kind === 'drop') {
    response.destroy();
    return;
  }
  const headers = trouble.retryAfter === undefined ? {} : { 'retry-after': String(trouble.retryAfter) };
  reply(response, { status: trouble.status, body: trouble.body ?? '', headers });
}
