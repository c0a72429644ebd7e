import { DeleteItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { hasName } from '../errors.ts';
import { claimWrite, holdersOf, unchanged } from './claims.ts';
import { type Item, numberOf, text, textOf } from './items.ts';
import type { Table } from './reads.ts';
import { scanPrefix } from './scan.ts';

/** Whatever changes while this looks is left for the next time: pruning saves space and nothing depends on it. */
export async function prune(table: Table, before: number): Promise<{ outbox: number; claims: number }> {
  let outbox = 0;
  let claims = 0;
  for await (const item of scanPrefix(table, 'O#')) {
    const old = textOf(item, 'state') === 'settled' && (numberOf(item, 'dueAt') ?? before) < before;
    if (old && (await still(() => dropSettled(table, item)))) outbox += 1;
  }
  for await (const item of scanPrefix(table, 'C#')) {
    const ended = [...holdersOf(item)].filter(([, until]) => until < before).length;
    if (ended > 0 && (await still(() => dropEnded(table, item, before)))) claims += ended;
  }
  return { outbox, claims };
}

async function still(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (cause) {
    if (hasName(cause, 'ConditionalCheckFailedException', 'TransactionCanceledException')) return false;
    throw cause;
  }
}

const keyIn = (item: Item): Item => ({ pk: item.pk ?? text(''), sk: item.sk ?? text('') });

const dropSettled = ({ client, name }: Table, item: Item) =>
  client.send(
    new DeleteItemCommand({
      TableName: name,
      Key: keyIn(item),
      ConditionExpression: '#state = :settled',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':settled': text('settled') },
    }),
  );

function dropEnded({ client, name }: Table, item: Item, before: number) {
  const left = new Map([...holdersOf(item)].filter(([, until]) => until >= before));
  if (left.size === 0) {
    const version = numberOf(item, 'version') ?? 0;
    return client.send(new DeleteItemCommand({ TableName: name, Key: keyIn(item), ...unchanged(version) }));
  }
  const key = String(item.pk?.S).slice('C#'.length);
  return client.send(new TransactWriteItemsCommand({ TransactItems: [claimWrite(name, key, item, left, before)] }));
}
