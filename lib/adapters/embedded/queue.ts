import type { DatabaseSync } from 'node:sqlite';
import { busy } from '../../model/errors.ts';
import type { Clock } from '../../ports/edges.ts';
import type { Queue, QueueMessage } from '../../ports/queue.ts';
import type { GroupCommit } from './groupCommit.ts';
import { type QueueRows, queueRows } from './queueRows.ts';
import { storageError } from './storageErrors.ts';

export interface QueueOptions {
  /** Messages that may wait or be worked on; a put that would pass it is refused with `busy` `queue.full`. */
  readonly maxWaiting: number;
  /** How long a received message is hidden, milliseconds. */
  readonly visibility: number;
  /** Deliveries before a message goes to the dead letters. */
  readonly maxAttempts: number;
  /** Stamps what is put, for the age that `depth` tells. */
  readonly clock: Clock;
}

/**
 * A queue in a table. An acknowledged message's id is known for a day after, so that a late second put of it is recognised.
 * A receipt is good for the delivery that it came with: an older one acknowledges and fails nothing. A message put back
 * from the dead letters stands behind what waits in its group.
 */
export function sqliteQueue(db: DatabaseSync, commit: GroupCommit, options: QueueOptions): Queue {
  const rows = queueRows(db);
  rows.freeAbandoned();
  const write = <T>(work: () => T) => mapped(() => commit.run(work));
  return {
    put: (messages) => mapped(() => commit.run(putter(rows, messages, options))),
    receive: (limit, now) => receive(rows, write, limit, now, options),
    ack: (receipts) => (receipts.length === 0 ? Promise.resolve() : write(() => receipts.forEach(rows.acknowledge))),
    fail: (receipt, reason, retryAt) => write(() => rows.fail(receipt, reason, retryAt, options.maxAttempts)),
    depth: () => mapped(() => rows.depth()),
    deadLetters: (limit) => mapped(() => rows.deadLetters(limit)),
    redrive: () => write(() => rows.redrive(options.clock.now())),
  };
}

/** The bodies are written as text before the transaction begins: it is the slow part, and may throw. */
function putter(rows: QueueRows, messages: readonly QueueMessage[], options: QueueOptions): () => void {
  const now = options.clock.now();
  const written = messages.map(({ id, group, body }) => ({ id, group, body: JSON.stringify(body ?? null) }));
  return () => {
    const added = written.reduce((sum, message) => sum + rows.add(message, now), 0);
    const waiting = rows.count(added);
    if (added === 0 || waiting <= options.maxWaiting) return;
    throw busy('queue.full', `${waiting - added} messages wait already`, { expected: `at most ${options.maxWaiting}` });
  };
}

/** Asks without writing first: an idle loop that polls should not keep the disk awake. */
async function receive(
  rows: QueueRows,
  write: <T>(work: () => T) => Promise<T>,
  limit: number,
  now: number,
  options: QueueOptions,
): ReturnType<Queue['receive']> {
  if (!(await mapped(() => rows.anythingToDo(now)))) return [];
  for (;;) {
    const taken = await write(() => {
      rows.forgetDone(now);
      return rows.take(limit, now, options);
    });
    if (taken !== null) return taken;
  }
}

async function mapped<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storageError('queue', cause);
  }
}
