import { createHash } from 'node:crypto';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { entryHashInput, type Head } from '../../../model/audit.ts';
import { canonicalJson } from '../../../model/canonical.ts';
import { conflict, invalid } from '../../../model/errors.ts';
import type { Condition, Transaction } from '../../../ports/ledger.ts';
import { assertHeld, claimWrites, unchanged } from './claims.ts';
import {
  claimKey,
  eventKey,
  headKey,
  type Item,
  type Key,
  keyOf,
  number,
  numberOf,
  pointerItemKey,
  recordKey,
  summaryKey,
  text,
  textOf,
  wakeKey,
} from './items.ts';
import { outboxWrites } from './outbox.ts';
import type { Snapshot } from './snapshot.ts';

/** DynamoDB's limits: items of one transaction, and bytes of one item less room for keys. */
const MOST_ITEMS = 100;
const MOST_BYTES = 390_000;

export const sha256 = (input: string): string => createHash('sha256').update(input, 'utf8').digest('hex');

export interface Planned {
  readonly items: readonly TransactWriteItem[];
  readonly head: Head;
}

/**
 * What a transaction writes, given what stands there now; every item it depends on is written or checked under the
 * condition that it is as it was read. Conflicts are thrown before refusals: a stale writer must decide again, and not
 * take a refusal for an answer. `tx` marks the head and the entries, so that a writer whose answer was lost can know its own work.
 */
export function plan(table: string, snapshot: Snapshot, transaction: Transaction, tx: string): Planned {
  const headBefore = snapshot.get(headKey(transaction.stream));
  assertVersion(transaction, numberOf(headBefore, 'version') ?? 0);
  for (const condition of transaction.conditions ?? []) assertCondition(snapshot, condition, transaction.at);
  const pointers = pointerWrites(table, snapshot, transaction);
  const records = recordWrites(table, snapshot, transaction);
  const claims = claimWrites(table, snapshot, transaction);
  const events = entries(transaction, textOf(headBefore, 'hash') ?? '');
  const head = events.at(-1)?.head ?? {
    stream: transaction.stream,
    version: transaction.expectedVersion,
    hash: textOf(headBefore, 'hash') ?? '',
  };
  const items = [
    headWrite(table, headBefore, transaction, head, tx),
    ...events.map(({ key, body, head: { hash } }) =>
      put(table, key, { body: text(body), hash: text(hash), tx: text(tx) }),
    ),
    ...wakeWrites(table, headBefore, transaction),
    ...summaryWrites(table, headBefore, transaction),
    ...pointers,
    ...records,
    ...claims,
    ...outboxWrites(table, snapshot, transaction),
  ];
  const all = [...items, ...conditionChecks(table, transaction, items)];
  if (all.length > MOST_ITEMS) {
    throw invalid('ledger.size', `a transaction of ${all.length} items`, { expected: `at most ${MOST_ITEMS}` });
  }
  return { items: all, head };
}

function assertVersion({ stream, expectedVersion }: Transaction, version: number): void {
  if (version === expectedVersion) return;
  throw conflict('ledger.version', `stream ${stream} has ${version} events, not ${expectedVersion}`, {
    field: 'expectedVersion',
    expected: String(version),
  });
}

function assertCondition(snapshot: Snapshot, condition: Condition, at: number): void {
  if (condition.type === 'claim-held') {
    assertHeld(snapshot, condition, at);
    return;
  }
  if ((numberOf(snapshot.get(recordKey(condition.key)), 'version') ?? 0) === condition.version) return;
  throw conflict('ledger.condition', `record-version of ${condition.key} is no longer so`, { field: condition.key });
}

function entries({ stream, expectedVersion, at, actor, events }: Transaction, hashBefore: string) {
  let previous = hashBefore;
  return events.map((event, index) => {
    const version = expectedVersion + index + 1;
    const body = entryHashInput({ v: 1, stream, version, at, actor, event, previous });
    if (Buffer.byteLength(body) > MOST_BYTES) {
      throw invalid('ledger.size', `event ${event.type} is too large to be kept`, {
        field: `events[${index}]`,
        expected: `at most ${MOST_BYTES} bytes`,
      });
    }
    previous = sha256(body);
    return { key: eventKey(stream, version), body, head: { stream, version, hash: previous } };
  });
}

const put = (table: string, key: Key, rest: Item): TransactWriteItem => ({
  Put: { TableName: table, Item: { ...keyOf(key), ...rest } },
});
const drop = (table: string, key: Key): TransactWriteItem => ({ Delete: { TableName: table, Key: keyOf(key) } });

/** The head also remembers where its deadline and its list entry stand, so that they can be moved without a search. */
function headWrite(
  table: string,
  before: Item | undefined,
  { stream, wakeAt, summary }: Transaction,
  { version, hash }: Head,
  tx: string,
): TransactWriteItem {
  const wake = wakeAt === undefined ? numberOf(before, 'wakeAt') : wakeAt;
  const listed = summary === undefined ? before?.listed : keyedItem(summaryKey(summary));
  const Item: Item = {
    ...keyOf(headKey(stream)),
    version: number(version),
    hash: text(hash),
    tx: text(tx),
    ...(wake !== null && { wakeAt: number(wake) }),
    ...(listed !== undefined && { listed }),
  };
  return { Put: { TableName: table, Item, ...(before === undefined ? unchanged(0) : sameWriter(before)) } };
}

/** By its last writer and not by its count: an append without events leaves the count as it is. */
const sameWriter = (before: Item) => ({
  ConditionExpression: 'tx = :tx',
  ExpressionAttributeValues: { ':tx': text(textOf(before, 'tx') ?? '') },
});

const keyedItem = (key: Key) => ({ M: keyOf(key) });

function wakeWrites(table: string, before: Item | undefined, { stream, wakeAt }: Transaction): TransactWriteItem[] {
  const old = numberOf(before, 'wakeAt');
  if (wakeAt === undefined || wakeAt === old) return [];
  return [
    ...(old === null ? [] : [drop(table, wakeKey(stream, old))]),
    ...(wakeAt === null ? [] : [put(table, wakeKey(stream, wakeAt), { wakeAt: number(wakeAt), stream: text(stream) })]),
  ];
}

function summaryWrites(table: string, before: Item | undefined, { summary }: Transaction): TransactWriteItem[] {
  if (summary === undefined) return [];
  const key = summaryKey(summary);
  const old = before?.listed?.M;
  const moved = old !== undefined && (old.pk?.S !== key.pk || old.sk?.S !== key.sk);
  const { state, severity, cluster, alertname, host, service } = summary;
  const filters = {
    state,
    severity,
    cluster,
    alertname,
    ...(host !== null && { host }),
    ...(service !== null && { service }),
  };
  const attributes = Object.entries(filters).map(([name, value]) => [name, text(value)] as const);
  return [
    ...(moved ? [{ Delete: { TableName: table, Key: old } }] : []),
    put(table, key, { body: text(canonicalJson(summary)), ...Object.fromEntries(attributes) }),
  ];
}

function pointerWrites(table: string, snapshot: Snapshot, { stream, pointer }: Transaction): TransactWriteItem[] {
  if (pointer === undefined) return [];
  const key = pointerItemKey(pointer.key);
  const holder = textOf(snapshot.get(key), 'heldBy');
  const asRead =
    holder === null
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : { ConditionExpression: 'heldBy = :holder', ExpressionAttributeValues: { ':holder': text(holder) } };
  if (pointer.to === null) {
    return holder === stream ? [{ Delete: { TableName: table, Key: keyOf(key), ...asRead } }] : [];
  }
  if (holder !== null && holder !== stream && holder !== pointer.to) {
    throw conflict('ledger.pointer', `${pointer.key} is held by ${holder}`, { field: pointer.key });
  }
  return [{ Put: { TableName: table, Item: { ...keyOf(key), heldBy: text(pointer.to) }, ...asRead } }];
}

function recordWrites(table: string, snapshot: Snapshot, { records }: Transaction): TransactWriteItem[] {
  return (records ?? []).map(({ key, expectedVersion, value }) => {
    const version = numberOf(snapshot.get(recordKey(key)), 'version') ?? 0;
    if (version !== expectedVersion) {
      throw conflict('ledger.record', `${key} has version ${version}, not ${expectedVersion}`, {
        field: key,
        expected: String(version),
      });
    }
    const rest = { version: number(version + 1), value: text(canonicalJson(value ?? null)) };
    return { Put: { TableName: table, Item: { ...keyOf(recordKey(key)), ...rest }, ...unchanged(version) } };
  });
}

/** DynamoDB takes one operation per item: what the transaction writes anyway carries its own condition. */
function conditionChecks(
  table: string,
  { conditions, at }: Transaction,
  written: readonly TransactWriteItem[],
): TransactWriteItem[] {
  const taken = new Set(written.map(({ Put: item }) => `${item?.Item?.pk?.S}\n${item?.Item?.sk?.S}`));
  const checks = (conditions ?? []).flatMap((condition): TransactWriteItem[] => {
    const key = condition.type === 'claim-held' ? claimKey(condition.key) : recordKey(condition.key);
    const name = `${key.pk}\n${key.sk}`;
    if (taken.has(name)) return [];
    taken.add(name);
    return [{ ConditionCheck: { TableName: table, Key: keyOf(key), ...checkOf(condition, at) } }];
  });
  return checks;
}

function checkOf(condition: Condition, at: number) {
  if (condition.type === 'record-version') return unchanged(condition.version);
  return {
    ConditionExpression: 'holders.#holder > :at',
    ExpressionAttributeNames: { '#holder': condition.holder },
    ExpressionAttributeValues: { ':at': number(at) },
  };
}
