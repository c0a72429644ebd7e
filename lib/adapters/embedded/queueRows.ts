import type { DatabaseSync } from 'node:sqlite';
import type { Queue, QueueMessage, ReceivedMessage } from '../../ports/queue.ts';
import { type QueueMoves, queueMoves } from './queueMoves.ts';

/** How long the id of an acknowledged message is known, milliseconds after it was handed out. */
const DONE_KEPT = 86_400_000;
/** Rows forgotten at one receive: bounded, so that none waits for a day's cleaning. */
const FORGET_AT_ONCE = 5000;

export interface TakeOptions {
  readonly visibility: number;
  readonly maxAttempts: number;
}

/** The queue's statements; all but the reads are called inside a transaction. */
export interface QueueRows extends Pick<QueueMoves, 'acknowledge' | 'fail' | 'redrive' | 'count'> {
  /** 1 where the message is new, 0 where its id is known. */
  add(message: QueueMessage<string>, now: number): number;
  anythingToDo(now: number): boolean;
  take(limit: number, now: number, options: TakeOptions): readonly ReceivedMessage[];
  forgetDone(now: number): void;
  /** What a process that died was working on is free at once: nobody else can hold this file. */
  freeAbandoned(): void;
  depth(): Awaited<ReturnType<Queue['depth']>>;
  deadLetters(limit: number): Awaited<ReturnType<Queue['deadLetters']>>;
}

export function queueRows(db: DatabaseSync): QueueRows {
  const moves = queueMoves(db);
  const add = db.prepare(`INSERT INTO messages (id, grp, body, put_at, head) VALUES (?1, ?2, ?3, ?4,
    NOT EXISTS (SELECT 1 FROM messages WHERE state = 0 AND grp = ?2)) ON CONFLICT (id) DO NOTHING`);
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
    anythingToDo: (now) => ready.get(now) !== undefined || old.get(now - DONE_KEPT) !== undefined,
    take: taker(db, moves),
    forgetDone: (now) => void forget.run(now - DONE_KEPT),
    freeAbandoned: () => void free.run(),
    ...queueReads(db),
  };
}

/**
 * Hands out heads of groups only. One that was handed out often enough dies instead, and then the next of its group is
 * head, so the search goes round again.
 */
function taker(db: DatabaseSync, moves: QueueMoves): QueueRows['take'] {
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
  const oldest = db.prepare('SELECT put_at FROM messages WHERE head = 1 ORDER BY seq LIMIT 1');
  const letters = db.prepare('SELECT id, grp, body, reason FROM messages WHERE state = 2 ORDER BY seq LIMIT ?');
  return {
    depth: () => ({
      waiting: Number(waiting.get()?.waiting),
      dead: Number(dead.get()?.dead),
      oldest: (oldest.get()?.put_at as number | undefined) ?? null,
    }),
    deadLetters: (limit) => letters.all(limit).map((row) => ({ ...messageOf(row), reason: String(row.reason) })),
  };
}
