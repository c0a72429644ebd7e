import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { entryHashInput, type Head } from '../../model/audit.ts';
import { canonicalJson } from '../../model/canonical.ts';
import { conflict, refused } from '../../model/errors.ts';
import type { Condition, TakeClaim, Transaction } from '../../ports/ledger.ts';

/** Claims that ended this long before a transaction's time are forgotten, milliseconds. */
const CLAIM_KEPT = 86_400_000;

export const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/**
 * Applies a transaction inside the savepoint of the caller, who undoes all of it when this throws. Everything is checked
 * against what was there before the transaction, except that releases come before takes: a slot can change hands in one.
 */
export type Append = (transaction: Transaction) => { readonly version: number; readonly hash: string };

export function ledgerAppend(db: DatabaseSync): Append {
  const saveStream = streamWriter(db);
  const checkCondition = conditionChecker(db);
  // What asks to decide again (conflict) comes before what refuses: a stale writer must not take a refusal for an answer.
  const steps = [
    pointerMover(db),
    recordWriter(db),
    claimReleaser(db),
    claimTaker(db),
    outboxWriter(db),
    summarySaver(db),
  ];
  return (transaction) => {
    const head = saveStream(transaction);
    for (const condition of transaction.conditions ?? []) checkCondition(condition, transaction.at);
    for (const step of steps) step(transaction);
    return { version: head.version, hash: head.hash };
  };
}

type Step = (transaction: Transaction) => void;

function streamWriter(db: DatabaseSync): (transaction: Transaction) => Head {
  const read = db.prepare('SELECT version, hash FROM streams WHERE stream = ?');
  const addEvents = eventWriter(db);
  const save = db.prepare(`INSERT INTO streams (stream, version, hash) VALUES (?, ?, ?)
    ON CONFLICT (stream) DO UPDATE SET version = excluded.version, hash = excluded.hash`);
  const wake = db.prepare('UPDATE streams SET wake_at = ? WHERE stream = ?');
  return (transaction) => {
    const { stream, expectedVersion, wakeAt } = transaction;
    const before = (read.get(stream) as Omit<Head, 'stream'> | undefined) ?? { version: 0, hash: '' };
    if (before.version !== expectedVersion) {
      throw conflict('ledger.version', `stream ${stream} has ${before.version} events, not ${expectedVersion}`, {
        field: 'expectedVersion',
        expected: String(before.version),
      });
    }
    const head = addEvents(transaction, { stream, ...before });
    save.run(stream, head.version, head.hash);
    if (wakeAt !== undefined) wake.run(wakeAt, stream);
    return head;
  };
}

function eventWriter(db: DatabaseSync): (transaction: Transaction, before: Head) => Head {
  const insert = db.prepare('INSERT INTO events (stream, version, body, hash) VALUES (?, ?, ?, ?)');
  return ({ stream, at, actor, events }, before) => {
    let head = before;
    for (const event of events) {
      const version = head.version + 1;
      const body = entryHashInput({ v: 1, stream, version, at, actor, event, previous: head.hash });
      head = { stream, version, hash: sha256(body) };
      insert.run(stream, version, body, head.hash);
    }
    return head;
  };
}

function conditionChecker(db: DatabaseSync): (condition: Condition, at: number) => void {
  const record = db.prepare('SELECT version FROM records WHERE key = ?');
  const claim = db.prepare('SELECT 1 FROM claims WHERE key = ? AND holder = ? AND until > ?');
  return (condition, at) => {
    const holds =
      condition.type === 'record-version'
        ? Number(record.get(condition.key)?.version ?? 0) === condition.version
        : claim.get(condition.key, condition.holder, at) !== undefined;
    if (holds) return;
    throw conflict('ledger.condition', `${condition.type} of ${condition.key} is no longer so`, {
      field: condition.key,
    });
  };
}

function pointerMover(db: DatabaseSync): Step {
  const read = db.prepare('SELECT stream FROM pointers WHERE key = ?');
  const save = db.prepare(
    'INSERT INTO pointers VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET stream = excluded.stream',
  );
  const free = db.prepare('DELETE FROM pointers WHERE key = ? AND stream = ?');
  return ({ stream, pointer }) => {
    if (pointer === undefined) return;
    if (pointer.to === null) {
      free.run(pointer.key, stream);
      return;
    }
    const holder = read.get(pointer.key)?.stream ?? null;
    if (holder !== null && holder !== stream && holder !== pointer.to) {
      throw conflict('ledger.pointer', `${pointer.key} is held by ${String(holder)}`, { field: pointer.key });
    }
    save.run(pointer.key, pointer.to);
  };
}

function claimReleaser(db: DatabaseSync): Step {
  const release = db.prepare('DELETE FROM claims WHERE key = ? AND holder = ?');
  return (transaction) => {
    for (const { key, holder } of transaction.release ?? []) release.run(key, holder);
  };
}

function claimTaker(db: DatabaseSync): Step {
  const prune = db.prepare('DELETE FROM claims WHERE until < ?');
  const count = db.prepare(`SELECT count(*) AS held, coalesce(sum(holder = ?), 0) AS own
    FROM claims WHERE key = ? AND until > ?`);
  const save = db.prepare(`INSERT INTO claims VALUES (?, ?, ?)
    ON CONFLICT (key, holder) DO UPDATE SET until = excluded.until`);
  const take = ({ key, holder, limit, until }: TakeClaim, at: number) => {
    const found = count.get(holder, key, at);
    if (Number(found?.own) === 0 && Number(found?.held) >= limit) {
      throw refused('ledger.claim', `${key} is held ${limit} times already`, { field: key, expected: 'a free place' });
    }
    save.run(key, holder, until);
  };
  return (transaction) => {
    if (transaction.take === undefined || transaction.take.length === 0) return;
    prune.run(transaction.at - CLAIM_KEPT);
    for (const claim of transaction.take) take(claim, transaction.at);
  };
}

function recordWriter(db: DatabaseSync): Step {
  const read = db.prepare('SELECT version FROM records WHERE key = ?');
  const save = db.prepare(`INSERT INTO records VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET version = excluded.version, value = excluded.value`);
  return (transaction) => {
    for (const { key, expectedVersion, value } of transaction.records ?? []) {
      const version = Number(read.get(key)?.version ?? 0);
      if (version !== expectedVersion) {
        throw conflict('ledger.record', `${key} has version ${version}, not ${expectedVersion}`, {
          field: key,
          expected: String(version),
        });
      }
      save.run(key, version + 1, canonicalJson(value ?? null));
    }
  };
}

/** A settled item keeps its id until it is pruned, so that it is not queued again, and loses its text. */
function outboxWriter(db: DatabaseSync): Step {
  const add = db.prepare('INSERT INTO outbox VALUES (?, ?, ?, ?, 0, ?, 0) ON CONFLICT (id) DO NOTHING');
  const settle = db.prepare(`UPDATE outbox SET settled = 1, notice = 'null' WHERE id = ?`);
  return (transaction) => {
    for (const { id, stream, channel, notice, dueAt } of transaction.outbox ?? []) {
      add.run(id, stream, channel, canonicalJson(notice), dueAt);
    }
    for (const id of transaction.settled ?? []) settle.run(id);
  };
}

function summarySaver(db: DatabaseSync): Step {
  const save = db.prepare(`INSERT INTO summaries VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
    opened_at = excluded.opened_at, state = excluded.state, severity = excluded.severity, cluster = excluded.cluster,
    host = excluded.host, service = excluded.service, body = excluded.body`);
  return ({ summary }) => {
    if (summary === undefined) return;
    const { id, openedAt, state, severity, cluster, host, service } = summary;
    save.run(id, openedAt, state, severity, cluster, host, service, canonicalJson(summary));
  };
}
