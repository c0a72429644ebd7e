import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Head } from '../../../model/audit.ts';
import type { StoredEvent } from '../../../model/incident.ts';
import type { Ledger, LedgerRecord } from '../../../ports/ledger.ts';
import { heldClaims } from './claims.ts';
import {
  ALL_SHARDS,
  claimKey,
  dueShard,
  headKey,
  headShard,
  type Item,
  numberOf,
  pointerItemKey,
  recordKey,
  streamPartition,
  text,
  textOf,
  upTo,
  wakeShard,
} from './items.ts';
import { outboxItemOf } from './outbox.ts';
import { readAll } from './snapshot.ts';

export interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
}

/** Items of one partition in key order, strongly consistent, page by page and never more than `limit`. */
export async function query(table: Table, input: Partial<QueryCommandInput>, limit = Infinity): Promise<Item[]> {
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const answer = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        ConsistentRead: true,
        ...input,
        ...(from && { ExclusiveStartKey: from }),
        ...(input.FilterExpression === undefined && Number.isFinite(limit) && { Limit: limit - items.length }),
      }),
    );
    items.push(...(answer.Items ?? []));
    from = answer.LastEvaluatedKey;
  } while (from !== undefined && items.length < limit);
  return items.slice(0, limit);
}

const partition = (pk: string) => ({
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: { ':pk': text(pk) },
});
const until = (pk: string, time: number) => ({
  KeyConditionExpression: 'pk = :pk AND sk <= :to',
  ExpressionAttributeValues: { ':pk': text(pk), ':to': text(upTo(time)) },
});

/** Earliest first over all partitions, as many as asked. */
async function earliest(table: Table, shard: (at: number) => string, now: number, limit: number): Promise<Item[]> {
  const found = await Promise.all(ALL_SHARDS.map((at) => query(table, until(shard(at), now), limit)));
  return found
    .flat()
    .sort((a, b) => (String(a.sk?.S) < String(b.sk?.S) ? -1 : 1))
    .slice(0, limit);
}

export async function readEvents(table: Table, stream: string): Promise<readonly StoredEvent[]> {
  const items = await query(table, partition(streamPartition(stream)));
  // The item's own place wins over what its text says of itself, so that a moved or renumbered entry breaks its hash.
  return items.map((item) => ({
    ...JSON.parse(textOf(item, 'body') ?? ''),
    stream,
    version: Number(textOf(item, 'sk')),
    hash: textOf(item, 'hash') ?? '',
  }));
}

export async function readHeads(table: Table): Promise<readonly Head[]> {
  const items = (await Promise.all(ALL_SHARDS.map((at) => query(table, partition(headShard(at)))))).flat();
  return items
    .map((item) => ({
      stream: textOf(item, 'sk') ?? '',
      version: numberOf(item, 'version') ?? 0,
      hash: textOf(item, 'hash') ?? '',
    }))
    .filter(({ version }) => version > 0)
    .sort((a, b) => (a.stream < b.stream ? -1 : 1));
}

export async function readHead({ client, name }: Table, stream: string): Promise<Head> {
  const item = (await readAll(client, name, [headKey(stream)])).get(headKey(stream));
  return { stream, version: numberOf(item, 'version') ?? 0, hash: textOf(item, 'hash') ?? '' };
}

const recordOf = (key: string, item: Item | undefined): LedgerRecord => ({
  key,
  version: numberOf(item, 'version') ?? 0,
  value: JSON.parse(textOf(item, 'value') ?? 'null'),
});

type Reads = Pick<Ledger, 'pointer' | 'claims' | 'due' | 'nextDue' | 'outboxDue'> & {
  record(key: string): Promise<LedgerRecord>;
  records(prefix: string): Promise<readonly LedgerRecord[]>;
};

export function readsOf(table: Table): Reads {
  const { client, name } = table;
  return {
    async pointer(key) {
      const at = pointerItemKey(key);
      return textOf((await readAll(client, name, [at])).get(at), 'heldBy');
    },
    async record(key) {
      return recordOf(key, (await readAll(client, name, [recordKey(key)])).get(recordKey(key)));
    },
    async records(prefix) {
      const items = await query(table, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': text('R'), ':prefix': text(prefix) },
      });
      return items.map((item) => recordOf(textOf(item, 'sk') ?? '', item));
    },
    async claims(keys, now) {
      const wanted = [...new Set(keys)];
      const found = await readAll(client, name, wanted.map(claimKey));
      return wanted.flatMap((key) => heldClaims(key, found.get(claimKey(key)), now));
    },
    async due(now, limit) {
      const items = await earliest(table, wakeShard, now, limit);
      return items.map((item) => ({ stream: textOf(item, 'stream') ?? '', wakeAt: numberOf(item, 'wakeAt') ?? 0 }));
    },
    async nextDue() {
      const first = [...ALL_SHARDS.map(wakeShard), ...ALL_SHARDS.map(dueShard)].map((pk) =>
        query(table, partition(pk), 1),
      );
      const times = (await Promise.all(first))
        .flat()
        .map((item) => numberOf(item, 'wakeAt') ?? numberOf(item, 'dueAt') ?? 0);
      return times.length === 0 ? null : Math.min(...times);
    },
    async outboxDue(now, limit) {
      return (await earliest(table, dueShard, now, limit)).map(outboxItemOf);
    },
  };
}
