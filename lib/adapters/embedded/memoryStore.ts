import { DatabaseSync } from 'node:sqlite';
import type { Blobs } from '../../ports/edges.ts';
import type { Ledger } from '../../ports/ledger.ts';
import { checkedKey } from '../blobKey.ts';
import { groupCommit } from './groupCommit.ts';
import { sqliteLedger } from './ledger.ts';
import { SCHEMA } from './schema.ts';

export interface MemoryStore {
  readonly ledger: Ledger;
  readonly blobs: Blobs;
  /** Everything is forgotten. */
  close(): Promise<void>;
}

/** The embedded ledger and blobs with the same promises but one: nothing is written anywhere, and all ends with the process. */
export function openMemoryStore(): MemoryStore {
  const db = new DatabaseSync(':memory:');
  db.exec(SCHEMA);
  const commit = groupCommit(db);
  const close = async () => {
    commit.end();
    db.close();
  };
  return { ledger: sqliteLedger(db, commit, close), blobs: memoryBlobs(), close };
}

function memoryBlobs(): Blobs {
  const kept = new Map<string, Uint8Array>();
  return {
    put: async (key, bytes) => void kept.set(checkedKey(key), bytes.slice()),
    get: async (key) => kept.get(checkedKey(key))?.slice() ?? null,
    list: async (prefix, limit) =>
      [...kept.keys()]
        .filter((key) => key.startsWith(prefix))
        .sort()
        .slice(0, limit),
    remove: async (key) => void kept.delete(checkedKey(key)),
  };
}
