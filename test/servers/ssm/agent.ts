import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isNewEnough } from '../../../lib/adapters/aws/inventory.ts';
import { cancelExecution, readExecution, startDocument } from '../../../lib/adapters/engine/documentEngine.ts';
import { readOutput } from '../../../lib/adapters/engine/files.ts';
import { describe } from '../../../lib/model/errors.ts';
import type { RunStatus } from '../../../lib/model/runbook.ts';
import type { DocumentVersion } from './documents.ts';
import type { KnownHost } from './hosts.ts';
import { type Delivery, deliveriesIn } from './ledger.ts';

/** What the agent reports of a command. */
export interface Report {
  readonly detail: 'InProgress' | 'Success' | 'Failed' | 'Cancelled' | 'ExecutionTimedOut';
  readonly code: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Order {
  readonly delivery: Delivery;
  readonly document: DocumentVersion;
  readonly parameters: Readonly<Record<string, string>>;
  readonly host: KnownHost;
}

/** What the agent keeps of each stream, in bytes: a character at the end may be cut in two. */
const STDOUT = 24_000;
const STDERR = 8_000;
const LOOK = 20;
/** The exit code that the agent tells of a script that it ended itself. */
const STOPPED = 137;

const folderOf = ({ host, delivery: { commandId, delivery } }: Order) =>
  join(deliveriesIn(host.folder), `${commandId}.${delivery}`);

/** Runs a document as the agent would and reports its beginning and its end, until `closed`. */
export async function carryOut(order: Order, report: (report: Report) => void, closed: AbortSignal): Promise<void> {
  const folder = folderOf(order);
  try {
    await begin(order, folder);
  } catch (error) {
    report({ detail: 'Failed', code: 1, startedAt: null, endedAt: Date.now(), stdout: '', stderr: describe(error) });
    return;
  }
  for (let told = false; !closed.aborted; await pause(LOOK)) {
    const status = readExecution(folder);
    if (status.state === 'pending') continue;
    if (status.state !== 'running') {
      report(ended(status, folder));
      return;
    }
    if (!told) report({ ...NOTHING, detail: 'InProgress', startedAt: status.startedAt });
    told = true;
  }
}

const NOTHING = { code: -1, startedAt: null, endedAt: null, stdout: '', stderr: '' };

async function begin(order: Order, folder: string): Promise<void> {
  const { host, delivery, document, parameters } = order;
  mkdirSync(deliveriesIn(host.folder), { recursive: true });
  await startDocument({
    document: document.document,
    // An agent that does not know ENV_VAR hands nothing over.
    parameters: isNewEnough(host.agentVersion) ? parameters : {},
    folder,
    environment: { PATH: process.env.PATH, HOME: host.folder, LANG: 'C.UTF-8', ...host.environment },
    workingDirectory: join(host.folder, 'work'),
    markerRoot: join(host.folder, 'markers'),
    files: { delivery: JSON.stringify(delivery) },
  });
}

function ended(status: Extract<RunStatus, { exitCode: number | null }>, folder: string): Report {
  const cut = (name: string, limit: number) => Buffer.from(readOutput(join(folder, name)).text).subarray(0, limit);
  const stopped = status.state === 'cancelled' || status.state === 'timed-out';
  const own = status.exitCode === 0 ? 'Success' : 'Failed';
  const detail = status.state === 'cancelled' ? 'Cancelled' : status.state === 'timed-out' ? 'ExecutionTimedOut' : own;
  return {
    detail,
    code: stopped ? STOPPED : (status.exitCode ?? 1),
    startedAt: status.startedAt,
    endedAt: status.endedAt,
    stdout: cut('stdout', STDOUT).toString('utf8'),
    stderr: cut('stderr', STDERR).toString('utf8'),
  };
}

/** Asks a script to end; one that has not begun is none of the agent's business. */
export function stop(order: Order): void {
  try {
    cancelExecution(folderOf(order));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'engine.execution') throw error;
  }
}
