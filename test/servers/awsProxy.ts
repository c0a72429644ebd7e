import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * What goes wrong with one request. `conflict` and `throttle` are the service's own refusals, `error` and `reset` come before
 * anything was done, their `-after` once all of it was; `partial` does a part of a batch and says so, `rejected` says of that
 * part that the sender is at fault.
 */
export type AwsFault =
  | 'conflict'
  | 'throttle'
  | 'error'
  | 'error-after'
  | 'reset'
  | 'reset-after'
  | 'partial'
  | 'rejected';

export interface ProxyFault {
  /** `DynamoDB.TransactWriteItems`, `SQS.SendMessageBatch`, `S3.PUT`. */
  readonly operation: string;
  readonly kind: AwsFault;
  /** How many requests meet it; once where it is not told. */
  readonly times?: number;
  /** Happens after the effect and before the answer. */
  readonly meanwhile?: () => Promise<void>;
}

export interface AwsProxy {
  readonly endpoint: string;
  /** The operations in the order in which they arrived. */
  readonly calls: readonly string[];
  add(...faults: ProxyFault[]): void;
  clear(): void;
  /** Forgets ClientRequestToken, as DynamoDB does after ten minutes. */
  forgetTokens(yes: boolean): void;
  close(): Promise<void>;
}

interface Taken {
  readonly operation: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Stands before local AWS and does what that never does: conflicts, throttling, errors, lost answers, half-done batches. */
export async function startAwsProxy(target: string): Promise<AwsProxy> {
  let waiting: { fault: ProxyFault; left: number }[] = [];
  let forgetful = false;
  const calls: string[] = [];
  const sockets = new Set<Socket>();
  const take = (operation: string): ProxyFault | null => {
    const found = waiting.find(({ fault }) => fault.operation === operation);
    if (found === undefined) return null;
    found.left -= 1;
    waiting = waiting.filter(({ left }) => left > 0);
    return found.fault;
  };
  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const taken = await read(incoming, forgetful);
    calls.push(taken.operation);
    const fault = take(taken.operation);
    const answer = await suffer(target, taken, fault);
    if (answer === null) response.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  };
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    add: (...faults) => void waiting.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 }))),
    clear: () => {
      waiting = [];
    },
    forgetTokens: (yes) => {
      forgetful = yes;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

async function read(incoming: IncomingMessage, forgetful: boolean): Promise<Taken> {
  const { method = 'GET', url = '/', headers } = incoming;
  const body = await buffer(incoming);
  const taken = { operation: operationOf(method, headers), method, url, headers };
  if (!forgetful || taken.operation !== 'DynamoDB.TransactWriteItems') return { ...taken, body };
  const { ClientRequestToken: _, ...rest } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  return { ...taken, body: Buffer.from(JSON.stringify(rest)) };
}

function operationOf(method: string, headers: IncomingHttpHeaders): string {
  const [, service, operation] =
    /^(?:Amazon)?(\w+?)(?:_\d+)?\.(\w+)$/.exec(String(headers['x-amz-target'] ?? '')) ?? [];
  if (service !== undefined) return `${service}.${operation}`;
  const signed = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
  return `${signed.toUpperCase()}.${method}`;
}

/** Null is a connection that ends without an answer. */
async function suffer(target: string, taken: Taken, fault: ProxyFault | null): Promise<Answer | null> {
  if (fault === null) return forward(target, taken);
  const { kind, meanwhile } = fault;
  if (kind === 'reset') return null;
  if (kind === 'partial' || kind === 'rejected') return partial(target, taken, kind === 'rejected');
  if (!kind.endsWith('-after')) return refusalOf(taken, kind);
  await forward(target, taken);
  await meanwhile?.();
  return kind === 'reset-after' ? null : refusalOf(taken, 'error');
}

function forward(target: string, { method, url, headers, body }: Taken): Promise<Answer> {
  const { 'transfer-encoding': _, ...kept } = headers;
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(url, target),
      { method, headers: { ...kept, 'content-length': String(body.length), connection: 'close' } },
      (incoming) => {
        buffer(incoming).then((bytes) => {
          const { 'transfer-encoding': _chunked, connection: _closed, ...rest } = incoming.headers;
          // The answer to HEAD has the length of a body that does not come.
          const length = method === 'HEAD' ? {} : { 'content-length': String(bytes.length) };
          resolve({ status: incoming.statusCode ?? 500, headers: { ...rest, ...length }, body: bytes });
        }, reject);
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

const json = (status: number, value: object): Answer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: Buffer.from(JSON.stringify(value)),
});
const xml = (status: number, code: string): Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  ),
});

/** In each service's own words. */
function refusalOf({ operation, body }: Taken, kind: AwsFault): Answer {
  const [service] = operation.split('.');
  if (service === 'S3') return kind === 'throttle' ? xml(503, 'SlowDown') : xml(500, 'InternalError');
  if (service === 'SQS') {
    const [status, type] = kind === 'throttle' ? [403, 'RequestThrottled'] : [500, 'InternalFailure'];
    return json(status, { __type: `com.amazonaws.sqs#${type}`, message: type });
  }
  const of = (type: string) => `com.amazonaws.dynamodb.v20120810#${type}`;
  if (kind === 'throttle') {
    return json(400, { __type: of('ProvisionedThroughputExceededException'), message: 'The level is exceeded.' });
  }
  if (kind !== 'conflict') return json(500, { __type: of('InternalServerError'), message: 'Internal server error' });
  const { TransactItems = [] } = JSON.parse(body.toString('utf8')) as { TransactItems?: unknown[] };
  const CancellationReasons = TransactItems.map((_, at) => ({ Code: at === 0 ? 'TransactionConflict' : 'None' }));
  const reasons = CancellationReasons.map(({ Code }) => Code).join(', ');
  return json(400, {
    __type: of('TransactionCanceledException'),
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons}]`,
    CancellationReasons,
  });
}

/** Every other entry of a batch is done. */
async function partial(target: string, taken: Taken, SenderFault: boolean): Promise<Answer> {
  const batch = JSON.parse(taken.body.toString('utf8')) as { readonly Entries: readonly { readonly Id: string }[] };
  const even = batch.Entries.filter((_, at) => at % 2 === 1);
  const Failed = batch.Entries.filter((_, at) => at % 2 === 0).map(({ Id }) => ({
    Id,
    SenderFault,
    Code: SenderFault ? 'InvalidParameterValue' : 'InternalError',
    Message: 'injected',
  }));
  if (even.length === 0) return json(200, { Successful: [], Failed });
  const answer = await forward(target, { ...taken, body: Buffer.from(JSON.stringify({ ...batch, Entries: even })) });
  const { Successful } = JSON.parse(answer.body.toString('utf8')) as { readonly Successful: unknown };
  return json(200, { Successful, Failed });
}
