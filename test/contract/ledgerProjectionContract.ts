import { expect, test } from '@jest/globals';
import type { IncidentSummary } from '../../lib/model/incident.ts';
import type { IncidentFilter, Ledger } from '../../lib/ports/ledger.ts';
import { entry, summary, T0 } from './ledgerFixtures.ts';

/** `list` may lag: each expectation is asked again for this long, milliseconds. */
const LAG = 2000;

/** The projection for lists: filters and pages. */
export function ledgerProjectionContract(ledger: () => Ledger): void {
  const save = (version: number, item: IncidentSummary) => ledger().append(entry(item.id, version, { summary: item }));
  const saveAll = async (...items: IncidentSummary[]) => {
    for (const item of items) await save(0, item);
  };
  const ids = async (filter: Partial<IncidentFilter>) =>
    (await ledger().list({ limit: 50, ...filter })).items.map(({ id }) => id);
  const eventually = async (filter: Partial<IncidentFilter>, expected: readonly string[]) => {
    const until = Date.now() + LAG;
    while (Date.now() < until && String(await ids(filter)) !== String(expected)) await new Promise(setImmediate);
    expect(await ids(filter)).toEqual(expected);
  };

  test('the newest is first and an update keeps its place', async () => {
    await saveAll(summary('inc_1'), summary('inc_2', { openedAt: T0 + 1 }), summary('inc_3', { openedAt: T0 + 2 }));
    await save(1, summary('inc_1', { state: 'resolved', updatedAt: T0 + 9 }));
    await eventually({}, ['inc_3', 'inc_2', 'inc_1']);
    await eventually({ state: ['resolved'] }, ['inc_1']);
    const { items } = await ledger().list({ limit: 50, state: ['resolved'] });
    expect(items).toEqual([summary('inc_1', { state: 'resolved', updatedAt: T0 + 9 })]);
  });

  test('filters narrow, alone and together', async () => {
    await saveAll(
      summary('inc_1'),
      summary('inc_2', { host: 'a2', state: 'closed' }),
      summary('inc_3', { service: null, severity: 'warning', state: 'escalated' }),
      summary('inc_4', { cluster: 'b', host: null }),
    );
    await eventually({}, ['inc_4', 'inc_3', 'inc_2', 'inc_1']);
    await eventually({ state: ['open', 'escalated'] }, ['inc_4', 'inc_3', 'inc_1']);
    await eventually({ state: [] }, []);
    await eventually({ host: 'a1' }, ['inc_3', 'inc_1']);
    await eventually({ service: 'redis' }, ['inc_4', 'inc_2', 'inc_1']);
    await eventually({ cluster: 'b' }, ['inc_4']);
    await eventually({ severity: 'warning' }, ['inc_3']);
    await eventually({ alertname: 'RedisDown', host: 'a2' }, ['inc_2']);
    await eventually({ alertname: 'HostDown' }, []);
    await eventually({ host: 'a1', service: 'redis', state: ['open'] }, ['inc_1']);
    await eventually({ host: `a1' OR 1=1 --` }, []);
  });

  test('pages join without a gap or a double, also when new incidents come between', async () => {
    const all = Array.from({ length: 7 }, (_, at) => summary(`inc_${at}`, { openedAt: T0 + Math.floor(at / 2) }));
    await saveAll(...all);
    await eventually({}, ['inc_6', 'inc_5', 'inc_4', 'inc_3', 'inc_2', 'inc_1', 'inc_0']);
    const first = await ledger().list({ limit: 3, cluster: 'a' });
    await save(0, summary('inc_9', { openedAt: T0 + 9 }));
    const second = await ledger().list({ limit: 3, cluster: 'a', cursor: String(first.next) });
    const third = await ledger().list({ limit: 3, cluster: 'a', cursor: String(second.next) });
    expect([first, second, third].map(({ items }) => items.map(({ id }) => id))).toEqual([
      ['inc_6', 'inc_5', 'inc_4'],
      ['inc_3', 'inc_2', 'inc_1'],
      ['inc_0'],
    ]);
    expect(third.next).toBeNull();
  });

  test('a last page that is exactly full has no next', async () => {
    await saveAll(summary('inc_1'), summary('inc_2'));
    await eventually({}, ['inc_2', 'inc_1']);
    expect((await ledger().list({ limit: 2 })).next).toBeNull();
  });

  test('a foreign cursor and a limit that is none are input errors', async () => {
    await expect(ledger().list({ limit: 5, cursor: 'nonsense' })).rejects.toMatchObject({
      kind: 'input',
      code: 'ledger.cursor',
      field: 'cursor',
    });
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await expect(ledger().list({ limit })).rejects.toMatchObject({ kind: 'input', code: 'ledger.limit' });
    }
  });
}
