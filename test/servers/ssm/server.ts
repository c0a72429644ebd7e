import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { ssmCommands } from './commands.ts';
import { answerControl } from './control.ts';
import { deliveries, type StatusEvent } from './deliveries.ts';
import { ssmDocuments } from './documents.ts';
import { refusal, SsmError } from './errors.ts';
import { type Fault, faultsOf, type ReplyFault } from './faults.ts';
import { type Hosts, type SsmHost, ssmHosts } from './hosts.ts';
import type { Input } from './input.ts';
import { type Start, startsOn } from './ledger.ts';
import { parameterStore } from './parameterStore.ts';

/** One request that arrived, and what it was answered. */
export interface Call {
  readonly operation: string;
  readonly at: number;
  readonly input: Input;
  /** The error's type, `ok`, or the fault that it met. */
  readonly outcome: string;
}

export interface SsmServerOptions {
  readonly hosts?: readonly SsmHost[];
  /** 0 takes a free one. */
  readonly port?: number;
  readonly onEvent?: (event: StatusEvent) => void;
  /** The most that one page of a list brings. */
  readonly pageSize?: number;
}

export interface SsmServer {
  readonly endpoint: string;
  readonly hosts: Hosts;
  readonly calls: readonly Call[];
  readonly faults: { add(...faults: Fault[]): void; clear(): void; readonly waiting: readonly Fault[] };
  /** Puts the service's clock forward, so that nobody waits for a delivery to time out. Hosts keep their own time. */
  advance(ms: number): void;
  /** What the hosts themselves say was begun. */
  ledger(): readonly Start[];
  /** Scripts that run keep running. */
  close(): Promise<void>;
}

/**
 * Systems Manager as far as Nightshift uses it: JSON 1.1 over HTTP, documents, commands, instances and parameters, with scripts
 * that really run, faults to order and a ledger that the hosts keep. Credentials and signatures are not looked at.
 */
export async function startSsm(options: SsmServerOptions = {}): Promise<SsmServer> {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const pageSize = options.pageSize ?? 50;
  const stopping = new AbortController();
  const calls: Call[] = [];
  const faults = faultsOf();
  const documents = ssmDocuments(now);
  const hosts = ssmHosts(options.hosts ?? [], pageSize);
  const onEvent = options.onEvent ?? (() => undefined);
  const brought = deliveries({ hosts, faults, onEvent, now, closed: stopping.signal });
  const commands = ssmCommands({ documents, hosts, now, pageSize, ...brought });
  const operations: Readonly<Record<string, (input: Input) => unknown>> = {
    ...documents.operations,
    ...hosts.operations,
    ...commands.operations,
    ...parameterStore(now),
  };
  const ledger = () => startsOn(hosts.all.map(({ folder }) => folder));
  const advance = (ms: number) => {
    ahead += ms;
  };
  const control = { hosts, faults, calls, ledger, advance };
  const server = createServer((request, response) => {
    void serve({ operations, faults, calls, control }, request, response);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    ...control,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      stopping.abort();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Service {
  readonly operations: Readonly<Record<string, (input: Input) => unknown>>;
  readonly faults: ReturnType<typeof faultsOf>;
  readonly calls: Call[];
  readonly control: Parameters<typeof answerControl>[0];
}

async function serve(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await textOf(request).catch(() => '');
  if (request.url?.startsWith('/_test/') === true) {
    answerControl(service.control, request, body, response);
    return;
  }
  const operation = /^AmazonSSM\.(\w+)$/.exec(String(request.headers['x-amz-target'] ?? ''))?.[1] ?? '';
  const input = parsed(body);
  const fault = service.faults.reply(operation, {
    ...(Array.isArray(input.InstanceIds) && { instanceIds: input.InstanceIds.map(String) }),
    ...(typeof input.Comment === 'string' && { comment: input.Comment }),
  });
  const call = (outcome: string) => void service.calls.push({ operation, at: Date.now(), input, outcome });
  if (fault !== null && !fault.endsWith('-after')) {
    call(fault);
    suffer(fault, response);
    return;
  }
  const answer = answerOf(service.operations[operation], input);
  call(fault ?? (answer instanceof SsmError ? answer.type : 'ok'));
  if (fault !== null) suffer(fault, response);
  else if (answer instanceof SsmError) refuse(response, answer);
  else reply(response, 200, answer);
}

function parsed(body: string): Input {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Input) : {};
  } catch {
    return {};
  }
}

function answerOf(operation: ((input: Input) => unknown) | undefined, input: Input): unknown {
  if (operation === undefined) return refusal('UnknownOperationException', '');
  try {
    return operation(input);
  } catch (error) {
    if (error instanceof SsmError) return error;
    return new SsmError('InternalServerError', String(error), 500);
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}

const refuse = (response: ServerResponse, { type, status, message }: SsmError) =>
  reply(response, status, { __type: type, message, Message: message });

function suffer(fault: ReplyFault, response: ServerResponse): void {
  const [kind] = fault.split('-');
  if (kind === 'reset') response.destroy();
  if (kind === 'throttle') refuse(response, refusal('ThrottlingException', 'Rate exceeded'));
  if (kind === 'error') refuse(response, new SsmError('InternalServerError', 'An error occurred on the server.', 500));
  // A hang is no answer at all.
}
