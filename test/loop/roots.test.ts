import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openAuditKey } from '../../lib/adapters/embedded/auditKey.ts';
import { verifyCopy } from '../../lib/composition/audit.ts';
import { sha256 } from '../../lib/composition/catalogueFiles.ts';
import { type RootKeeper, rootKeeper } from '../../lib/loop/roots.ts';
import { entryHashInput } from '../../lib/model/audit.ts';
import { rootKey, type SignedRoot } from '../../lib/model/root.ts';
import type { Signer } from '../../lib/ports/signer.ts';
import { type OpenedStore, openedStore } from '../adapters/embedded/folders.ts';
import { comment, entry, T0 } from '../contract/ledgerFixtures.ts';

let opened: OpenedStore;
let signer: Signer;
let keeper: RootKeeper;
let now = T0;
const newKeeper = () => rootKeeper({ ...opened.store, clock: { now: () => now }, sha256 }, signer);
const say = (stream: string, version: number, ...texts: string[]) =>
  opened.store.ledger.append(entry(stream, version, { events: texts.map(comment) }));
const publicKey = () => join(opened.folder, 'audit', 'public.pem');

/** Root 1 sees two entries of inc_1, root 2 four and one of inc_2, root 3 two of inc_2. */
beforeEach(async () => {
  opened = await openedStore();
  signer = await openAuditKey(opened.folder, null);
  keeper = newKeeper();
  await say('inc_1', 0, 'one', 'two');
  await keeper();
  await say('inc_1', 2, 'three', 'four');
  await say('inc_2', 0, 'first');
  now += 60_000;
  await keeper();
  await say('inc_2', 1, 'second');
  now += 60_000;
  await keeper();
});
afterEach(() => opened.dispose());

const verify = () => verifyCopy(opened.folder, publicKey());
const hand = (work: (db: DatabaseSync) => void) => {
  const db = new DatabaseSync(join(opened.folder, 'nightshift.db'));
  work(db);
  db.close();
};
const rootFile = (seq: number) => join(opened.folder, 'blobs', rootKey(seq));
const rootOf = (seq: number) => JSON.parse(readFileSync(rootFile(seq), 'utf8')) as SignedRoot;

/** Writes a stream anew as its own code would: every hash of the chain and the head fit. */
function rewritten(db: DatabaseSync, stream: string, change: (bodies: string[]) => string[]): void {
  const rows = db.prepare('SELECT body FROM events WHERE stream = ? ORDER BY version').all(stream);
  db.prepare('DELETE FROM events WHERE stream = ?').run(stream);
  let previous = '';
  let version = 0;
  for (const body of change(rows.map((row) => String(row.body)))) {
    version += 1;
    const text = entryHashInput({ ...JSON.parse(body), version, previous });
    previous = sha256(text);
    db.prepare('INSERT INTO events (stream, version, body, hash) VALUES (?, ?, ?, ?)').run(
      stream,
      version,
      text,
      previous,
    );
  }
  db.prepare('UPDATE streams SET version = ?, hash = ? WHERE stream = ?').run(version, previous, stream);
}

describe('signed roots', () => {
  test('are made when something was written, hold what moved, and find the history whole', async () => {
    expect(rootOf(1).body).toMatchObject({ seq: 1, at: T0 + 0, full: true, streams: 1, previous: '' });
    expect(rootOf(2).body.heads.map(({ stream, version }) => [stream, version])).toEqual([
      ['inc_1', 4],
      ['inc_2', 1],
    ]);
    expect(rootOf(3).body.heads.map(({ stream, version }) => [stream, version])).toEqual([['inc_2', 2]]);
    expect(await keeper()).toBeNull();
    expect(await verify()).toEqual({
      streams: 2,
      events: 6,
      roots: { count: 3, last: { seq: 3, at: rootOf(3).body.at } },
      problems: [],
    });
  });

  test('go on after a restart, which alone is nothing to sign', async () => {
    keeper = newKeeper();
    expect(await keeper()).toBeNull();
    keeper = newKeeper();
    await say('inc_3', 0, 'after the restart');
    expect((await keeper())?.body).toMatchObject({ seq: 4, full: true, streams: 3 });
    expect(await verify()).toMatchObject({ roots: { count: 4 }, problems: [] });
  });

  test('one whose copy a crash left out is whole by its record, and copied by the next keeper', async () => {
    rmSync(rootFile(3));
    expect(await verify()).toMatchObject({ roots: { count: 3 }, problems: [] });
    await newKeeper()();
    expect(readdirSync(join(rootFile(3), '..'))).toHaveLength(3);
  });

  test('one whose record could not be written is not lost: the next holds all', async () => {
    await say('inc_2', 2, 'third');
    const full = { ...opened.store.ledger, append: () => Promise.reject(new Error('no space')) };
    const failing = rootKeeper({ ...opened.store, ledger: full, clock: { now: () => now }, sha256 }, signer);
    await expect(failing()).rejects.toThrow('no space');
    expect((await keeper())?.body.seq).toBe(4);
    expect(await verify()).toMatchObject({ problems: [] });
  });

  test('of two keepers at once one signs and the other is told to try again', async () => {
    await say('inc_2', 2, 'third');
    const outcomes = await Promise.allSettled([keeper(), newKeeper()()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await verify()).toMatchObject({ roots: { count: 4 }, problems: [] });
  });
});

describe('a hand in the history is told, with the first bad place', () => {
  test.each<[string, (db: DatabaseSync) => void, number, RegExp]>([
    [
      'a changed row',
      (db) => db.exec(`UPDATE events SET body = replace(body, 'three', 'tree') WHERE stream = 'inc_1' AND version = 3`),
      3,
      /does not match its hash/,
    ],
    [
      'a deleted row',
      (db) => db.exec(`DELETE FROM events WHERE stream = 'inc_1' AND version = 2`),
      2,
      /entry 2 is missing/,
    ],
    [
      'a cut tail, the head left as it was',
      (db) => db.exec(`DELETE FROM events WHERE stream = 'inc_1' AND version > 2`),
      2,
      /the head says 4 entries, found 2/,
    ],
    [
      'a cut tail, the head set back to fit',
      (db) => rewritten(db, 'inc_1', (bodies) => bodies.slice(0, 3)),
      4,
      /root 2 of .* saw 4 entries, found 3/,
    ],
    [
      'two rows in another order',
      (db) =>
        db.exec(`UPDATE events SET version = 9 WHERE stream = 'inc_1' AND version = 2;
          UPDATE events SET version = 2 WHERE stream = 'inc_1' AND version = 3;
          UPDATE events SET version = 3 WHERE stream = 'inc_1' AND version = 9`),
      2,
      /does not match its hash/,
    ],
    [
      'another order, every hash written anew',
      (db) => rewritten(db, 'inc_1', ([a = '', b = '', c = '', d = '']) => [a, b, d, c]),
      3,
      /entries 3 to 4 are not those that root 2/,
    ],
    [
      'another text, every hash written anew',
      (db) => rewritten(db, 'inc_1', (bodies) => bodies.map((body) => body.replace('one', 'uno'))),
      1,
      /entries 1 to 2 are not those that root 1/,
    ],
    [
      'a stream gone without a trace',
      (db) => db.exec(`DELETE FROM events WHERE stream = 'inc_1'; DELETE FROM streams WHERE stream = 'inc_1'`),
      1,
      /saw 2 entries, found 0/,
    ],
  ])('%s', async (_, work, version, problem) => {
    hand(work);
    const { problems } = await verify();
    expect(problems).toEqual([{ stream: 'inc_1', version, problem: expect.stringMatching(problem) }]);
  });

  test('what was added since the last root is only as sure as its chain', async () => {
    await say('inc_2', 2, 'young');
    hand((db) => rewritten(db, 'inc_2', (bodies) => bodies.slice(0, 2)));
    expect(await verify()).toMatchObject({ problems: [] });
  });
});

describe('a hand in the roots is told', () => {
  const changed = (seq: number, change: (root: SignedRoot) => SignedRoot) =>
    writeFileSync(rootFile(seq), JSON.stringify(change(rootOf(seq))));
  const ofRoot = (version: number, problem: RegExp) => ({
    problems: [{ stream: 'audit/roots', version, problem: expect.stringMatching(problem) }],
  });

  test('a removed one', async () => {
    rmSync(rootFile(2));
    expect(await verify()).toMatchObject(ofRoot(2, /is missing, found 3/));
  });
  test('a changed one', async () => {
    changed(2, ({ body, signature }) => ({ body: { ...body, at: body.at - 1 }, signature }));
    expect(await verify()).toMatchObject(ofRoot(2, /does not match its signature/));
  });
  test('one that is no JSON', async () => {
    writeFileSync(rootFile(1), '{');
    expect(await verify()).toMatchObject(ofRoot(1, /not readable/));
  });
  test('the newest removed and its record set back', async () => {
    rmSync(rootFile(3));
    hand((db) => db.prepare(`UPDATE records SET value = ? WHERE key = 'audit/root'`).run(JSON.stringify(rootOf(1))));
    expect(await verify()).toMatchObject(ofRoot(2, /not the one that the ledger keeps/));
  });
  test('all made anew with another key', async () => {
    const forger = await openAuditKey(mkdtempSync(join(opened.folder, 'forger-')), null);
    const theirs = rootKeeper({ ...opened.store, clock: { now: () => now }, sha256 }, forger);
    await say('inc_2', 2, 'third');
    await theirs();
    expect(await verify()).toMatchObject(ofRoot(4, /signed by another key/));
  });
});

describe('the key', () => {
  test('is made once, for its owner only, and the public half can be taken elsewhere', async () => {
    expect(statSync(join(opened.folder, 'audit', 'key.pem')).mode & 0o777).toBe(0o600);
    expect(readFileSync(publicKey(), 'utf8')).toBe(signer.publicKey);
    expect((await openAuditKey(opened.folder, null)).keyId).toBe(signer.keyId);
  });
  test('a configured one is used and not kept in the data folder', async () => {
    const pem = readFileSync(join(opened.folder, 'audit', 'key.pem'), 'utf8');
    const other = mkdtempSync(join(opened.folder, 'other-'));
    expect((await openAuditKey(other, pem)).keyId).toBe(signer.keyId);
    expect(readdirSync(join(other, 'audit'))).toEqual(['public.pem']);
  });
  test.each(['', 'no key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'])(
    '%p is refused',
    async (pem) => {
      const other = mkdtempSync(join(opened.folder, 'other-'));
      await expect(openAuditKey(other, pem)).rejects.toMatchObject({ code: 'audit.key', field: 'audit.key' });
    },
  );
});

describe('a copy of the data folder', () => {
  test('is checked with nothing but the exported key, and not changed', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'nightshift-copy-'));
    try {
      cpSync(opened.folder, copy, { recursive: true });
      rmSync(join(copy, 'audit'), { recursive: true });
      const before = readFileSync(join(copy, 'nightshift.db'));
      expect(await verifyCopy(copy, publicKey())).toMatchObject({ streams: 2, roots: { count: 3 }, problems: [] });
      expect(await verifyCopy(copy, null)).toMatchObject({ streams: 2, roots: null, problems: [] });
      expect(readFileSync(join(copy, 'nightshift.db')).equals(before)).toBe(true);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
  test('that is none, or a key that is none, is told by field', async () => {
    await expect(verifyCopy(join(opened.folder, 'nowhere'), null)).rejects.toMatchObject({
      code: 'data.absent',
      field: '--data',
    });
    await expect(verifyCopy(opened.folder, join(opened.folder, 'none.pem'))).rejects.toMatchObject({
      code: 'audit.key',
      field: '--key',
    });
  });
});
