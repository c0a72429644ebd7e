import type { DatabaseSync } from 'node:sqlite';
import { failed } from '../../model/errors.ts';
import { isStoreFailure } from './storageErrors.ts';

interface Job {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Everything that was asked for in one tick goes into one transaction, so that one fsync pays for all of it: that is where
 * the throughput comes from. Each piece of work runs, synchronously and in the order asked, under a savepoint: one that
 * throws is undone alone. Promises settle after COMMIT; where the store itself fails, nothing is written and all reject
 * with SQLite's error.
 */
export interface GroupCommit {
  run<T>(work: () => T): Promise<T>;
  /** Commits what waits and takes nothing more: later work rejects with `failed` `data.closed`. */
  end(): void;
}

export function groupCommit(db: DatabaseSync): GroupCommit {
  const flushBatch = batchRunner(db);
  let waiting: Job[] = [];
  let ended = false;
  const flush = () => {
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) flushBatch(batch);
  };
  return {
    run<T>(work: () => T) {
      if (ended) return Promise.reject(failed('data.closed', 'the data folder was closed', { retryable: false }));
      return new Promise<T>((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ work, resolve: (value) => resolve(value as T), reject });
      });
    },
    end() {
      ended = true;
      flush();
    },
  };
}

function batchRunner(db: DatabaseSync): (batch: readonly Job[]) => void {
  const attempt = savepointRunner(db);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  return (batch) => {
    let settle: (() => void)[];
    try {
      if (db.isTransaction) db.exec('ROLLBACK');
      begin.run();
      settle = batch.map(attempt);
      commit.run();
    } catch (cause) {
      const error = undo(db, cause);
      for (const job of batch) job.reject(error);
      return;
    }
    for (const done of settle) done();
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
