import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { IncidentState, IncidentSummary } from '../../../model/incident.ts';

export type Item = Record<string, AttributeValue>;
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/**
 * One table, every access by primary key and strongly consistent: an index would lag behind what a guard must see. What is
 * listed (heads, deadlines, deliveries, incidents) is spread over this many partitions, each good for 1,000 writes a second.
 */
const SHARDS = 4;
export const ALL_SHARDS: readonly number[] = Array.from({ length: SHARDS }, (_, at) => at);

/** FNV-1a, for an even spread only. */
function shardOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % SHARDS;
}

/** Sorts as text like the number: enough digits for every millisecond until the year 33658. */
export const padded = (time: number): string => String(Math.trunc(time)).padStart(15, '0');
/** Sorts after every continuation of a prefix. */
const LAST = '\u{10FFFF}';
export const upTo = (time: number): string => `${padded(time)}#${LAST}`;

export const headShard = (shard: number) => `H#${shard}`;
export const wakeShard = (shard: number) => `W#${shard}`;
export const dueShard = (shard: number) => `D#${shard}`;
export const listShard = (live: boolean, shard: number) => `I#${live ? 'live' : 'done'}#${shard}`;

export const headKey = (stream: string): Key => ({ pk: headShard(shardOf(stream)), sk: stream });
export const streamPartition = (stream: string) => `S#${stream}`;
export const eventKey = (stream: string, version: number): Key => ({
  pk: streamPartition(stream),
  sk: padded(version),
});
export const recordKey = (key: string): Key => ({ pk: 'R', sk: key });
export const claimKey = (key: string): Key => ({ pk: `C#${key}`, sk: '-' });
export const pointerItemKey = (key: string): Key => ({ pk: `P#${key}`, sk: '-' });
export const outboxKey = (id: string): Key => ({ pk: `O#${id}`, sk: '-' });
export const wakeKey = (stream: string, at: number): Key => ({
  pk: wakeShard(shardOf(stream)),
  sk: `${padded(at)}#${stream}`,
});
export const dueKey = (id: string, at: number): Key => ({ pk: dueShard(shardOf(id)), sk: `${padded(at)}#${id}` });

/** Open incidents stand apart from the closed ones, so that asking for them never reads through years of history. */
export const isLive = (state: IncidentState): boolean => state !== 'closed';
export const summaryKey = ({ id, openedAt, state }: IncidentSummary): Key => ({
  pk: listShard(isLive(state), shardOf(id)),
  sk: `${padded(openedAt)}#${id}`,
});

export const text = (value: string): AttributeValue => ({ S: value });
export const number = (value: number): AttributeValue => ({ N: String(value) });
export const keyOf = ({ pk, sk }: Key): Item => ({ pk: text(pk), sk: text(sk) });
export const nameOf = ({ pk, sk }: Key): string => `${pk}\n${sk}`;

export const textOf = (item: Item | undefined, name: string): string | null => item?.[name]?.S ?? null;
export function numberOf(item: Item | undefined, name: string): number | null {
  const value = item?.[name]?.N;
  return value === undefined ? null : Number(value);
}
