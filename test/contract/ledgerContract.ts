import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SYSTEM } from '../../lib/model/basic.ts';
import type { Ledger } from '../../lib/ports/ledger.ts';
import { ledgerClaimsContract } from './ledgerClaimsContract.ts';
import { comment, conflictOf, entry, notice, PERSON, summary, T0 } from './ledgerFixtures.ts';
import { ledgerOutboxContract } from './ledgerOutboxContract.ts';
import { ledgerProjectionContract } from './ledgerProjectionContract.ts';

/** One empty ledger. `reopen` gives the same data through a new client, as after a restart. */
export interface OpenedLedger {
  readonly ledger: Ledger;
  reopen(): Promise<Ledger>;
  dispose(): Promise<void>;
}
export type OpenLedger = () => Promise<OpenedLedger>;

/** Every promise of lib/ports/ledger.ts; each store passes it. */
export function ledgerContract(name: string, open: OpenLedger): void {
  describe(`${name} keeps the ledger's promises`, () => {
    let opened: OpenedLedger;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    const ledger = () => opened.ledger;

    streamsContract(ledger, () => opened.reopen());
    recordsContract(ledger);
    pointersContract(ledger);
    ledgerClaimsContract(ledger);
    ledgerOutboxContract(ledger);
    ledgerProjectionContract(ledger);
  });
}

function streamsContract(ledger: () => Ledger, reopen: () => Promise<Ledger>): void {
  test('a stream that was never written is empty', async () => {
    expect(await ledger().read('inc_none')).toEqual([]);
  });

  test('events come back in order, complete, chained by their hashes', async () => {
    await ledger().append(entry('inc_1', 0, { events: [comment('one'), comment('two')], actor: PERSON }));
    const result = await ledger().append(entry('inc_1', 2, { at: T0 + 5, events: [comment('three')] }));
    const events = await ledger().read('inc_1');
    expect(events.map((stored) => stored.event)).toEqual([comment('one'), comment('two'), comment('three')]);
    expect(events.map((stored) => stored.version)).toEqual([1, 2, 3]);
    expect(events.map((stored) => stored.at)).toEqual([T0, T0, T0 + 5]);
    expect(events.map((stored) => stored.actor)).toEqual([PERSON, PERSON, SYSTEM]);
    expect(events.every((stored) => stored.v === 1 && stored.stream === 'inc_1')).toBe(true);
    expect(events.map((stored) => stored.previous)).toEqual(['', events[0]?.hash, events[1]?.hash]);
    expect(result).toEqual({ version: 3, hash: events[2]?.hash });
  });

  test('a wrong expected version is a conflict and leaves nothing', async () => {
    await ledger().append(entry('inc_1', 0));
    await expect(ledger().append(entry('inc_1', 0))).rejects.toEqual(conflictOf('ledger.version'));
    await expect(ledger().append(entry('inc_1', 2))).rejects.toEqual(conflictOf('ledger.version'));
    await expect(ledger().append(entry('inc_2', 1))).rejects.toEqual(conflictOf('ledger.version'));
    expect(await ledger().read('inc_1')).toHaveLength(1);
    expect(await ledger().read('inc_2')).toEqual([]);
  });

  test('of concurrent appends at one version exactly one wins', async () => {
    const texts = Array.from({ length: 20 }, (_, at) => `writer ${at}`);
    const outcomes = await Promise.allSettled(
      texts.map((text) => ledger().append(entry('inc_1', 0, { events: [comment(text)] }))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toEqual(conflictOf('ledger.version'));
    }
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect((await ledger().read('inc_1')).map(({ event }) => event)).toEqual([comment(`writer ${winner}`)]);
  });

  test('concurrent appends to different streams all succeed', async () => {
    const streams = Array.from({ length: 50 }, (_, at) => `inc_${100 + at}`);
    await Promise.all(streams.map((stream) => ledger().append(entry(stream, 0))));
    expect((await ledger().heads()).map(({ stream }) => stream)).toEqual(streams);
  });

  test('an append without events moves what it names and no version', async () => {
    const first = await ledger().append(entry('inc_1', 0));
    const second = await ledger().append(entry('inc_1', 1, { events: [], wakeAt: T0 + 1 }));
    expect(second).toEqual(first);
    expect(await ledger().due(T0 + 1, 5)).toEqual([{ stream: 'inc_1', wakeAt: T0 + 1 }]);
  });

  test('what cannot be written without loss is refused by field', async () => {
    const bad = entry('inc_1', 0, { events: [{ type: 'record.set', key: 'k', value: Number.NaN, reason: '' }] });
    await expect(ledger().append(bad)).rejects.toEqual(
      expect.objectContaining({ kind: 'input', code: 'model.canonical', field: 'event.value' }),
    );
    expect(await ledger().read('inc_1')).toEqual([]);
  });

  test('heads name the last entry of every stream, in stream order, and verify finds them whole', async () => {
    await ledger().append(entry('inc_2', 0));
    await ledger().append(entry('inc_1', 0));
    const last = await ledger().append(entry('inc_1', 1));
    const other = (await ledger().read('inc_2'))[0]?.hash;
    expect(await ledger().heads()).toEqual([
      { stream: 'inc_1', version: 2, hash: last.hash },
      { stream: 'inc_2', version: 1, hash: other },
    ]);
    expect(await ledger().verify()).toEqual([]);
  });

  test('the head of one stream is its last entry, and nothing where there is none', async () => {
    expect(await ledger().head('inc_1')).toEqual({ stream: 'inc_1', version: 0, hash: '' });
    await ledger().append(entry('inc_1', 0, { events: [] }));
    expect(await ledger().head('inc_1')).toEqual({ stream: 'inc_1', version: 0, hash: '' });
    await ledger().append(entry('inc_1', 0, { events: [comment('one'), comment('two')] }));
    const last = (await ledger().read('inc_1')).at(-1);
    expect(await ledger().head('inc_1')).toEqual({ stream: 'inc_1', version: 2, hash: last?.hash });
    expect(await ledger().heads()).toEqual([await ledger().head('inc_1')]);
  });

  test('prune forgets what was settled and what ended, and nothing that waits, holds or was told', async () => {
    const item = (id: string, dueAt: number) => ({ id, stream: 'inc_1', channel: 'slack', notice: notice(id), dueAt });
    const take = (key: string, until: number) => ({ key, holder: 'exe_1', limit: 1, until });
    await ledger().append(
      entry('inc_1', 0, {
        outbox: [item('settled', T0), item('waits', T0), item('young', T0 + 100)],
        take: [take('ended', T0 + 50), take('held', T0 + 100)],
      }),
    );
    await ledger().append(entry('inc_1', 1, { settled: ['settled', 'young'] }));
    expect(await ledger().prune(T0 + 100)).toEqual({ outbox: 1, claims: 1 });
    expect(await ledger().prune(T0 + 100)).toEqual({ outbox: 0, claims: 0 });
    await ledger().append(entry('inc_1', 2, { outbox: [item('settled', T0 + 1), item('young', T0 + 1)] }));
    expect((await ledger().outboxDue(T0 + 200, 9)).map(({ id }) => id)).toEqual(['waits', 'settled']);
    expect((await ledger().claims(['ended', 'held'], 0)).map(({ key }) => key)).toEqual(['held']);
    expect(await ledger().read('inc_1')).toHaveLength(3);
    expect(await ledger().verify()).toEqual([]);
  });

  test('everything is there again after a restart', async () => {
    await ledger().append(
      entry('inc_1', 0, {
        records: [{ key: 'stop', expectedVersion: 0, value: { until: 5 } }],
        pointer: { key: 'a/a1/redis', to: 'inc_1' },
        take: [{ key: 'lease/a1', holder: 'exe_1', limit: 1, until: T0 + 100 }],
        outbox: [{ id: 'n1', stream: 'inc_1', channel: 'slack', notice: notice('n1'), dueAt: T0 }],
        wakeAt: T0 + 50,
        summary: summary('inc_1'),
      }),
    );
    const before = await ledger().read('inc_1');
    const again = await reopen();
    expect(await again.read('inc_1')).toEqual(before);
    expect(await again.record('stop')).toEqual({ key: 'stop', version: 1, value: { until: 5 } });
    expect(await again.pointer('a/a1/redis')).toBe('inc_1');
    expect(await again.claims(['lease/a1'], T0)).toHaveLength(1);
    expect(await again.outboxDue(T0, 5)).toHaveLength(1);
    expect(await again.due(T0 + 50, 5)).toEqual([{ stream: 'inc_1', wakeAt: T0 + 50 }]);
    expect((await again.list({ limit: 5 })).items).toEqual([summary('inc_1')]);
    await again.append(entry('inc_1', 1));
    expect(await again.verify()).toEqual([]);
  });
}

function recordsContract(ledger: () => Ledger): void {
  const set = (stream: string, key: string, expectedVersion: number, value: unknown) =>
    ledger().append(entry(stream, 0, { records: [{ key, expectedVersion, value }] }));

  test('a record that was never written has version 0 and no value', async () => {
    expect(await ledger().record('stop')).toEqual({ key: 'stop', version: 0, value: null });
  });

  test('a record counts its versions and refuses a stale writer', async () => {
    await set('s1', 'stop', 0, { until: 1 });
    await set('s2', 'stop', 1, null);
    expect(await ledger().record('stop')).toEqual({ key: 'stop', version: 2, value: null });
    for (const stale of [0, 1, 3]) {
      await expect(set('s3', 'stop', stale, 'x')).rejects.toEqual(conflictOf('ledger.record'));
    }
    expect(await ledger().read('s3')).toEqual([]);
    expect(await ledger().record('stop')).toEqual({ key: 'stop', version: 2, value: null });
  });

  test('records are listed by prefix in key order', async () => {
    const keys = ['window/b', 'window/a', 'windows', 'window/a/1', 'stop', 'windo'];
    for (const [at, key] of keys.entries()) await set(`s${at}`, key, 0, at);
    expect(await ledger().records('window/')).toEqual([
      { key: 'window/a', version: 1, value: 1 },
      { key: 'window/a/1', version: 1, value: 3 },
      { key: 'window/b', version: 1, value: 0 },
    ]);
  });

  test('the condition on a record is asserted as of the append', async () => {
    const guarded = (stream: string, version: number) =>
      ledger().append(entry(stream, 0, { conditions: [{ type: 'record-version', key: 'stop', version }] }));
    await guarded('inc_1', 0);
    await set('s1', 'stop', 0, { until: 1 });
    await expect(guarded('inc_2', 0)).rejects.toEqual(conflictOf('ledger.condition'));
    expect(await ledger().read('inc_2')).toEqual([]);
    await guarded('inc_2', 1);
  });
}

function pointersContract(ledger: () => Ledger): void {
  const key = 'a/a1/redis';
  const point = (stream: string, version: number, to: string | null) =>
    ledger().append(entry(stream, version, { pointer: { key, to } }));

  test('a pointer has one holder; a second taker is a conflict and writes nothing', async () => {
    expect(await ledger().pointer(key)).toBeNull();
    await point('inc_1', 0, 'inc_1');
    await expect(point('inc_2', 0, 'inc_2')).rejects.toEqual(conflictOf('ledger.pointer'));
    expect(await ledger().pointer(key)).toBe('inc_1');
    expect(await ledger().read('inc_2')).toEqual([]);
    await point('inc_1', 1, 'inc_1');
  });

  test('of concurrent takers one wins', async () => {
    const streams = Array.from({ length: 10 }, (_, at) => `inc_${at}`);
    const outcomes = await Promise.allSettled(streams.map((stream) => point(stream, 0, stream)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(await ledger().pointer(key)).toBe(`inc_${winner}`);
  });

  test('only its holder releases it, and then it is free', async () => {
    await point('inc_1', 0, 'inc_1');
    await point('inc_2', 0, null);
    expect(await ledger().pointer(key)).toBe('inc_1');
    await point('inc_1', 1, null);
    expect(await ledger().pointer(key)).toBeNull();
    await point('inc_2', 1, 'inc_2');
    expect(await ledger().pointer(key)).toBe('inc_2');
  });
}
