import { busy, failed, isNightshiftError, type NightshiftError } from '../../model/errors.ts';

const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
/** Too big, constraint, mismatch, range: what one statement was given is wrong, the store is well. */
const STATEMENT_FAULTS: readonly number[] = [18, 19, 20, 25];

/** Primary result code of SQLite, null for anything that is not an error of SQLite. */
export function sqliteCode(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}

/** True where the store itself failed, so that nothing of the running transaction can be trusted any more. */
export function isStoreFailure(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== null && !STATEMENT_FAULTS.includes(code);
}

/** `busy` `<room>.full` where there is no space or the disk refuses, `failed` `<room>.unavailable` for the rest. */
export function storageError(room: 'ledger' | 'queue', cause: unknown): NightshiftError {
  if (isNightshiftError(cause)) return cause;
  const code = sqliteCode(cause);
  if (code === SQLITE_FULL || code === SQLITE_IOERR) {
    return busy(`${room}.full`, 'the disk takes no more; nothing was written', { cause });
  }
  return failed(`${room}.unavailable`, `the ${room} cannot be used`, { cause });
}
