import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { failed } from '../../../model/errors.ts';
import type { Ledger, Transaction } from '../../../ports/ledger.ts';
import { hasName, isThrottle, unavailable } from '../errors.ts';
import { eventKey, headKey, numberOf, textOf } from './items.ts';
import { type Planned, plan } from './plan.ts';
import { keysOf, readAll, type Snapshot } from './snapshot.ts';

/** How often a transaction that lost a race is planned anew before its caller hears of it. */
const ATTEMPTS = 12;
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 500;

/**
 * Reads, plans, writes under conditions; and again where an item changed in between. The plan made from what stands there
 * then says what really is wrong: a version, a condition, a claim. The SDK's own retry repeats one request under one token,
 * so a lost answer does not write twice; where even that was lost, the head says whether it was this writer.
 */
export function appendTo(client: DynamoDBClient, table: string): Ledger['append'] {
  return async (transaction) => {
    const tx = randomUUID();
    let sent: Planned | null = null;
    for (let attempt = 1; ; attempt += 1) {
      const snapshot = await readAll(client, table, keysOf(transaction));
      if (sent !== null && (await stands(client, table, snapshot, transaction, tx))) return resultOf(sent);
      sent = plan(table, snapshot, transaction, tx);
      if (await write(client, sent, attempt)) return resultOf(sent);
      if (attempt === ATTEMPTS) throw failed('ledger.unavailable', `lost ${ATTEMPTS} races for ${transaction.stream}`);
      await pause(Math.random() * Math.min(FIRST_PAUSE * 2 ** attempt, LONGEST_PAUSE));
    }
  };
}

const resultOf = ({ head: { version, hash } }: Planned) => ({ version, hash });

/** Whether what was sent before was written after all: by the head, or by the entry itself where others went on from there. */
async function stands(
  client: DynamoDBClient,
  table: string,
  snapshot: Snapshot,
  { stream, expectedVersion, events }: Transaction,
  tx: string,
): Promise<boolean> {
  const head = snapshot.get(headKey(stream));
  if (textOf(head, 'tx') === tx) return true;
  if (events.length === 0 || (numberOf(head, 'version') ?? 0) <= expectedVersion) return false;
  const first = eventKey(stream, expectedVersion + 1);
  return textOf((await readAll(client, table, [first])).get(first), 'tx') === tx;
}

/** False when something changed since it was read, or when it is not known whether it was written. */
async function write(client: DynamoDBClient, { items }: Planned, attempt: number): Promise<boolean> {
  try {
    await client.send(new TransactWriteItemsCommand({ TransactItems: [...items] }));
    return true;
  } catch (cause) {
    if (hasName(cause, 'TransactionCanceledException', 'TransactionInProgressException')) return false;
    // Another request of the same table may be let through by the time that the pause is over.
    if (attempt < ATTEMPTS && isThrottle(cause)) return false;
    if (attempt < ATTEMPTS && isUncertain(cause)) return false;
    throw unavailable('ledger', cause);
  }
}

/** No answer, or one from the service's own trouble: the transaction may stand. */
function isUncertain(cause: unknown): boolean {
  const { $metadata, $fault } = cause as { $metadata?: { httpStatusCode?: number }; $fault?: string };
  return $fault === 'server' || $metadata?.httpStatusCode === undefined;
}
