import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readExecution, startDocument } from '../../../lib/adapters/engine/documentEngine.ts';
import type { RunStatus } from '../../../lib/model/runbook.ts';

export type Ended = Extract<RunStatus, { exitCode: number | null }>;

export const newBase = () => mkdtempSync(join(tmpdir(), 'nightshift-engine-'));

/** Asks until the condition is met; the test's own timeout bounds it. */
export async function until<T>(ask: () => T | null): Promise<T> {
  for (;;) {
    const answer = ask();
    if (answer !== null) return answer;
    await new Promise((next) => setTimeout(next, 10));
  }
}

export const ending = (folder: string, secrets: readonly string[] = []): Promise<Ended> =>
  until(() => {
    const status = readExecution(folder, secrets);
    return status.state === 'pending' || status.state === 'running' ? null : status;
  });

/** A document as the engine takes it, without what the catalogue asks for beyond. */
export const plain = (
  runCommand: readonly string[],
  timeoutSeconds: unknown = '60',
  names: readonly string[] = [],
) => ({
  schemaVersion: '2.2',
  parameters: Object.fromEntries(names.map((name) => [name, { type: 'String', interpolationType: 'ENV_VAR' }])),
  mainSteps: [{ action: 'aws:runShellScript', name: 'plain', inputs: { timeoutSeconds, runCommand } }],
});

export async function start(
  base: string,
  document: unknown,
  parameters: Record<string, string> = {},
  environment: Record<string, string | undefined> = { PATH: process.env.PATH },
): Promise<string> {
  const folder = join(mkdtempSync(join(base, 'x-')), 'exe_1');
  const workingDirectory = join(folder, '../work');
  mkdirSync(workingDirectory);
  await startDocument({
    document,
    parameters,
    folder,
    environment,
    workingDirectory,
    markerRoot: join(base, 'markers'),
  });
  return folder;
}
