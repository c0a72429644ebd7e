import { setTimeout as pause } from 'node:timers/promises';
import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Transaction } from '../../../ports/ledger.ts';
import {
  claimKey,
  headKey,
  type Item,
  type Key,
  keyOf,
  nameOf,
  outboxKey,
  pointerItemKey,
  recordKey,
} from './items.ts';

/** DynamoDB's limit of one BatchGetItem. */
const BATCH = 100;
const PAUSE = 20;

/** What stands under the keys that were asked for, each read strongly consistent; not one moment for all of them. */
export interface Snapshot {
  get(key: Key): Item | undefined;
}

/** Every item whose present state decides what a transaction writes. */
export function keysOf({ stream, conditions, take, release, records, pointer, outbox, settled }: Transaction): Key[] {
  return [
    headKey(stream),
    ...(conditions ?? []).map(({ type, key }) => (type === 'claim-held' ? claimKey(key) : recordKey(key))),
    ...[...(take ?? []), ...(release ?? [])].map(({ key }) => claimKey(key)),
    ...(records ?? []).map(({ key }) => recordKey(key)),
    ...(pointer === undefined ? [] : [pointerItemKey(pointer.key)]),
    ...(outbox ?? []).map(({ id }) => outboxKey(id)),
    ...(settled ?? []).map((id) => outboxKey(id)),
  ];
}

export async function readAll(client: DynamoDBClient, table: string, keys: readonly Key[]): Promise<Snapshot> {
  const wanted = [...new Map(keys.map((key) => [nameOf(key), key])).values()];
  const found = new Map<string, Item>();
  for (let at = 0; at < wanted.length; at += BATCH) {
    const items = await readBatch(client, table, wanted.slice(at, at + BATCH).map(keyOf));
    for (const item of items) found.set(nameOf({ pk: item.pk?.S ?? '', sk: item.sk?.S ?? '' }), item);
  }
  return { get: (key) => found.get(nameOf(key)) };
}

/** DynamoDB may leave keys out of an answer under load: they are asked for again until none is left. */
async function readBatch(client: DynamoDBClient, table: string, keys: readonly Item[]): Promise<readonly Item[]> {
  const items: Item[] = [];
  let rest: Item[] = [...keys];
  for (let wait = PAUSE; rest.length > 0; wait *= 2) {
    const answer = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: rest, ConsistentRead: true } } }),
    );
    items.push(...(answer.Responses?.[table] ?? []));
    rest = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    if (rest.length > 0) await pause(Math.min(wait, 1000));
  }
  return items;
}
