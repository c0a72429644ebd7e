import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { canonicalJson } from '../../../model/canonical.ts';
import type { Notice } from '../../../model/notice.ts';
import type { OutboxItem, Transaction } from '../../../ports/ledger.ts';
import { dueKey, type Item, keyOf, number, numberOf, outboxKey, text, textOf } from './items.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * An outbox item is two items: one under its id that stays for ever, so that an id is queued once, and one under the time
 * it is due, with the text, that goes when it is settled. Each changes only under the condition that it is as it was read.
 */
export function outboxWrites(
  table: string,
  snapshot: Snapshot,
  { outbox, settled, stream }: Transaction,
): TransactWriteItem[] {
  const writes: TransactWriteItem[] = [];
  const added = new Set<string>();
  const ended = new Set(settled ?? []);
  for (const item of outbox ?? []) {
    if (added.has(item.id) || snapshot.get(outboxKey(item.id)) !== undefined) continue;
    added.add(item.id);
    writes.push(...queueWrites(table, item, ended.has(item.id)));
  }
  for (const id of ended) {
    const before = snapshot.get(outboxKey(id));
    if (added.has(id) || before === undefined || textOf(before, 'state') === 'settled') continue;
    writes.push(...settleWrites(table, id, before, stream));
  }
  return writes;
}

function queueWrites(table: string, item: Omit<OutboxItem, 'attempts'>, settled: boolean): TransactWriteItem[] {
  const known = { state: text(settled ? 'settled' : 'waiting'), dueAt: number(item.dueAt) };
  const mark: TransactWriteItem = {
    Put: {
      TableName: table,
      Item: { ...keyOf(outboxKey(item.id)), ...known },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
  return settled ? [mark] : [mark, dueWrite(table, { ...item, attempts: 0 })];
}

export const dueWrite = (table: string, { id, stream, channel, notice, attempts, dueAt }: OutboxItem) => ({
  Put: {
    TableName: table,
    Item: {
      ...keyOf(dueKey(id, dueAt)),
      id: text(id),
      stream: text(stream),
      channel: text(channel),
      notice: text(canonicalJson(notice)),
      attempts: number(attempts),
      dueAt: number(dueAt),
    },
  },
});

function settleWrites(table: string, id: string, before: Item, by: string): TransactWriteItem[] {
  const dueAt = numberOf(before, 'dueAt') ?? 0;
  const Item = { ...keyOf(outboxKey(id)), state: text('settled'), dueAt: number(dueAt), by: text(by) };
  return [
    { Put: { TableName: table, Item, ...stillWaiting(dueAt) } },
    { Delete: { TableName: table, Key: keyOf(dueKey(id, dueAt)) } },
  ];
}

export const stillWaiting = (dueAt: number) => ({
  ConditionExpression: '#state = :waiting AND dueAt = :due',
  ExpressionAttributeNames: { '#state': 'state' },
  ExpressionAttributeValues: { ':waiting': text('waiting'), ':due': number(dueAt) },
});

export const outboxItemOf = (item: Item): OutboxItem => ({
  id: textOf(item, 'id') ?? '',
  stream: textOf(item, 'stream') ?? '',
  channel: textOf(item, 'channel') ?? '',
  notice: JSON.parse(textOf(item, 'notice') ?? 'null') as Notice,
  attempts: numberOf(item, 'attempts') ?? 0,
  dueAt: numberOf(item, 'dueAt') ?? 0,
});
