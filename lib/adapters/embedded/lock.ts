import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { refused } from '../../model/errors.ts';
import { sqliteCode } from './storageErrors.ts';

const SQLITE_BUSY = 5;

/**
 * One living process per data folder. The lock is an exclusive transaction on a second, empty SQLite file: the kernel drops
 * it with the process, also after SIGKILL, and a child process does not inherit it. Nobody may open that file by other
 * means in this process, because closing any descriptor of a file drops the process's POSIX locks on it.
 *
 * Throws `refused` `data.in-use` where another process (or another store in this one) holds the folder.
 */
export function lockFolder(folder: string): { release(): void } {
  const lock = new DatabaseSync(join(folder, 'nightshift.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (sqliteCode(cause) !== SQLITE_BUSY) throw cause;
    throw refused('data.in-use', `another running process holds the data folder ${folder}`, {
      field: 'dataFolder',
      expected: 'a folder that no other Nightshift uses',
      cause,
    });
  }
  return { release: () => lock.close() };
}
