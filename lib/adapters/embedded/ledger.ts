import type { DatabaseSync } from 'node:sqlite';
import { absent } from '../../model/errors.ts';
import type { Ledger, LedgerRecord } from '../../ports/ledger.ts';
import type { GroupCommit } from './groupCommit.ts';
import { ledgerAppend } from './ledgerAppend.ts';
import { summaryLister } from './ledgerList.ts';
import { ledgerReads } from './ledgerReads.ts';
import { verifyLedger } from './ledgerVerify.ts';
import { storageError } from './storageErrors.ts';

/**
 * The ledger in SQLite. Reads run at once and see all that is committed; writes go through the group commit. `close` closes
 * what the caller gives: the file is shared with the queue.
 */
export function sqliteLedger(db: DatabaseSync, commit: GroupCommit, close: () => Promise<void>): Ledger {
  const append = ledgerAppend(db);
  const reads = ledgerReads(db);
  const list = summaryLister(db);
  return {
    append: (transaction) => mapped(() => commit.run(() => append(transaction))),
    outboxRetry: (id, dueAt) => mapped(() => commit.run(outboxRetry(db, id, dueAt))),
    read: (stream) => mapped(() => reads.events(stream)),
    head: (stream) => mapped(() => reads.head(stream)),
    prune: (before) => mapped(() => commit.run(pruner(db, before))),
    pointer: (key) => mapped(() => reads.pointer(key)),
    record: <T>(key: string) => mapped(() => reads.record(key) as LedgerRecord<T>),
    records: <T>(prefix: string) => mapped(() => reads.records(prefix) as readonly LedgerRecord<T>[]),
    claims: (keys, now) => mapped(() => reads.claims(keys, now)),
    list: (filter) => mapped(() => list(filter)),
    due: (now, limit) => mapped(() => reads.due(now, limit)),
    nextDue: () => mapped(() => reads.nextDue()),
    outboxDue: (now, limit) => mapped(() => reads.outboxDue(now, limit)),
    heads: () => mapped(() => reads.heads()),
    verify: () => mapped(() => verifyLedger(db, reads)),
    close,
  };
}

/** A retry of an item that was settled meanwhile changes nothing. Throws `absent` `ledger.outbox` for an unknown id. */
function outboxRetry(db: DatabaseSync, id: string, dueAt: number): () => void {
  return () => {
    const found = db.prepare('SELECT settled FROM outbox WHERE id = ?').get(id);
    if (found === undefined) throw absent('ledger.outbox', `no outbox item ${id}`, { field: 'id' });
    db.prepare('UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE id = ? AND settled = 0').run(dueAt, id);
  };
}

function pruner(db: DatabaseSync, before: number): () => { outbox: number; claims: number } {
  return () => ({
    outbox: Number(db.prepare('DELETE FROM outbox WHERE settled = 1 AND due_at < ?').run(before).changes),
    claims: Number(db.prepare('DELETE FROM claims WHERE until < ?').run(before).changes),
  });
}

async function mapped<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storageError('ledger', cause);
  }
}
