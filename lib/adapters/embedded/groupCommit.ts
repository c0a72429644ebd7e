import type { DatabaseSync } from 'node:sqlite';
import { failed, type NightshiftError } from '../../model/errors.ts';
import { isStoreFailure } from './storageErrors.ts';

interface Job {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Everything that was asked for in one tick, or while the disk was still busy with what came before, goes into one transaction, so
 * that one sync pays for all of it: that is where the throughput comes from. Each piece of work runs, synchronously and in the
 * order asked, under a savepoint: one that throws is undone alone. Promises settle when COMMIT is on the disk; where the store
 * itself fails, nothing is written and all reject with SQLite's error.
 */
export interface GroupCommit {
  run<T>(work: () => T): Promise<T>;
  /**
   * Commits what waits and takes nothing more: later work rejects with `failed` `data.closed`. Resolves when all is settled;
   * what waits is committed before it returns.
   */
  end(): Promise<void>;
}

/** Resolves when all that was committed before the call is on the disk. It waits elsewhere: this thread goes on. */
export type Sync = () => Promise<void>;

export function groupCommit(db: DatabaseSync, sync: Sync): GroupCommit {
  const commit = batchRunner(db);
  let waiting: Job[] = [];
  let closed: NightshiftError | null = null;
  let working = false;
  let worked = Promise.resolve();
  const take = (): Job[] => {
    const batch = waiting;
    waiting = [];
    return batch;
  };
  /** What was committed and cannot be synced is neither there nor gone: nobody is told that it is there, and nothing is added. */
  const settled = async (batch: readonly Job[], settle: (() => void)[]): Promise<void> => {
    if (settle.length === 0) return;
    try {
      await sync();
    } catch (cause) {
      closed = failed('data.unsynced', 'the disk failed while it kept what was written: restart', { cause });
      for (const job of [...batch, ...take()]) job.reject(closed);
      return;
    }
    for (const done of settle) done();
  };
  const work = async (): Promise<void> => {
    working = true;
    for (let batch = take(); batch.length > 0; batch = take()) await settled(batch, commit(batch));
    working = false;
  };
  const begin = () => {
    if (!working) worked = work();
  };
  return {
    run<T>(work: () => T) {
      if (closed !== null) return Promise.reject(closed);
      return new Promise<T>((resolve, reject) => {
        if (waiting.length === 0 && !working) setImmediate(begin);
        waiting.push({ work, resolve: (value) => resolve(value as T), reject });
      });
    },
    async end() {
      closed ??= failed('data.closed', 'the data folder was closed', { retryable: false });
      const last = take();
      await Promise.all([worked, settled(last, last.length > 0 ? commit(last) : [])]);
    },
  };
}

/** Commits a batch and gives what settles it; nothing where it failed as a whole, and was rejected. */
function batchRunner(db: DatabaseSync): (batch: readonly Job[]) => (() => void)[] {
  const attempt = savepointRunner(db);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  return (batch) => {
    try {
      if (db.isTransaction) db.exec('ROLLBACK');
      begin.run();
      const settle = batch.map(attempt);
      commit.run();
      return settle;
    } catch (cause) {
      const error = undo(db, cause);
      for (const job of batch) job.reject(error);
      return [];
    }
  };
}

function savepointRunner(db: DatabaseSync): (job: Job) => () => void {
  const savepoint = db.prepare('SAVEPOINT job');
  const release = db.prepare('RELEASE job');
  const rollback = db.prepare('ROLLBACK TO job');
  return (job) => {
    savepoint.run();
    try {
      const value = job.work();
      release.run();
      return () => job.resolve(value);
    } catch (error) {
      if (isStoreFailure(error)) throw error;
      rollback.run();
      release.run();
      return () => job.reject(error);
    }
  };
}

/** SQLite rolls back by itself after some failures. A rollback that fails too is tried again before the next batch. */
function undo(db: DatabaseSync, cause: unknown): unknown {
  try {
    if (db.isTransaction) db.exec('ROLLBACK');
    return cause;
  } catch {
    return cause;
  }
}
