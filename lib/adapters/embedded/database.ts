import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { failed, invalid, isNightshiftError } from '../../model/errors.ts';
import { lockFolder } from './lock.ts';
import { SCHEMA, SCHEMA_VERSION } from './schema.ts';

/** How long a foreign reader of the file (a backup, a curious person) may hold us up, milliseconds. */
const FOREIGN_READER_TIMEOUT = 2000;
/** Bytes: a storm's rows go out in a quarter of the writes that SQLite's own 4 KiB would take. A folder keeps what it began with. */
const PAGE = 16_384;
/** 4 MiB between checkpoints: intake waits for each (at 16 MiB p99 was seven times as long). */
const CHECKPOINT_PAGES = 256;

export interface Database {
  readonly db: DatabaseSync;
  /** Idempotent. Releases the folder. */
  close(): void;
}

/**
 * Opens `<folder>/nightshift.db`, making the folder where it is missing. Commits are on the disk when they return.
 *
 * Throws `refused` `data.in-use` where another living process holds the folder, `input` `data.newer` where a newer
 * Nightshift wrote it, `failed` `data.unavailable` where it cannot be read or made. Nothing is changed then.
 */
export function openDatabase(folder: string): Database {
  try {
    return openLocked(resolve(folder));
  } catch (cause) {
    if (isNightshiftError(cause)) throw cause;
    throw failed('data.unavailable', `the data folder ${folder} cannot be opened`, { field: 'dataFolder', cause });
  }
}

function openLocked(folder: string): Database {
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = lockFolder(folder);
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(join(folder, 'nightshift.db'), { timeout: FOREIGN_READER_TIMEOUT });
    prepareDatabase(db, folder);
    syncFolder(folder);
    if (made !== undefined) syncFolder(dirname(made));
  } catch (error) {
    db?.close();
    lock.release();
    throw error;
  }
  return { db, close: closer(db, lock) };
}

function prepareDatabase(db: DatabaseSync, folder: string): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version > SCHEMA_VERSION) {
    throw invalid('data.newer', `the data folder ${folder} was written by a newer Nightshift (schema ${version})`, {
      field: 'dataFolder',
      expected: `schema ${SCHEMA_VERSION} or older`,
    });
  }
  db.exec(`PRAGMA page_size = ${PAGE}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};`);
  if (version === SCHEMA_VERSION) return;
  db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
}

function closer(db: DatabaseSync, lock: { release(): void }): () => void {
  let open = true;
  return () => {
    if (!open) return;
    open = false;
    db.close();
    lock.release();
  };
}

/** A new file survives a power cut only when the folder that names it was synced too. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
