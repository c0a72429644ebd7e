import type { DatabaseSync } from 'node:sqlite';
import type { Queue, QueueMessage, ReceivedMessage } from '../../ports/queue.ts';
import { type QueueMoves, queueMoves } from './queueMoves.ts';

/** How long the id of an acknowledged message is known, milliseconds after it was handed out. */
const DONE_KEPT = 86_400_000;
/** Rows forgotten at one receive: bounded, so that none waits for a day's cleaning. */
const FORGET_AT_ONCE = 5000;
/** Placed in one transaction: bounded, so that intake does not wait for a storm of one group. */
const PLACE_AT_ONCE = 2000;

export interface TakeOptions {
  readonly visibility: number;
  readonly maxAttempts: number;
}

/** The queue's statements; all but the reads are called inside a transaction. */
export interface QueueRows extends Pick<QueueMoves, 'acknowledge' | 'fail' | 'redrive' | 'count'> {
  /** 1 where the message is new, 0 where its id is known. */
  add(message: QueueMessage<string>, now: number): number;
  anythingToDo(now: number): boolean;
  /** Null where nothing was found yet and more of what arrived is to be looked through: ask again. */
  take(limit: number, now: number, options: TakeOptions): readonly ReceivedMessage[] | null;
  forgetDone(now: number): void;
  /** What a process that died was working on is free at once: nobody else can hold this file. */
  freeAbandoned(): void;
  depth(): Awaited<ReturnType<Queue['depth']>>;
  deadLetters(limit: number): Awaited<ReturnType<Queue['deadLetters']>>;
}

export function queueRows(db: DatabaseSync): QueueRows {
  const moves = queueMoves(db);
  const add = db.prepare(`INSERT INTO messages (id, grp, body, put_at, head, state) VALUES (?, ?, ?, ?, 0, 3)
    ON CONFLICT (id) DO NOTHING`);
  const arrived = db.prepare('SELECT 1 FROM messages WHERE state = 3 LIMIT 1');
  const ready = db.prepare('SELECT 1 FROM messages WHERE head = 1 AND visible_at <= ? LIMIT 1');
  const old = db.prepare('SELECT 1 FROM messages WHERE state = 1 AND visible_at < ? LIMIT 1');
  const forget = db.prepare(`DELETE FROM messages WHERE seq IN (
    SELECT seq FROM messages WHERE state = 1 AND visible_at < ? LIMIT ${FORGET_AT_ONCE})`);
  const free = db.prepare('UPDATE messages SET visible_at = 0, in_work = 0 WHERE head = 1 AND in_work = 1');
  return {
    acknowledge: moves.acknowledge,
    fail: moves.fail,
    redrive: moves.redrive,
    count: moves.count,
    add: ({ id, group, body }, now) => Number(add.run(id, group, body, now).changes),
    anythingToDo: (now) =>
      arrived.get() !== undefined || ready.get(now) !== undefined || old.get(now - DONE_KEPT) !== undefined,
    take: taker(db, moves),
    forgetDone: (now) => void forget.run(now - DONE_KEPT),
    freeAbandoned: () => void free.run(),
    ...queueReads(db),
  };
}

/** Moves what arrived into its groups, in the order of arrival and as much as is asked for; how many. */
function placer(db: DatabaseSync): (limit: number) => number {
  const select = db.prepare('SELECT seq, grp FROM messages WHERE state = 3 ORDER BY seq LIMIT ?');
  const place = db.prepare(`UPDATE messages SET state = 0,
    head = NOT EXISTS (SELECT 1 FROM messages WHERE state = 0 AND grp = ?) WHERE seq = ?`);
  return (limit) => {
    const rows = select.all(limit);
    for (const { seq, grp } of rows) place.run(String(grp), Number(seq));
    return rows.length;
  };
}

/** Goes round again while what arrived may hold another head. */
function taker(db: DatabaseSync, moves: QueueMoves): QueueRows['take'] {
  const place = placer(db);
  const takeHeads = headTaker(db, moves);
  return (limit, now, options) => {
    const taken = takeHeads(limit, now, options);
    let placed = 0;
    while (taken.length < limit) {
      if (placed >= PLACE_AT_ONCE) return taken.length === 0 ? null : taken;
      const more = place(Math.max(limit - taken.length, 100));
      if (more === 0) break;
      placed += more;
      taken.push(...takeHeads(limit - taken.length, now, options));
    }
    return taken;
  };
}

/**
 * Hands out heads of groups only. One that was handed out often enough dies instead, and then the next of its group is
 * head, so the search goes round again.
 */
function headTaker(
  db: DatabaseSync,
  moves: QueueMoves,
): (limit: number, now: number, options: TakeOptions) => ReceivedMessage[] {
  const select = db.prepare(`SELECT seq, id, grp, body, attempt, reason FROM messages
    WHERE head = 1 AND visible_at <= ? ORDER BY seq LIMIT ?`);
  const hide = db.prepare('UPDATE messages SET visible_at = ?, attempt = ?, in_work = 1 WHERE seq = ?');
  return (limit, now, { visibility, maxAttempts }) => {
    const taken: ReceivedMessage[] = [];
    let died = true;
    while (died && taken.length < limit) {
      died = false;
      for (const row of select.all(now, limit - taken.length)) {
        const seq = Number(row.seq);
        const attempt = Number(row.attempt) + 1;
        if (attempt > maxAttempts) {
          moves.bury(seq, String(row.grp), String(row.reason) || `not acknowledged in ${maxAttempts} attempts`);
          died = true;
          continue;
        }
        hide.run(now + visibility, attempt, seq);
        taken.push({ ...messageOf(row), receipt: `${seq}.${attempt}`, attempt });
      }
    }
    return taken;
  };
}

function messageOf(row: Readonly<Record<string, unknown>>): QueueMessage {
  return { id: String(row.id), group: String(row.grp), body: JSON.parse(String(row.body)) };
}

function queueReads(db: DatabaseSync): Pick<QueueRows, 'depth' | 'deadLetters'> {
  const waiting = db.prepare('SELECT waiting FROM queue_count');
  const dead = db.prepare('SELECT count(*) AS dead FROM messages WHERE state = 2');
  const oldest = db.prepare(`SELECT min(put_at) AS put_at FROM (
    SELECT put_at FROM (SELECT put_at FROM messages WHERE head = 1 ORDER BY seq LIMIT 1)
    UNION ALL SELECT put_at FROM (SELECT put_at FROM messages WHERE state = 3 ORDER BY seq LIMIT 1))`);
  const letters = db.prepare('SELECT id, grp, body, reason FROM messages WHERE state = 2 ORDER BY seq LIMIT ?');
  return {
    depth: () => ({
      waiting: Number(waiting.get()?.waiting),
      dead: Number(dead.get()?.dead),
      oldest: (oldest.get()?.put_at as number | null | undefined) ?? null,
    }),
    deadLetters: (limit) => letters.all(limit).map((row) => ({ ...messageOf(row), reason: String(row.reason) })),
  };
}
