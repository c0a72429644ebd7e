import type { DatabaseSync } from 'node:sqlite';
import type { Head } from '../../model/audit.ts';
import type { StoredEvent } from '../../model/incident.ts';
import type { Notice } from '../../model/notice.ts';
import type { HeldClaim, Ledger, LedgerRecord, OutboxItem } from '../../ports/ledger.ts';

/** Sorts after every text that continues a prefix. */
const LAST = '\u{10FFFF}';

/** The Ledger's reads by key, without their promises. */
export interface LedgerReads {
  events(stream: string): readonly StoredEvent[];
  head(stream: string): Head;
  pointer(key: string): string | null;
  record(key: string): LedgerRecord;
  records(prefix: string): readonly LedgerRecord[];
  claims(keys: readonly string[], now: number): readonly HeldClaim[];
  due(now: number, limit: number): Awaited<ReturnType<Ledger['due']>>;
  nextDue(): number | null;
  outboxDue(now: number, limit: number): readonly OutboxItem[];
  heads(): readonly Head[];
}

export function ledgerReads(db: DatabaseSync): LedgerReads {
  const pointer = db.prepare('SELECT stream FROM pointers WHERE key = ?');
  const heads = db.prepare('SELECT stream, version, hash FROM streams WHERE version > 0 ORDER BY stream');
  const head = db.prepare('SELECT stream, version, hash FROM streams WHERE stream = ?');
  return {
    events: eventReader(db),
    head: (stream) => (head.get(stream) as unknown as Head | undefined) ?? { stream, version: 0, hash: '' },
    pointer: (key) => (pointer.get(key)?.stream as string | undefined) ?? null,
    ...recordReads(db),
    claims: claimReader(db),
    ...dueReads(db),
    heads: () => heads.all() as unknown as Head[],
  };
}

/** The row's own columns win over what its text says of itself, so that a moved or renamed row breaks its hash. */
function eventReader(db: DatabaseSync): LedgerReads['events'] {
  const select = db.prepare('SELECT version, body, hash FROM events WHERE stream = ? ORDER BY version');
  return (stream) =>
    select.all(stream).map(({ version, body, hash }) => {
      return { ...JSON.parse(String(body)), stream, version, hash } as StoredEvent;
    });
}

function recordReads(db: DatabaseSync): Pick<LedgerReads, 'record' | 'records'> {
  const one = db.prepare('SELECT version, value FROM records WHERE key = ?');
  const many = db.prepare('SELECT key, version, value FROM records WHERE key >= ? AND key < ? ORDER BY key');
  return {
    record(key) {
      const row = one.get(key);
      if (row === undefined) return { key, version: 0, value: null };
      return { key, version: Number(row.version), value: JSON.parse(String(row.value)) };
    },
    records: (prefix) =>
      many.all(prefix, prefix + LAST).map(({ key, version, value }) => {
        return { key: String(key), version: Number(version), value: JSON.parse(String(value)) };
      }),
  };
}

function claimReader(db: DatabaseSync): LedgerReads['claims'] {
  const select = db.prepare('SELECT key, holder, until FROM claims WHERE key = ? AND until > ? ORDER BY holder');
  return (keys, now) => [...new Set(keys)].flatMap((key) => select.all(key, now) as unknown as HeldClaim[]);
}

function dueReads(db: DatabaseSync): Pick<LedgerReads, 'due' | 'nextDue' | 'outboxDue'> {
  const due = db.prepare(`SELECT stream, wake_at AS wakeAt FROM streams
    WHERE wake_at IS NOT NULL AND wake_at <= ? ORDER BY wake_at, stream LIMIT ?`);
  const outbox = db.prepare(`SELECT id, stream, channel, notice, attempts, due_at AS dueAt FROM outbox
    WHERE settled = 0 AND due_at <= ? ORDER BY due_at, id LIMIT ?`);
  const next = db.prepare(`SELECT min(at) AS at FROM (
    SELECT min(wake_at) AS at FROM streams WHERE wake_at IS NOT NULL
    UNION ALL SELECT min(due_at) FROM outbox WHERE settled = 0)`);
  return {
    due: (now, limit) => due.all(now, limit) as unknown as Awaited<ReturnType<Ledger['due']>>,
    nextDue: () => (next.get()?.at as number | null | undefined) ?? null,
    outboxDue: (now, limit) =>
      outbox.all(now, limit).map((row) => {
        return { ...row, notice: JSON.parse(String(row.notice)) as Notice } as unknown as OutboxItem;
      }),
  };
}
