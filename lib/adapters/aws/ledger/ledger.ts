import { type DynamoDBClient, GetItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { absent, failed } from '../../../model/errors.ts';
import type { Ledger, LedgerRecord } from '../../../ports/ledger.ts';
import { asked, hasName } from '../errors.ts';
import { appendTo } from './append.ts';
import { dueKey, keyOf, number, numberOf, outboxKey, text, textOf } from './items.ts';
import { listSummaries } from './list.ts';
import { dueWrite, outboxItemOf, stillWaiting } from './outbox.ts';
import { prune } from './prune.ts';
import { readEvents, readHead, readHeads, readsOf, type Table } from './reads.ts';
import { verifyLedger } from './verify.ts';

const ATTEMPTS = 8;

/** The ledger in one DynamoDB table with the string keys `pk` and `sk`. Every read is strongly consistent. */
export function dynamoLedger(client: DynamoDBClient, tableName: string): Ledger {
  const table: Table = { client, name: tableName };
  const reads = readsOf(table);
  const append = appendTo(client, tableName);
  return {
    append: (transaction) => asked('ledger', () => append(transaction)),
    read: (stream) => asked('ledger', () => readEvents(table, stream)),
    pointer: (key) => asked('ledger', () => reads.pointer(key)),
    record: <T>(key: string) => asked('ledger', async () => (await reads.record(key)) as LedgerRecord<T>),
    records: <T>(prefix: string) =>
      asked('ledger', async () => (await reads.records(prefix)) as readonly LedgerRecord<T>[]),
    claims: (keys, now) => asked('ledger', () => reads.claims(keys, now)),
    list: (filter) => asked('ledger', () => listSummaries(table, filter)),
    due: (now, limit) => asked('ledger', () => reads.due(now, limit)),
    nextDue: () => asked('ledger', () => reads.nextDue()),
    outboxDue: (now, limit) => asked('ledger', () => reads.outboxDue(now, limit)),
    outboxRetry: (id, dueAt) => asked('ledger', () => outboxRetry(table, id, dueAt)),
    heads: () => asked('ledger', () => readHeads(table)),
    head: (stream) => asked('ledger', () => readHead(table, stream)),
    prune: (before) => asked('ledger', () => prune(table, before)),
    verify: () => asked('ledger', () => verifyLedger(table)),
    close: async () => client.destroy(),
  };
}

/** A retry of an item that was settled meanwhile changes nothing. Throws `absent` `ledger.outbox` for an unknown id. */
async function outboxRetry(table: Table, id: string, dueAt: number): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const mark = await get(table, keyOf(outboxKey(id)));
    if (mark === undefined) throw absent('ledger.outbox', `no outbox item ${id}`, { field: 'id' });
    if (textOf(mark, 'state') === 'settled') return;
    if (await moveDelivery(table, id, numberOf(mark, 'dueAt') ?? 0, dueAt)) return;
  }
  throw failed('ledger.unavailable', `lost ${ATTEMPTS} races for outbox item ${id}`);
}

async function get({ client, name }: Table, Key: ReturnType<typeof keyOf>) {
  return (await client.send(new GetItemCommand({ TableName: name, ConsistentRead: true, Key }))).Item;
}

/** False where somebody else settled or moved it since it was read. */
async function moveDelivery(table: Table, id: string, from: number, to: number): Promise<boolean> {
  const before = await get(table, keyOf(dueKey(id, from)));
  if (before === undefined) return false;
  const item = outboxItemOf(before);
  const mark = {
    Put: {
      TableName: table.name,
      Item: { ...keyOf(outboxKey(id)), state: text('waiting'), dueAt: number(to) },
      ...stillWaiting(from),
    },
  };
  const moved = dueWrite(table.name, { ...item, attempts: item.attempts + 1, dueAt: to });
  const old = { Delete: { TableName: table.name, Key: keyOf(dueKey(id, from)) } };
  try {
    const items = from === to ? [mark, moved] : [mark, old, moved];
    await table.client.send(new TransactWriteItemsCommand({ TransactItems: items }));
    return true;
  } catch (cause) {
    if (hasName(cause, 'TransactionCanceledException')) return false;
    throw cause;
  }
}
