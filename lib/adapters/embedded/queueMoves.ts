import type { DatabaseSync } from 'node:sqlite';

/** How messages leave the head of their group, and come back. Each is called inside a transaction. */
export interface QueueMoves {
  acknowledge(receipt: string): void;
  fail(receipt: string, reason: string, retryAt: number, maxAttempts: number): void;
  bury(seq: number, group: string, reason: string): void;
  /** Puts all dead letters behind what waits, their attempts forgotten; how many. */
  redrive(now: number): number;
  /** Moves the number of waiting messages by `change`; the new number. */
  count(change: number): number;
}

export function queueMoves(db: DatabaseSync): QueueMoves {
  const done = db.prepare(`UPDATE messages SET state = 1, head = 0, in_work = 0, body = 'null' WHERE seq = ?`);
  const dead = db.prepare('UPDATE messages SET state = 2, head = 0, in_work = 0, reason = ? WHERE seq = ?');
  const retry = db.prepare('UPDATE messages SET visible_at = ?, reason = ?, in_work = 0 WHERE seq = ?');
  const current = receiptReader(db);
  const promote = promoter(db);
  const count = counter(db);
  const bury: QueueMoves['bury'] = (seq, group, reason) => {
    dead.run(reason, seq);
    promote(group);
    count(-1);
  };
  return {
    bury,
    count,
    redrive: redriver(db, count),
    acknowledge(receipt) {
      const found = current(receipt);
      if (found === null) return;
      done.run(found.seq);
      promote(found.group);
      count(-1);
    },
    fail(receipt, reason, retryAt, maxAttempts) {
      const found = current(receipt);
      if (found === null) return;
      if (found.attempt >= maxAttempts) bury(found.seq, found.group, reason);
      else retry.run(retryAt, reason, found.seq);
    },
  };
}

/** Null for a receipt of an earlier delivery, or of a message that is no longer being worked on. */
function receiptReader(db: DatabaseSync): (receipt: string) => { seq: number; group: string; attempt: number } | null {
  const select = db.prepare('SELECT grp FROM messages WHERE seq = ? AND attempt = ? AND in_work = 1');
  return (receipt) => {
    const [seq, attempt] = receipt.split('.').map(Number);
    if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(attempt)) return null;
    const row = select.get(Number(seq), Number(attempt));
    return row === undefined ? null : { seq: Number(seq), group: String(row.grp), attempt: Number(attempt) };
  };
}

function promoter(db: DatabaseSync): (group: string) => void {
  const promote = db.prepare(`UPDATE messages SET head = 1 WHERE seq = (
    SELECT seq FROM messages WHERE state = 0 AND grp = ? ORDER BY seq LIMIT 1)`);
  return (group) => void promote.run(group);
}

function counter(db: DatabaseSync): QueueMoves['count'] {
  const move = db.prepare('UPDATE queue_count SET waiting = waiting + ? RETURNING waiting');
  return (change) => Number(move.get(change)?.waiting);
}

/**
 * Each gets a new place at the end, and with it receipts that no old one can be mistaken for. Row by row, so that the places
 * are given out in the order of the letters.
 */
function redriver(db: DatabaseSync, count: QueueMoves['count']): QueueMoves['redrive'] {
  const select = db.prepare('SELECT seq FROM messages WHERE state = 2 ORDER BY seq');
  const move = db.prepare(`UPDATE messages SET seq = (SELECT max(seq) + 1 FROM messages),
    state = 3, attempt = 0, visible_at = 0, reason = '', put_at = ? WHERE seq = ?`);
  return (now) => {
    const letters = select.all();
    for (const { seq } of letters) move.run(now, Number(seq));
    count(letters.length);
    return letters.length;
  };
}
