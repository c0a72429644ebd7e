import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readExecution } from '../../../lib/adapters/engine/documentEngine.ts';
import { readIfThere, readOutput } from '../../../lib/adapters/engine/files.ts';

/** One time that a script's process began on a host. */
export interface Start {
  readonly executionId: string;
  readonly instanceId: string;
  readonly commandId: string;
  /** 1, and more where a command was delivered again. */
  readonly delivery: number;
  /** Milliseconds, by the host. */
  readonly at: number;
  readonly exitCode: number | null;
  readonly ended: boolean;
  /** It left without doing anything, by its marker or because it was too late: it wrote nothing but that. */
  readonly refused: boolean;
}

/** What a delivery is, left in its folder beside what the engine leaves there. */
export interface Delivery {
  readonly executionId: string;
  readonly instanceId: string;
  readonly commandId: string;
  readonly delivery: number;
}

export const deliveriesIn = (hostFolder: string): string => join(hostFolder, 'commands');

/**
 * Every start there was, oldest first, read from what the scripts' processes left on the hosts: no word of the service is
 * believed, and none of Nightshift.
 */
export function startsOn(hostFolders: readonly string[]): readonly Start[] {
  const folders = hostFolders.map(deliveriesIn).filter((folder) => existsSync(folder));
  const runs = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return runs.flatMap(startIn).sort((a, b) => a.at - b.at || a.delivery - b.delivery);
}

function startIn(folder: string): readonly Start[] {
  const began = readIfThere(join(folder, 'supervisor'));
  // The supervisor writes down the script's process as soon as there is one.
  const script = readIfThere(join(folder, 'script')) ?? readIfThere(join(folder, 'exit'));
  if (began === null || script === null) return [];
  const delivery = JSON.parse(readFileSync(join(folder, 'delivery'), 'utf8')) as Delivery;
  const status = readExecution(folder);
  const exitCode = 'exitCode' in status ? status.exitCode : null;
  const refused = (exitCode === 97 || exitCode === 98) && saidNothingElse(folder);
  return [{ ...delivery, at: Number(began.trim().split(',')[3]), exitCode, ended: 'exitCode' in status, refused }];
}

const saidNothingElse = (folder: string): boolean =>
  readOutput(join(folder, 'stdout')).text === '' &&
  /^(?:mkdir: .*\n)*refused: [^\n]*\n$/.test(readOutput(join(folder, 'stderr')).text);

/** The starts that may have changed something: the ones that no marker stopped. */
export const acted = (starts: readonly Start[], executionId?: string): readonly Start[] =>
  starts.filter((start) => !start.refused && (executionId === undefined || start.executionId === executionId));
