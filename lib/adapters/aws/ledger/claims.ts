import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { conflict, refused } from '../../../model/errors.ts';
import type { Condition, HeldClaim, TakeClaim, Transaction } from '../../../ports/ledger.ts';
import { claimKey, type Item, keyOf, number, numberOf } from './items.ts';
import type { Snapshot } from './snapshot.ts';

/** Claims that ended this long before a transaction's time are forgotten, milliseconds. */
const CLAIM_KEPT = 86_400_000;

type Holders = Map<string, number>;

/** All holders of a key are one item: its version is the condition that nobody else took or gave back meanwhile. */
export function holdersOf(item: Item | undefined): Holders {
  return new Map(Object.entries(item?.holders?.M ?? {}).map(([holder, until]) => [holder, Number(until.N)]));
}

export const heldClaims = (key: string, item: Item | undefined, now: number): HeldClaim[] =>
  [...holdersOf(item)]
    .filter(([, until]) => until > now)
    .map(([holder, until]) => ({ key, holder, until }))
    .sort((a, b) => (a.holder < b.holder ? -1 : 1));

/** Throws `conflict` `ledger.condition` unless the holder holds the claim at that time. */
export function assertHeld(
  snapshot: Snapshot,
  { key, holder }: Extract<Condition, { type: 'claim-held' }>,
  at: number,
) {
  if ((holdersOf(snapshot.get(claimKey(key))).get(holder) ?? 0) > at) return;
  throw conflict('ledger.condition', `claim-held of ${key} is no longer so`, { field: key });
}

/** Writes for every key that is taken or released. Throws `refused` `ledger.claim` where no place is free. */
export function claimWrites(table: string, snapshot: Snapshot, transaction: Transaction): TransactWriteItem[] {
  const changed = new Map<string, Holders>();
  const holders = (key: string): Holders => {
    const known = changed.get(key) ?? holdersOf(snapshot.get(claimKey(key)));
    changed.set(key, known);
    return known;
  };
  for (const { key, holder } of transaction.release ?? []) holders(key).delete(holder);
  for (const claim of transaction.take ?? []) take(holders(claim.key), claim, transaction.at);
  const real = [...changed].filter(([key, after]) => after.size > 0 || snapshot.get(claimKey(key)) !== undefined);
  return real.map(([key, after]) => claimWrite(table, key, snapshot.get(claimKey(key)), after, transaction.at));
}

function take(holders: Holders, { key, holder, limit, until }: TakeClaim, at: number): void {
  const held = [...holders.values()].filter((end) => end > at).length;
  const own = (holders.get(holder) ?? 0) > at;
  if (!own && held >= limit) {
    throw refused('ledger.claim', `${key} is held ${limit} times already`, { field: key, expected: 'a free place' });
  }
  holders.set(holder, until);
}

/** Keeps who ended lately: late readers of their own claim still find it. */
export function claimWrite(
  table: string,
  key: string,
  before: Item | undefined,
  after: Holders,
  at: number,
): TransactWriteItem {
  const version = numberOf(before, 'version') ?? 0;
  const kept = [...after].filter(([, until]) => until >= at - CLAIM_KEPT);
  const holders = { M: Object.fromEntries(kept.map(([holder, until]) => [holder, number(until)])) };
  const Item = { ...keyOf(claimKey(key)), version: number(version + 1), holders };
  return { Put: { TableName: table, Item, ...unchanged(version) } };
}

/** The condition that an item still has the version it was read with; 0 where it was not there. */
export function unchanged(version: number) {
  if (version === 0) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return {
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': number(version) },
  };
}
