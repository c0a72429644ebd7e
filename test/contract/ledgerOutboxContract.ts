import { expect, test } from '@jest/globals';
import type { Ledger, Transaction } from '../../lib/ports/ledger.ts';
import { entry, notice, T0 } from './ledgerFixtures.ts';

type Queued = NonNullable<Transaction['outbox']>[number];
const item = (id: string, dueAt = T0): Queued => ({
  id,
  stream: 'inc_1',
  channel: 'slack',
  notice: notice(id),
  dueAt,
});

/** What follows an append, and when anything wants to be looked at. */
export function ledgerOutboxContract(ledger: () => Ledger): void {
  const queue = (version: number, ...outbox: Queued[]) => ledger().append(entry('inc_1', version, { outbox }));
  const dueIds = async (now = T0) => (await ledger().outboxDue(now, 10)).map(({ id }) => id);

  test('a queued item is due complete, with no attempts', async () => {
    await queue(0, item('n1'));
    expect(await ledger().outboxDue(T0 - 1, 10)).toEqual([]);
    expect(await ledger().outboxDue(T0, 10)).toEqual([{ ...item('n1'), attempts: 0 }]);
  });

  test('an id is queued once for ever: twice, at once, and after it was settled', async () => {
    await queue(0, item('n1'), item('n1', T0 - 5));
    await queue(1, item('n1', T0 - 9));
    expect(await ledger().outboxDue(T0, 10)).toEqual([{ ...item('n1'), attempts: 0 }]);
    await ledger().append(entry('inc_1', 2, { settled: ['n1'] }));
    await queue(3, item('n1'));
    expect(await dueIds()).toEqual([]);
    expect(await ledger().nextDue()).toBeNull();
  });

  test('due items come earliest first, as many as asked', async () => {
    await queue(0, item('n1', T0 + 3), item('n2', T0 + 1), item('n3', T0 + 2), item('n4', T0 + 9));
    expect(await dueIds(T0 + 5)).toEqual(['n2', 'n3', 'n1']);
    expect((await ledger().outboxDue(T0 + 5, 2)).map(({ id }) => id)).toEqual(['n2', 'n3']);
  });

  test('a failed delivery counts and waits for its time, without an event', async () => {
    await queue(0, item('n1'));
    await ledger().outboxRetry('n1', T0 + 60);
    expect(await dueIds(T0 + 59)).toEqual([]);
    expect(await ledger().outboxDue(T0 + 60, 10)).toEqual([{ ...item('n1', T0 + 60), attempts: 1 }]);
    expect(await ledger().read('inc_1')).toHaveLength(1);
  });

  test('a retry of a settled item does not bring it back; an unknown one is absent', async () => {
    await queue(0, item('n1'));
    await ledger().append(entry('inc_1', 1, { settled: ['n1'] }));
    await ledger().outboxRetry('n1', T0);
    expect(await dueIds()).toEqual([]);
    await expect(ledger().outboxRetry('n9', T0)).rejects.toEqual(
      expect.objectContaining({ kind: 'absent', code: 'ledger.outbox' }),
    );
  });

  test('settling is part of the transaction that tells of it', async () => {
    await queue(0, item('n1'));
    await expect(ledger().append(entry('inc_1', 7, { settled: ['n1'] }))).rejects.toMatchObject({ kind: 'conflict' });
    expect(await dueIds()).toEqual(['n1']);
  });

  test('streams are due by their wakeAt, earliest first, until it is moved or cleared', async () => {
    const wake = (stream: string, version: number, wakeAt: number | null) =>
      ledger().append(entry(stream, version, { wakeAt }));
    await wake('inc_1', 0, T0 + 30);
    await wake('inc_2', 0, T0 + 10);
    await wake('inc_3', 0, T0 + 20);
    await wake('inc_4', 0, null);
    expect(await ledger().due(T0 + 9, 10)).toEqual([]);
    expect((await ledger().due(T0 + 30, 10)).map(({ stream }) => stream)).toEqual(['inc_2', 'inc_3', 'inc_1']);
    expect(await ledger().due(T0 + 30, 1)).toEqual([{ stream: 'inc_2', wakeAt: T0 + 10 }]);
    await wake('inc_2', 1, T0 + 40);
    await wake('inc_3', 1, null);
    expect((await ledger().due(T0 + 40, 10)).map(({ stream }) => stream)).toEqual(['inc_1', 'inc_2']);
  });

  test('an append that says nothing of wakeAt leaves it', async () => {
    await ledger().append(entry('inc_1', 0, { wakeAt: T0 + 30 }));
    await ledger().append(entry('inc_1', 1));
    expect(await ledger().due(T0 + 30, 10)).toEqual([{ stream: 'inc_1', wakeAt: T0 + 30 }]);
  });

  test('nextDue is the earliest of deadlines and deliveries', async () => {
    expect(await ledger().nextDue()).toBeNull();
    await ledger().append(entry('inc_1', 0, { wakeAt: T0 + 30, outbox: [item('n1', T0 + 50)] }));
    expect(await ledger().nextDue()).toBe(T0 + 30);
    await ledger().append(entry('inc_1', 1, { wakeAt: T0 + 70 }));
    expect(await ledger().nextDue()).toBe(T0 + 50);
    await ledger().append(entry('inc_1', 2, { settled: ['n1'] }));
    expect(await ledger().nextDue()).toBe(T0 + 70);
  });
}
