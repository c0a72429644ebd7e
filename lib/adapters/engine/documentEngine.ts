import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { conflict, failed } from '../../model/errors.ts';
import { type DocumentStep, readStep } from './documentStep.ts';
import { keepOnce, writeNew } from './files.ts';
import { launch } from './process.ts';
import { SUPERVISOR } from './supervisor.ts';

export { cancelExecution, hasReported, readExecution } from './execution.ts';

export interface StartRequest {
  /** schemaVersion 2.2 in the one form that lib/catalogue/document.ts accepts. */
  readonly document: unknown;
  /** Already checked; handed over as `SSM_<name>`, all of them, nothing is substituted in the script. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The execution's own folder: must not exist, its parent must. */
  readonly folder: string;
  /** PATH, HOME, LANG and NIGHTSHIFT_* only: everything else is left out. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Handed over as NIGHTSHIFT_MARKERS. */
  readonly markerRoot: string;
  /** Executable files for the script, by name within the folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Starts a document's script detached and resolves when it has a process. Putting the complete folder in its place is
 * the claim: of two starts with one folder, in one process or in two, one wins.
 *
 * Errors: `refused` `engine.document` (not the one form), `refused` `engine.start` (no process; the folder stays, as an
 * execution that could not be delivered), `conflict` `engine.started` (the folder exists: somebody began it before),
 * `failed` `engine.folder` (it could not be written).
 */
export async function startDocument(request: StartRequest): Promise<void> {
  const step = readStep(request.document);
  const beside = join(dirname(request.folder), `.new-${randomBytes(6).toString('hex')}`);
  try {
    await writeFolder(beside, step, request);
    await claim(beside, request.folder);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  try {
    await launch({
      folder: request.folder,
      timeout: step.timeoutSeconds,
      command: [...step.interpreter, join(request.folder, 'text')],
      environment: scrubbed(request),
      workingDirectory: request.workingDirectory,
    });
  } catch (error) {
    keepOnce(join(request.folder, 'undelivered'), `${Date.now()}`);
    throw error;
  }
}

async function writeFolder(folder: string, step: DocumentStep, request: StartRequest): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
    await writeNew(join(folder, 'text'), step.script, 0o600);
    await writeNew(join(folder, 'supervise'), SUPERVISOR, 0o600);
    await writeNew(join(folder, 'request'), request.parameters.notAfter ?? '', 0o600);
    for (const [name, text] of Object.entries(request.files ?? {})) await writeNew(join(folder, name), text, 0o700);
  } catch (cause) {
    throw failed('engine.folder', `the execution's folder ${request.folder} could not be written`, { cause });
  }
}

/** A folder cannot be renamed onto one that holds something, and ours always does. */
async function claim(beside: string, folder: string): Promise<void> {
  try {
    await rename(beside, folder);
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    if (code === 'ENOTEMPTY' || code === 'EEXIST') {
      throw conflict('engine.started', `${folder} was begun before`, { cause, retryable: false });
    }
    throw failed('engine.folder', `the execution's folder ${folder} could not be claimed`, { cause });
  }
  const parent = await open(dirname(folder), 'r');
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
}

function scrubbed(request: StartRequest): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.environment)) {
    if (value !== undefined && /^(?:PATH|HOME|LANG|NIGHTSHIFT_[A-Z0-9_]+)$/.test(name)) environment[name] = value;
  }
  for (const [name, value] of Object.entries(request.parameters)) environment[`SSM_${name}`] = value;
  environment.NIGHTSHIFT_MARKERS = request.markerRoot;
  return environment;
}
