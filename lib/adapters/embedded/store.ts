import { join } from 'node:path';
import { failed, isNightshiftError } from '../../model/errors.ts';
import type { Blobs, Clock } from '../../ports/edges.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { Queue } from '../../ports/queue.ts';
import { folderBlobs } from './blobs.ts';
import { systemClock } from './clock.ts';
import { type Database, openDatabase } from './database.ts';
import { groupCommit } from './groupCommit.ts';
import { sqliteLedger } from './ledger.ts';
import { sqliteQueue } from './queue.ts';

export interface EmbeddedOptions {
  /** Messages that may wait before intake is told `busy` `queue.full`. */
  readonly maxWaiting?: number;
  /** Stamps queued messages for the age of the oldest; no promise depends on it. */
  readonly clock?: Clock;
}
export interface EmbeddedStore {
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly blobs: Blobs;
  /** Commits what waits and frees the folder; everything after it rejects. `ledger.close` is the same. */
  close(): Promise<void>;
}

const MAX_WAITING = 100_000;
const VISIBILITY = 60_000;
const MAX_ATTEMPTS = 5;

/**
 * Everything Nightshift remembers on one machine: `<folder>/nightshift.db` and `<folder>/blobs/`. Ledger and queue share the
 * file and its commits. Throws what `openDatabase` throws, and `failed` `blobs.unavailable`.
 */
export async function openEmbeddedStore(folder: string, options: EmbeddedOptions = {}): Promise<EmbeddedStore> {
  const database = openDatabase(folder);
  try {
    const blobs = await folderBlobs(join(folder, 'blobs'));
    return storeOver(database, blobs, options);
  } catch (cause) {
    database.close();
    if (isNightshiftError(cause)) throw cause;
    throw failed('data.unavailable', `the data folder ${folder} cannot be used`, { field: 'dataFolder', cause });
  }
}

function storeOver({ db, close }: Database, blobs: Blobs, options: EmbeddedOptions): EmbeddedStore {
  const commit = groupCommit(db);
  const end = async () => {
    commit.end();
    close();
  };
  const queue = sqliteQueue(db, commit, {
    maxWaiting: options.maxWaiting ?? MAX_WAITING,
    visibility: VISIBILITY,
    maxAttempts: MAX_ATTEMPTS,
    clock: options.clock ?? systemClock,
  });
  return { ledger: sqliteLedger(db, commit, end), queue, blobs, close: end };
}
