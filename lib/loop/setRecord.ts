import type { Actor } from '../model/basic.ts';
import type { Transaction } from '../ports/ledger.ts';
import type { Deps } from './deps.ts';

export const CONFIGURATION = 'configuration';

/** Writes a record with its event, by a named person, into the stream of the configuration. */
export const setRecord = (
  deps: Pick<Deps, 'ledger' | 'clock'>,
  key: string,
  expectedVersion: number,
  value: unknown,
  reason: string,
  actor: Actor,
): Promise<void> => setRecords(deps, [{ key, expectedVersion, value }], reason, actor);

/** Several, all or none. */
export async function setRecords(
  deps: Pick<Deps, 'ledger' | 'clock'>,
  records: NonNullable<Transaction['records']>,
  reason: string,
  actor: Actor,
): Promise<void> {
  const head = await deps.ledger.head(CONFIGURATION);
  await deps.ledger.append({
    stream: CONFIGURATION,
    expectedVersion: head.version,
    at: deps.clock.now(),
    actor,
    events: records.map(({ key, value }) => ({ type: 'record.set', key, value, reason })),
    records,
  });
}
