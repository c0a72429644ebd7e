import { expect, test } from '@jest/globals';
import type { Ledger, TakeClaim } from '../../lib/ports/ledger.ts';
import { conflictOf, entry, notice, summary, T0 } from './ledgerFixtures.ts';

const HOUR = 3_600_000;
const lease = (holder: string, more: Partial<TakeClaim> = {}): TakeClaim => ({
  key: 'lease/a1',
  holder,
  limit: 1,
  until: T0 + HOUR,
  ...more,
});
const refusedClaim = (key: string) =>
  expect.objectContaining({ kind: 'refused', code: 'ledger.claim', field: key, retryable: false });

/** Leases, slots, budgets and cooldowns, and that a refused one leaves nothing of its transaction. */
export function ledgerClaimsContract(ledger: () => Ledger): void {
  const take = (stream: string, ...claims: TakeClaim[]) => ledger().append(entry(stream, 0, { take: claims }));
  const holders = async (key: string, now = T0) => (await ledger().claims([key], now)).map(({ holder }) => holder);

  test('a lease has one holder', async () => {
    await take('inc_1', lease('exe_1'));
    await expect(take('inc_2', lease('exe_2'))).rejects.toEqual(refusedClaim('lease/a1'));
    expect(await ledger().claims(['lease/a1', 'lease/none'], T0)).toEqual([
      { key: 'lease/a1', holder: 'exe_1', until: T0 + HOUR },
    ]);
  });

  test('a slot has as many holders as its limit, also when they come at once', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, at) => take(`inc_${at}`, lease(`exe_${at}`, { key: 'slot/a', limit: 3 }))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(refusedClaim('slot/a'));
    }
    expect(await holders('slot/a')).toHaveLength(3);
  });

  test('a limit of nothing gives nothing', async () => {
    await expect(take('inc_1', lease('exe_1', { limit: 0 }))).rejects.toEqual(refusedClaim('lease/a1'));
  });

  test('taking again what one holds succeeds, moves its end and uses no further place', async () => {
    await take('inc_1', lease('exe_1', { limit: 2 }));
    await take('inc_2', lease('exe_1', { limit: 2, until: T0 + 2 * HOUR }));
    await take('inc_3', lease('exe_2', { limit: 2 }));
    await take('inc_4', lease('exe_1', { limit: 2, until: T0 + 3 * HOUR }));
    expect(await ledger().claims(['lease/a1'], T0)).toEqual([
      { key: 'lease/a1', holder: 'exe_1', until: T0 + 3 * HOUR },
      { key: 'lease/a1', holder: 'exe_2', until: T0 + HOUR },
    ]);
  });

  test('a claim ends when its time is reached: `until` must be later than the transaction', async () => {
    await take('inc_1', lease('exe_1'));
    const at = (stream: string, time: number) =>
      ledger().append(entry(stream, 0, { at: time, take: [lease('exe_2', { until: T0 + 2 * HOUR })] }));
    await expect(at('inc_2', T0 + HOUR - 1)).rejects.toEqual(refusedClaim('lease/a1'));
    expect(await holders('lease/a1', T0 + HOUR)).toEqual([]);
    await at('inc_2', T0 + HOUR);
    expect(await holders('lease/a1', T0 + HOUR)).toEqual(['exe_2']);
  });

  test('an own claim that ended is taken anew, and may be refused', async () => {
    await take('inc_1', lease('exe_1', { until: T0 + 10 }));
    await ledger().append(entry('inc_2', 0, { at: T0 + 10, take: [lease('exe_2')] }));
    const again = ledger().append(entry('inc_3', 0, { at: T0 + 11, take: [lease('exe_1')] }));
    await expect(again).rejects.toEqual(refusedClaim('lease/a1'));
  });

  test('a released claim is free, and only the named holder loses it', async () => {
    await take('inc_1', lease('exe_1', { limit: 2 }), lease('exe_2', { limit: 2 }));
    const key = 'lease/a1';
    await ledger().append(
      entry('inc_1', 1, {
        release: [
          { key, holder: 'exe_1' },
          { key, holder: 'exe_9' },
        ],
      }),
    );
    expect(await holders(key)).toEqual(['exe_2']);
    await take('inc_2', lease('exe_3', { limit: 2 }));
    expect(await holders(key)).toEqual(['exe_2', 'exe_3']);
  });

  test('the condition on a claim holds only while its holder holds it', async () => {
    await take('inc_1', lease('exe_1'));
    const send = (version: number, holder: string, at: number) =>
      ledger().append(entry('inc_1', version, { at, conditions: [{ type: 'claim-held', key: 'lease/a1', holder }] }));
    await send(1, 'exe_1', T0 + HOUR - 1);
    await expect(send(2, 'exe_2', T0)).rejects.toEqual(conflictOf('ledger.condition'));
    await expect(send(2, 'exe_1', T0 + HOUR)).rejects.toEqual(conflictOf('ledger.condition'));
    expect(await ledger().read('inc_1')).toHaveLength(2);
  });

  test('a refused claim leaves no event, claim, record, pointer, outbox item, deadline or summary', async () => {
    await take('inc_1', lease('exe_1'));
    const refusedAppend = ledger().append(
      entry('inc_2', 0, {
        take: [lease('exe_2', { key: 'slot/a' }), lease('exe_2')],
        records: [{ key: 'stop', expectedVersion: 0, value: 1 }],
        pointer: { key: 'a/a1/redis', to: 'inc_2' },
        outbox: [{ id: 'n2', stream: 'inc_2', channel: 'slack', notice: notice('n2'), dueAt: T0 }],
        wakeAt: T0,
        summary: summary('inc_2'),
      }),
    );
    await expect(refusedAppend).rejects.toEqual(refusedClaim('lease/a1'));
    expect(await ledger().read('inc_2')).toEqual([]);
    expect(await holders('slot/a')).toEqual([]);
    expect((await ledger().record('stop')).version).toBe(0);
    expect(await ledger().pointer('a/a1/redis')).toBeNull();
    expect(await ledger().outboxDue(T0, 5)).toEqual([]);
    expect(await ledger().due(T0, 5)).toEqual([]);
    expect((await ledger().list({ limit: 5 })).items).toEqual([]);
    expect((await ledger().heads()).map(({ stream }) => stream)).toEqual(['inc_1']);
  });

  test('one refusal among concurrent appends undoes itself only', async () => {
    await take('inc_0', lease('exe_0'));
    const outcomes = await Promise.allSettled([
      take('inc_1', lease('exe_1', { key: 'lease/b1' })),
      take('inc_2', lease('exe_2')),
      take('inc_3', lease('exe_3', { key: 'lease/c1' })),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await ledger().heads()).map(({ stream }) => stream)).toEqual(['inc_0', 'inc_1', 'inc_3']);
  });

  test('a stale writer hears of the conflict, not of the refusal: it must decide again', async () => {
    await take('inc_1', lease('exe_1'));
    const stale = ledger().append(entry('inc_1', 0, { take: [lease('exe_2')] }));
    await expect(stale).rejects.toEqual(conflictOf('ledger.version'));
  });
}
