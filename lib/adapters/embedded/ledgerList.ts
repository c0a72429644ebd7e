import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { invalid } from '../../model/errors.ts';
import type { IncidentSummary } from '../../model/incident.ts';
import type { IncidentFilter, Ledger } from '../../ports/ledger.ts';

type Page = Awaited<ReturnType<Ledger['list']>>;
/** As the index has it, word for word: SQLite uses an index on an expression only for the same text. */
const ALERTNAME = "json_extract(body, '$.alertname')";

interface Clause {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/**
 * Newest first by opening time, then by id. A cursor names the last item of its page and not a count, so that new incidents
 * shift nothing. `state: []` asks for incidents in none of the states, and finds none.
 *
 * Throws `input` `ledger.cursor` for a cursor that was not given out, `input` `ledger.limit` for a limit that is no
 * positive whole number.
 */
export function summaryLister(db: DatabaseSync): (filter: IncidentFilter) => Page {
  const prepared = new Map<string, StatementSync>();
  return (filter) =>
    listSummaries(filter, (sql) => {
      const known = prepared.get(sql) ?? db.prepare(sql);
      prepared.set(sql, known);
      return known;
    });
}

function listSummaries(filter: IncidentFilter, prepare: (sql: string) => StatementSync): Page {
  const { limit } = filter;
  if (!Number.isInteger(limit) || limit < 1) {
    throw invalid('ledger.limit', `not a page size: ${limit}`, { field: 'limit', expected: 'a positive whole number' });
  }
  const clauses = clausesOf(filter);
  const where = clauses.map(({ sql }) => sql).join(' AND ');
  const rows = prepare(`SELECT body FROM summaries WHERE ${where} ORDER BY opened_at DESC, id DESC LIMIT ?`).all(
    ...clauses.flatMap(({ values }) => values),
    limit + 1,
  );
  const items = rows.slice(0, limit).map((row) => JSON.parse(String(row.body)) as IncidentSummary);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

function clausesOf(filter: IncidentFilter): readonly Clause[] {
  const clauses: Clause[] = [{ sql: 'true', values: [] }];
  for (const column of ['host', 'service', 'cluster', 'severity'] as const) {
    const value = filter[column];
    if (value !== undefined) clauses.push({ sql: `${column} = ?`, values: [value] });
  }
  if (filter.alertname !== undefined) clauses.push({ sql: `${ALERTNAME} = ?`, values: [filter.alertname] });
  if (filter.state !== undefined) {
    clauses.push({ sql: `state IN (${filter.state.map(() => '?').join(', ')})`, values: filter.state });
  }
  if (filter.cursor !== undefined) clauses.push({ sql: '(opened_at, id) < (?, ?)', values: readCursor(filter.cursor) });
  return clauses;
}

const cursorOf = ({ openedAt, id }: IncidentSummary) => Buffer.from(`${openedAt}:${id}`, 'utf8').toString('base64url');

function readCursor(cursor: string): readonly [number, string] {
  const found = /^(\d{1,16}):(.+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (found?.[1] === undefined || found[2] === undefined) {
    throw invalid('ledger.cursor', 'not a cursor of a page', {
      field: 'cursor',
      expected: '`next` of the page before',
    });
  }
  return [Number(found[1]), found[2]];
}
