import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failed, isNightshiftError } from '../../model/errors.ts';
import { readExecution } from '../engine/documentEngine.ts';

/**
 * Removes the folders and markers of executions that ended earlier than `before` (milliseconds), and returns how many. One that
 * runs, waits or cannot be read stays. `before` must be older than any `notAfter` that is still to come, because the marker
 * goes too: the script's own refusal of a late beginning takes its place. Throws `failed` `runner.folder`.
 */
export async function pruneExecutions(folder: string, before: number): Promise<number> {
  try {
    const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
    const ended = names.filter((name) => endedBefore(join(folder, name), before));
    for (const name of ended) {
      await rm(join(folder, '.markers', name), { recursive: true, force: true });
      await rm(join(folder, name), { recursive: true, force: true });
    }
    return ended.length;
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ENOENT') return 0;
    throw failed('runner.folder', `the folder of executions ${folder} could not be tidied`, { cause });
  }
}

function endedBefore(execution: string, before: number): boolean {
  try {
    const status = readExecution(execution);
    return status.state !== 'pending' && status.state !== 'running' && status.endedAt < before;
  } catch (error) {
    // Not an execution, or one whose record is gone: nobody knows when it ended.
    if (isNightshiftError(error) && error.code === 'engine.execution') return false;
    throw error;
  }
}
