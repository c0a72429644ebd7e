import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';
import type { Hosts, SsmHost } from './hosts.ts';
import type { Start } from './ledger.ts';

interface Controlled {
  readonly hosts: Hosts;
  readonly faults: { add(...faults: Fault[]): void; clear(): void; readonly waiting: readonly Fault[] };
  readonly calls: readonly unknown[];
  ledger(): readonly Start[];
  advance(ms: number): void;
}

/**
 * The same controls for a test in another process: GET /_test/ledger, /_test/calls, /_test/faults, /_test/hosts;
 * POST /_test/clock (milliseconds to put forward), POST /_test/faults (a list) and DELETE /_test/faults; PUT /_test/hosts (one host) and DELETE /_test/hosts/<id>.
 */
export function answerControl(
  controlled: Controlled,
  { method = 'GET', url = '' }: IncomingMessage,
  body: string,
  response: ServerResponse,
): void {
  const { hosts, faults, calls } = controlled;
  const [, , what = '', id = ''] = url.split('/');
  const acts: Readonly<Record<string, () => unknown>> = {
    'GET ledger': () => controlled.ledger(),
    'GET calls': () => calls,
    'GET faults': () => faults.waiting,
    'GET hosts': () => hosts.all,
    'POST faults': () => faults.add(...(JSON.parse(body) as Fault[])),
    'POST clock': () => controlled.advance(Number(body)),
    'DELETE faults': () => faults.clear(),
    'PUT hosts': () => hosts.put(JSON.parse(body) as SsmHost),
    'DELETE hosts': () => hosts.remove(id),
  };
  const act = acts[`${method} ${what}`];
  const answer = (status: number, value: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value ?? null));
  };
  if (act === undefined) {
    answer(404, { error: `no ${method} ${what}; there are: ${Object.keys(acts)}` });
    return;
  }
  try {
    answer(200, act());
  } catch (error) {
    answer(400, { error: String(error) });
  }
}
