import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDatabase } from '../../../lib/adapters/embedded/database.ts';
import { openEmbeddedStore } from '../../../lib/adapters/embedded/store.ts';
import { entry } from '../../contract/ledgerFixtures.ts';
import { message } from '../../contract/queueContract.ts';
import { temporaryFolder } from './folders.ts';

let place: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  place = temporaryFolder();
});
afterEach(() => place.remove());

test('makes the folder, for its owner only, with a synced log', () => {
  const folder = join(place.folder, 'deep', 'data');
  const { db, close } = openDatabase(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(db.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
  expect(db.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: 2 });
  close();
  close();
});

test('a folder in use is refused, and free again after closing', async () => {
  const first = await openEmbeddedStore(place.folder);
  const inUse = { kind: 'refused', code: 'data.in-use', field: 'dataFolder', retryable: false };
  await expect(openEmbeddedStore(place.folder)).rejects.toMatchObject(inUse);
  await first.ledger.append(entry('inc_1', 0));
  await first.close();
  const second = await openEmbeddedStore(place.folder);
  expect(await second.ledger.read('inc_1')).toHaveLength(1);
  await second.close();
});

test('a folder of a newer Nightshift is refused unchanged, and not held', () => {
  openDatabase(place.folder).close();
  const hand = new DatabaseSync(join(place.folder, 'nightshift.db'));
  hand.exec('PRAGMA user_version = 99');
  hand.close();
  for (const _ of [1, 2]) {
    expect(() => openDatabase(place.folder)).toThrow(
      expect.objectContaining({ kind: 'input', code: 'data.newer', field: 'dataFolder' }),
    );
  }
});

test('a file that is no database is a failure that keeps its cause, and the file', () => {
  writeFileSync(join(place.folder, 'nightshift.db'), 'this is a diary, not a database. '.repeat(100));
  expect(() => openDatabase(place.folder)).toThrow(
    expect.objectContaining({ kind: 'failed', code: 'data.unavailable', cause: expect.anything() }),
  );
  expect(statSync(join(place.folder, 'nightshift.db')).size).toBe(3300);
});

test('a folder that is a file is a failure', async () => {
  const path = join(place.folder, 'file');
  writeFileSync(path, '');
  await expect(openEmbeddedStore(path)).rejects.toMatchObject({ kind: 'failed', code: 'data.unavailable' });
});

test('closing commits what waits; afterwards everything is refused and nothing is lost', async () => {
  const store = await openEmbeddedStore(place.folder);
  const append = store.ledger.append(entry('inc_1', 0));
  const put = store.queue.put([message('m1')]);
  await store.close();
  await store.ledger.close();
  await append;
  await put;
  await expect(store.ledger.append(entry('inc_1', 1))).rejects.toMatchObject({ kind: 'failed', code: 'data.closed' });
  await expect(store.queue.put([message('m2')])).rejects.toMatchObject({ kind: 'failed', code: 'data.closed' });
  await expect(store.ledger.read('inc_1')).rejects.toMatchObject({ kind: 'failed', code: 'ledger.unavailable' });
  const again = await openEmbeddedStore(place.folder);
  expect(await again.ledger.read('inc_1')).toHaveLength(1);
  expect((await again.queue.depth()).waiting).toBe(1);
  await again.close();
});
