import { join } from 'node:path';
import { absent } from '../../model/errors.ts';
import type { RunStatus } from '../../model/runbook.ts';
import { keepOnce, readIfThere, readOutput } from './files.ts';
import { bootId, isAlive } from './process.ts';
import { type RawOutput, tidyOutput } from './redact.ts';

/** A supervisor that has not reported this long after `notAfter` never will, and its script would refuse. In ms. */
const REPORTS_WITHIN = 60_000;

/**
 * What became of an execution, from its folder alone. `pending` until its supervisor reported, `undeliverable` where nothing
 * was run, `failed` without an exit code where the supervisor was killed before it could write one: how the script
 * ended is then not known, and standard error says so. Throws `absent` `engine.execution` where there is no folder.
 */
export function readExecution(folder: string, secrets: readonly string[] = []): RunStatus {
  const deadline = readIfThere(join(folder, 'request'));
  if (deadline === null) throw absent('engine.execution', `there is no execution in ${folder}`);
  const exit = readIfThere(join(folder, 'exit'));
  if (exit !== null) return ended(folder, exit, secrets);
  const supervisor = readIfThere(join(folder, 'supervisor'));
  if (supervisor === null) return unreported(folder, deadline);
  if (livesOn(supervisor) || livesOn(scriptOf(folder, supervisor)))
    return { state: 'running', startedAt: startOf(supervisor) };
  // It may have written its last word between the two looks.
  const late = readIfThere(join(folder, 'exit'));
  return late === null ? lost(folder, supervisor, secrets) : ended(folder, late, secrets);
}

/** Whether a process of it began, or it is known that none could. */
export const hasReported = (folder: string): boolean =>
  ['supervisor', 'undelivered'].some((name) => readIfThere(join(folder, name)) !== null);

const startOf = (supervisor: string) => Number(supervisor.split(',')[3]);

/** `pid,birth,boot,…`: nothing of before the last start of the machine runs now. */
function livesOn(record: string): boolean {
  const [pid = '', birth = '', boot = ''] = record.trim().split(',');
  return pid !== '' && boot === bootId() && isAlive(Number(pid), birth);
}

/** In the form of the supervisor's record. */
function scriptOf(folder: string, supervisor: string): string {
  const script = readIfThere(join(folder, 'script'))?.trim() ?? '';
  return script === '' ? '' : `${script},${supervisor.split(',')[2]}`;
}

function ended(folder: string, exit: string, secrets: readonly string[]): RunStatus {
  const [why, code, at] = exit.trim().split(',');
  const exitCode = Number(code);
  const byCode = exitCode === 0 ? 'succeeded' : 'failed';
  return {
    state: why === 'timed-out' || why === 'cancelled' ? why : byCode,
    exitCode,
    startedAt: startOf(readIfThere(join(folder, 'supervisor')) ?? ''),
    endedAt: Number(at),
    output: outputOf(folder, secrets, ''),
  };
}

function unreported(folder: string, deadline: string): RunStatus {
  const undelivered = readIfThere(join(folder, 'undelivered'));
  const hopeless = deadline !== '' && Date.now() > Number(deadline) + REPORTS_WITHIN;
  if (undelivered === null && !hopeless) return { state: 'pending' };
  return {
    state: 'undeliverable',
    exitCode: null,
    startedAt: null,
    endedAt: Number(undelivered ?? deadline),
    output: { stdout: '', stderr: 'no process could be started', truncated: false },
  };
}

/** The first who finds it dates it, so that every later answer is the same. */
function lost(folder: string, supervisor: string, secrets: readonly string[]): RunStatus {
  keepOnce(join(folder, 'lost'), `${Date.now()}`);
  const note = 'nightshift: the supervisor was killed, how the script ended is not known\n';
  return {
    state: lostState(folder),
    exitCode: null,
    startedAt: startOf(supervisor),
    endedAt: Number(readIfThere(join(folder, 'lost'))),
    output: outputOf(folder, secrets, note),
  };
}

/** Why it was ended is told where it is known: the supervisor's watch may have outlived it and written so. */
function lostState(folder: string): 'failed' | 'timed-out' | 'cancelled' {
  const why = readIfThere(join(folder, 'why'))?.trim();
  if (why === 'timed-out' || why === 'cancelled') return why;
  return readIfThere(join(folder, 'cancel')) === null ? 'failed' : 'cancelled';
}

function outputOf(folder: string, secrets: readonly string[], note: string) {
  const errors: RawOutput = readOutput(join(folder, 'stderr'));
  return tidyOutput(readOutput(join(folder, 'stdout')), { ...errors, text: note + errors.text }, secrets);
}

/**
 * Asks the supervisor to end the script's process group: TERM, after five seconds KILL. Where the supervisor is gone the
 * group is killed from here. What has ended stays as it is. `absent` `engine.execution` where there is no folder.
 */
export function cancelExecution(folder: string): void {
  const { state } = readExecution(folder);
  if (state !== 'running' && state !== 'pending') return;
  keepOnce(join(folder, 'cancel'), '');
  const supervisor = readIfThere(join(folder, 'supervisor'));
  if (supervisor === null || livesOn(supervisor)) return;
  const script = scriptOf(folder, supervisor);
  if (livesOn(script)) killGroup(Number(script.split(',')[0]));
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    // ESRCH: it ended just now.
    if ((error as { code?: unknown }).code !== 'ESRCH') throw error;
  }
}
