import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { absent, failed, invalid, isNightshiftError } from '../../model/errors.ts';
import type { Blobs } from '../../ports/edges.ts';
import type { Ledger, LedgerRecord } from '../../ports/ledger.ts';
import { readingBlobs } from './blobs.ts';
import { ledgerReads } from './ledgerReads.ts';
import { verifyLedger } from './ledgerVerify.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { storageError } from './storageErrors.ts';

export interface AuditCopy {
  readonly ledger: Pick<Ledger, 'heads' | 'verify' | 'read' | 'record'>;
  readonly blobs: Pick<Blobs, 'get' | 'list'>;
  close(): void;
}

/**
 * A data folder as it lies there, to be looked at and not to be worked in: no lock is taken, nothing is written, nothing
 * prepared. Throws `absent` `data.absent` where there is none, `input` `data.newer`, `failed` `data.unavailable`.
 */
export function openAuditCopy(folder: string): AuditCopy {
  const file = join(resolve(folder), 'nightshift.db');
  if (!existsSync(file))
    throw absent('data.absent', `${folder} is no data folder`, {
      field: '--data',
      expected: 'a folder with nightshift.db',
    });
  try {
    return copyOver(new DatabaseSync(file, { readOnly: true }), folder);
  } catch (cause) {
    if (isNightshiftError(cause)) throw cause;
    throw failed('data.unavailable', `${file} cannot be read`, { field: '--data', cause });
  }
}

function copyOver(db: DatabaseSync, folder: string): AuditCopy {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version !== SCHEMA_VERSION) {
    db.close();
    throw invalid('data.newer', `${folder} was written by another Nightshift (schema ${version})`, {
      field: '--data',
      expected: `schema ${SCHEMA_VERSION}`,
    });
  }
  const reads = ledgerReads(db);
  return {
    ledger: {
      heads: () => mapped(() => reads.heads()),
      verify: () => mapped(() => verifyLedger(db, reads)),
      read: (stream) => mapped(() => reads.events(stream)),
      record: <T>(key: string) => mapped(() => reads.record(key) as LedgerRecord<T>),
    },
    blobs: blobsOf(join(folder, 'blobs')),
    close: () => db.close(),
  };
}

/** A copy that left them out has none: where roots were signed, that is told as a missing root. */
const blobsOf = (folder: string): AuditCopy['blobs'] =>
  existsSync(folder) ? readingBlobs(folder) : { get: async () => null, list: async () => [] };

async function mapped<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storageError('ledger', cause);
  }
}
