import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { dispatchParameters } from '../../language/parameters.ts';
import { canonicalJson } from '../../model/canonical.ts';
import { absent, conflict, failed, isNightshiftError, refused } from '../../model/errors.ts';
import type { Host } from '../../model/host.ts';
import type { Clock } from '../../ports/edges.ts';
import type { RunbookRunner, SendRequest } from '../../ports/runner.ts';
import { cancelExecution, hasReported, readExecution, startDocument } from '../engine/documentEngine.ts';
import { thisMachine } from './inventory.ts';

export interface EmbeddedRunnerOptions {
  /** Holds one folder per execution; made when it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  /** Where PATH, HOME and LANG are taken from; nothing else of it reaches a script. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Never shown in an output. */
  readonly secrets?: readonly string[];
  /** Where scripts make their markers; default `<folder>/.markers`, which unlike /run needs no root and outlives a reboot. */
  readonly markerRoot?: string;
  /** Whether a host is this machine; default by name and address. */
  readonly isHere?: (host: Host) => boolean;
}

/**
 * Runs runbooks on the machine that Nightshift runs on. A command's id is its execution's id. A second send of one execution
 * is a `conflict` `runner.started`, not a refusal: the first may be running, and whoever lost its answer finds it with `find`.
 * Further errors of `send`, all of them before anything was run: `input` `parameter.*`, `refused` `runner.execution`,
 * `runner.late`, `runner.offline`, `runner.elsewhere`, `runner.hash`, `runner.restart`, `engine.document`, `engine.start`;
 * and `failed` `runner.folder`, `engine.folder`.
 */
export function embeddedRunner(options: EmbeddedRunnerOptions): RunbookRunner {
  const root = resolve(options.folder);
  const secrets = options.secrets ?? [];
  return {
    send: (request) => send(root, options, request),
    async status(commandId) {
      return readExecution(known(root, commandId), secrets);
    },
    find: (executionId) => find(root, executionId),
    async cancel(commandId) {
      cancelExecution(known(root, commandId));
    },
    reaches: async (host) => elsewhere(host, options),
  };
}

const IDS = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** A supervisor that was begun reports within a few milliseconds; this is for a machine that has no time. In ms. */
const REPORTS_WITHIN = 2_000;

/** Who was killed between the folder and its process left a folder and nothing that runs: that is not a command. */
async function find(root: string, executionId: string): Promise<string | null> {
  const folder = join(root, executionId);
  if (!IDS.test(executionId) || !existsSync(folder)) return null;
  for (const until = Date.now() + REPORTS_WITHIN; !hasReported(folder); await pause(20)) {
    if (Date.now() >= until) return null;
  }
  return executionId;
}

function known(root: string, commandId: string): string {
  const folder = join(root, commandId);
  if (IDS.test(commandId) && existsSync(folder)) return folder;
  throw absent('runner.command', `no command ${JSON.stringify(commandId)} was given out here`);
}

async function send(
  root: string,
  options: EmbeddedRunnerOptions,
  request: SendRequest,
): Promise<{ commandId: string }> {
  const { executionId, runbook, host, notAfter } = request;
  refuseUnfit(request, options);
  const parameters = dispatchParameters(runbook, request.parameters, executionId, notAfter);
  const folder = join(root, executionId);
  const markerRoot = resolve(options.markerRoot ?? join(root, '.markers'));
  const restart = restartFiles(host);
  await makeFolders(root, markerRoot);
  try {
    await startDocument({
      document: runbook.document,
      parameters,
      folder,
      environment: { ...basics(options.environment ?? {}), ...restart.variables(folder) },
      workingDirectory: root,
      markerRoot,
      files: restart.files,
    });
  } catch (error) {
    if (!isNightshiftError(error) || error.code !== 'engine.started') throw error;
    throw conflict('runner.started', `execution ${executionId} was sent before`, { cause: error, retryable: false });
  }
  return { commandId: executionId };
}

function refuseUnfit({ executionId, runbook, host, notAfter }: SendRequest, options: EmbeddedRunnerOptions): void {
  if (!IDS.test(executionId)) {
    throw refused('runner.execution', 'an execution id names a folder', {
      field: 'executionId',
      expected: String(IDS),
    });
  }
  // Not `now < notAfter` is also true of NaN.
  if (!(options.clock.now() < notAfter)) {
    throw refused('runner.late', 'the time to begin is over', { field: 'notAfter' });
  }
  if (host.state !== 'online')
    throw refused('runner.offline', `host ${host.id} is ${host.state}`, { field: 'host.state' });
  const why = elsewhere(host, options);
  if (why !== null) throw refused('runner.elsewhere', why, { field: 'host.addresses' });
  const hash = createHash('sha256').update(canonicalJson(runbook.document)).digest('hex');
  if (hash !== runbook.hash) {
    throw refused('runner.hash', `runbook ${runbook.name} is not what was approved`, {
      field: 'runbook.hash',
      expected: hash,
    });
  }
}

/** A machine with many containers has an address for each of their networks. */
const MOST_SHOWN = 8;

function elsewhere(host: Host, { isHere = isThisMachine }: EmbeddedRunnerOptions): string | null {
  if (isHere(host)) return null;
  const { name, addresses } = thisMachine();
  const more = addresses.length > MOST_SHOWN ? ` and ${addresses.length - MOST_SHOWN} more` : '';
  const own = `${addresses.slice(0, MOST_SHOWN).join(', ')}${more}`;
  return `host ${host.id} is not this machine: this Nightshift acts only on a host named ${name} or with its address (${own})`;
}

/** By name, or by an address that an interface has: whatever runs here would run on the wrong host otherwise. */
export function isThisMachine(host: Host): boolean {
  const own = new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)));
  const here = (address: string) =>
    own.has(address) || /^127(?:\.\d{1,3}){3}$/.test(address) || address === 'localhost';
  const addresses = host.addresses.map((address) =>
    address.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^([^:]+):\d+$/, '$1'),
  );
  return [host.id, host.name].includes(hostname()) || addresses.some(here);
}

async function makeFolders(root: string, markerRoot: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await mkdir(markerRoot, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw failed('runner.folder', `the folder of executions ${root} could not be made`, { cause });
  }
}

function basics(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return {
    PATH: environment.PATH || '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: environment.HOME || '/',
    LANG: environment.LANG || 'C.UTF-8',
  };
}

/** The inventory's restart commands as executable files, so that a script runs a file and never a text. */
function restartFiles(host: Host) {
  const files: Record<string, string> = {};
  for (const [service, argv] of Object.entries(host.restart)) {
    const name = `restart-${service.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
    if (name in files || argv.length === 0 || argv.some((part) => part.includes('\0'))) {
      throw refused('runner.restart', `host ${host.id} declares no one command for ${service}`, {
        field: `host.restart.${service}`,
      });
    }
    files[name] = `#!/bin/bash\nexec ${argv.map(quoted).join(' ')}\n`;
  }
  const variables = (folder: string) =>
    Object.fromEntries(Object.keys(files).map((name) => [variableOf(name), join(folder, name)]));
  return { files, variables };
}

const variableOf = (name: string) => `NIGHTSHIFT_${name.replace('restart-', 'RESTART_')}`;

/** In single quotes bash reads every character as itself. */
const quoted = (part: string) => `'${part.replaceAll("'", "'\\''")}'`;
