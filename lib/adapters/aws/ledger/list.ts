import { invalid } from '../../../model/errors.ts';
import type { IncidentState, IncidentSummary } from '../../../model/incident.ts';
import type { IncidentFilter, Ledger } from '../../../ports/ledger.ts';
import { ALL_SHARDS, type Item, isLive, listShard, padded, text, textOf } from './items.ts';
import { query, type Table } from './reads.ts';

type Page = Awaited<ReturnType<Ledger['list']>>;
const FILTERS = ['host', 'service', 'cluster', 'severity', 'alertname'] as const;

/**
 * Newest first by opening time, then by id, merged over the partitions that can hold an answer. A cursor names the last item
 * of its page, so that new incidents shift nothing. Throws `input` `ledger.cursor` and `ledger.limit`.
 */
export async function listSummaries(table: Table, filter: IncidentFilter): Promise<Page> {
  const { limit, state } = filter;
  if (!Number.isInteger(limit) || limit < 1) {
    throw invalid('ledger.limit', `not a page size: ${limit}`, { field: 'limit', expected: 'a positive whole number' });
  }
  const before = filter.cursor === undefined ? null : readCursor(filter.cursor);
  const found = await Promise.all(
    partitionsFor(state).map((pk) => query(table, { ...inputFor(pk, filter, before) }, limit + 1)),
  );
  const items = found.flat().sort((a, b) => (String(a.sk?.S) > String(b.sk?.S) ? -1 : 1));
  const page = items.slice(0, limit).map(summaryOf);
  const last = page.at(-1);
  return { items: page, next: items.length > limit && last !== undefined ? cursorOf(last) : null };
}

const summaryOf = (item: Item) => JSON.parse(textOf(item, 'body') ?? 'null') as IncidentSummary;

function partitionsFor(state: readonly IncidentState[] | undefined): readonly string[] {
  const live = state === undefined || state.some(isLive);
  const done = state === undefined || state.some((one) => !isLive(one));
  return ALL_SHARDS.flatMap((at) => [...(live ? [listShard(true, at)] : []), ...(done ? [listShard(false, at)] : [])]);
}

function inputFor(pk: string, filter: IncidentFilter, before: string | null) {
  const clauses: string[] = [];
  const names: Record<string, string> = {};
  const values: Item = { ':pk': text(pk) };
  for (const name of FILTERS) {
    const value = filter[name];
    if (value === undefined) continue;
    clauses.push(`#${name} = :${name}`);
    names[`#${name}`] = name;
    values[`:${name}`] = text(value);
  }
  if (filter.state !== undefined) {
    const states = filter.state.map((one, at) => {
      values[`:state${at}`] = text(one);
      return `:state${at}`;
    });
    clauses.push(`#state IN (${states.join(', ')})`);
    names['#state'] = 'state';
  }
  if (before !== null) values[':before'] = text(before);
  return {
    KeyConditionExpression: before === null ? 'pk = :pk' : 'pk = :pk AND sk < :before',
    ExpressionAttributeValues: values,
    ScanIndexForward: false,
    ...(clauses.length > 0 && { FilterExpression: clauses.join(' AND '), ExpressionAttributeNames: names }),
  };
}

const cursorOf = ({ openedAt, id }: IncidentSummary) => Buffer.from(`${openedAt}:${id}`, 'utf8').toString('base64url');

function readCursor(cursor: string): string {
  const found = /^(\d{1,15}):(.+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (found?.[1] === undefined || found[2] === undefined) {
    throw invalid('ledger.cursor', 'not a cursor of a page', {
      field: 'cursor',
      expected: '`next` of the page before',
    });
  }
  return `${padded(Number(found[1]))}#${found[2]}`;
}
