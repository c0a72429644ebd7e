import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { refused } from '../../model/errors.ts';
import { readIfThere } from './files.ts';

export interface Launch {
  readonly folder: string;
  /** Seconds. */
  readonly timeout: number;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

/**
 * Starts the supervisor in a session of its own and does not wait for it. Its own words go to `supervisor.log`.
 * `refused` `engine.start` when there is no process: then nothing was run.
 */
export async function launch(request: Launch): Promise<void> {
  const log = await open(join(request.folder, 'supervisor.log'), 'a', 0o600);
  try {
    const child = spawn(
      '/bin/bash',
      [join(request.folder, 'supervise'), request.folder, String(request.timeout), ...request.command],
      {
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        env: { ...request.environment },
        cwd: request.workingDirectory,
      },
    );
    child.unref();
    await once(child, 'spawn');
  } catch (cause) {
    throw refused('engine.start', 'no process could be started for the script', { cause });
  } finally {
    await log.close();
  }
}

/**
 * Whether this very process still runs: a pid alone may have been given to another since. Where there is no /proc the pid
 * has to do. A zombie has ended.
 */
export function isAlive(pid: number, birth: string): boolean {
  const stat = statOf(pid);
  if (stat === null) return birth === '' && answersSignal(pid);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] !== 'Z' && fields[0] !== 'X' && fields[19] === birth;
}

function statOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    const { code } = error as { code?: unknown };
    // ESRCH: it ended between opening and reading.
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}

/** Empty where there is no /proc. */
export function bootId(): string {
  return readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}
