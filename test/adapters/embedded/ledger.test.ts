import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ledgerContract } from '../../contract/ledgerContract.ts';
import { comment, entry, T0 } from '../../contract/ledgerFixtures.ts';
import { type OpenedStore, openedStore } from './folders.ts';

ledgerContract('the embedded ledger', async () => {
  const opened = await openedStore();
  return { ledger: opened.store.ledger, reopen: async () => (await opened.reopen()).ledger, dispose: opened.dispose };
});

describe('what the embedded ledger sees of a hand in its file', () => {
  let opened: OpenedStore;
  beforeEach(async () => {
    opened = await openedStore();
    for (const stream of ['inc_1', 'inc_2']) {
      await opened.store.ledger.append(
        entry(stream, 0, { events: [comment('one'), comment('two'), comment('three')] }),
      );
    }
  });
  afterEach(() => opened.dispose());

  const tampered = async (sql: string) => {
    const hand = new DatabaseSync(join(opened.folder, 'nightshift.db'));
    hand.exec(sql);
    hand.close();
    return opened.store.ledger.verify();
  };

  test.each([
    [
      'a changed text',
      `UPDATE events SET body = replace(body, 'two', 'owt') WHERE stream = 'inc_1' AND version = 2`,
      2,
    ],
    ['a changed actor', `UPDATE events SET body = replace(body, '"nightshift"', '"eve"') WHERE version = 2`, 2],
    ['a changed hash', `UPDATE events SET hash = replace(hash, substr(hash, 1, 4), '0bad') WHERE version = 1`, 1],
    ['text that is no JSON', `UPDATE events SET body = substr(body, 2) WHERE version = 3`, 0],
    ['a removed entry', `DELETE FROM events WHERE version = 2`, 2],
    ['a removed end', `DELETE FROM events WHERE version = 3`, 2],
    ['a renumbered entry', `UPDATE events SET version = 4 WHERE version = 3`, 3],
    ['a removed stream', `DELETE FROM events`, 0],
    ['a removed head', `DELETE FROM streams`, 3],
    ['a head set back', `UPDATE streams SET version = 2`, 3],
  ])('verify tells of %s', async (_, sql, version) => {
    const problems = await tampered(sql);
    expect(problems.map((problem) => problem.stream)).toContain('inc_1');
    expect(problems[0]).toMatchObject({ stream: 'inc_1', version });
    expect(problems[0]?.problem).not.toBe('');
  });

  test('verify tells of an entry that was moved to another stream', async () => {
    const problems = await tampered(
      `DELETE FROM events WHERE stream = 'inc_2'; UPDATE events SET stream = 'inc_2' WHERE stream = 'inc_1'`,
    );
    expect(problems.map(({ stream }) => stream)).toEqual(['inc_1', 'inc_2']);
  });

  test('a rewritten history with matching hashes still breaks at the entry after it', async () => {
    const [first] = await opened.store.ledger.read('inc_2');
    const problems = await tampered(
      `UPDATE events SET (body, hash) = (SELECT replace(body, 'inc_2', 'inc_1'), '${first?.hash}' FROM events
        WHERE stream = 'inc_2' AND version = 1) WHERE stream = 'inc_1' AND version = 1`,
    );
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ stream: 'inc_1' });
  });

  test('an unreadable file is told as a failure, not as an empty stream', async () => {
    const hand = new DatabaseSync(join(opened.folder, 'nightshift.db'));
    hand.exec('ALTER TABLE events RENAME TO gone');
    hand.close();
    const unavailable = { kind: 'failed', code: 'ledger.unavailable' };
    await expect(opened.store.ledger.read('inc_1')).rejects.toMatchObject(unavailable);
    await expect(opened.store.ledger.append(entry('inc_1', 3))).rejects.toMatchObject(unavailable);
    await expect(opened.store.ledger.verify()).rejects.toMatchObject(unavailable);
  });

  test('claims that ended long ago are forgotten, those of yesterday are kept', async () => {
    const { ledger } = opened.store;
    const take = (version: number, at: number, key: string, until: number) =>
      ledger.append(entry('inc_1', version, { at, take: [{ key, holder: 'h', limit: 1, until }] }));
    await take(3, T0, 'old', T0 + 1);
    await take(4, T0, 'recent', T0 + 3_600_000);
    await take(5, T0 + 86_400_000 + 60_000, 'new', T0 + 200_000_000);
    expect((await ledger.claims(['old', 'recent', 'new'], 0)).map(({ key }) => key)).toEqual(['recent', 'new']);
  });
});
