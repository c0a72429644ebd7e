import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../../lib/adapters/embedded/database.ts';
import { type GroupCommit, groupCommit } from '../../../lib/adapters/embedded/groupCommit.ts';
import { temporaryFolder } from './folders.ts';

let place: ReturnType<typeof temporaryFolder>;
let database: Database;
let commit: GroupCommit;
beforeEach(() => {
  place = temporaryFolder();
  database = openDatabase(join(place.folder, 'data'));
  database.db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY, padding BLOB)');
  commit = groupCommit(database.db);
});
afterEach(() => {
  database.close();
  place.remove();
});

const add = (n: number) => () => database.db.prepare('INSERT INTO t (n) VALUES (?)').run(n);
const kept = () =>
  database.db
    .prepare('SELECT n FROM t ORDER BY n')
    .all()
    .map((row) => row.n);
const addAndThrow = (n: number) => () => {
  add(n)();
  throw new Error(`undo ${n}`);
};

test('work of one tick runs in order in one transaction, nothing before it', async () => {
  const order: number[] = [];
  const jobs = [3, 1, 2].map((n) =>
    commit.run(() => {
      order.push(n);
      add(n)();
      return database.db.isTransaction;
    }),
  );
  expect(order).toEqual([]);
  expect(await Promise.all(jobs)).toEqual([true, true, true]);
  expect(order).toEqual([3, 1, 2]);
  expect(database.db.isTransaction).toBe(false);
});

test('one that throws is undone alone', async () => {
  const outcomes = await Promise.allSettled([commit.run(add(1)), commit.run(addAndThrow(2)), commit.run(add(3))]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({ reason: { message: 'undo 2' } });
  expect(kept()).toEqual([1, 3]);
});

test('a broken constraint is the fault of its own statement', async () => {
  const outcomes = await Promise.allSettled([commit.run(add(1)), commit.run(add(1)), commit.run(add(2))]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(kept()).toEqual([1, 2]);
});

test('no space undoes the whole batch, and the next one that fits is written', async () => {
  const { db } = database;
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count);
  db.exec(`PRAGMA max_page_count = ${pages + 4}`);
  const large = () => db.prepare('INSERT INTO t (padding) VALUES (zeroblob(?))').run(100_000);
  const outcomes = await Promise.allSettled([commit.run(add(1)), commit.run(large), commit.run(add(3))]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(outcomes[0]).toMatchObject({ reason: { errcode: 13 } });
  expect(kept()).toEqual([]);
  await commit.run(add(4));
  expect(kept()).toEqual([4]);
});

test('work asked for in the same tick as the end is committed, later work is refused', async () => {
  const last = commit.run(add(1));
  commit.end();
  expect(kept()).toEqual([1]);
  await last;
  await expect(commit.run(add(2))).rejects.toMatchObject({ kind: 'failed', code: 'data.closed', retryable: false });
  expect(kept()).toEqual([1]);
});
