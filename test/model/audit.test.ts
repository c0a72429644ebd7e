import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { chainProblem, entryHashInput, type Head, merkleRoot } from '../../lib/model/audit.ts';
import { SYSTEM } from '../../lib/model/basic.ts';
import type { StoredEvent } from '../../lib/model/incident.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function chain(stream: string, length: number): StoredEvent[] {
  const entries: StoredEvent[] = [];
  for (let version = 1; version <= length; version++) {
    const previous = entries.at(-1)?.hash ?? '';
    const event = { type: 'incident.commented', text: `text ${version}` } as const;
    const entry = { v: 1, stream, version, at: version, actor: SYSTEM, event, previous } as const;
    entries.push({ ...entry, hash: sha256(entryHashInput(entry)) });
  }
  return entries;
}
const headOf = (entries: readonly StoredEvent[]): Head => ({
  stream: 's',
  version: entries.length,
  hash: entries.at(-1)?.hash ?? '',
});
const replaced = (entries: readonly StoredEvent[], version: number, more: Partial<StoredEvent>) =>
  entries.map((entry) => (entry.version === version ? { ...entry, ...more } : entry));

describe('an entry', () => {
  test('is hashed over everything but its hash, in canonical form', () => {
    const [first] = chain('s', 1);
    if (first === undefined) throw new Error('no entry');
    expect(entryHashInput(first)).toBe(
      '{"actor":{"name":"nightshift","via":"system"},"at":1,"event":{"text":"text 1","type":"incident.commented"},"previous":"","stream":"s","v":1,"version":1}',
    );
  });
});

describe('a chain', () => {
  const entries = chain('s', 3);
  const problemOf = (changed: readonly StoredEvent[], head: Head | null = headOf(entries)) =>
    chainProblem('s', changed, head, sha256);

  test('is whole as it was written; an empty one with or without a head', () => {
    expect(problemOf(entries)).toBeNull();
    expect(problemOf([], null)).toBeNull();
    expect(problemOf([], headOf([]))).toBeNull();
  });

  test('breaks at the first entry that was changed in any field', () => {
    const changes: Partial<StoredEvent>[] = [
      { at: 9 },
      { actor: { name: 'eve', via: 'api' } },
      { event: { type: 'incident.acknowledged' } },
      { previous: 'f' },
      { hash: 'f' },
      { stream: 't' },
    ];
    for (const more of changes)
      expect(problemOf(replaced(entries, 2, more))).toMatchObject({ stream: 's', version: 2 });
  });

  test('breaks after an entry that was rewritten with its hash', () => {
    const forged = { ...entries[1], at: 9 } as StoredEvent;
    const rewritten = replaced(entries, 2, { at: 9, hash: sha256(entryHashInput(forged)) });
    expect(problemOf(rewritten)).toMatchObject({ version: 3, problem: expect.stringContaining('continue') });
  });

  test('breaks where one is missing, at the end too', () => {
    expect(problemOf(entries.slice(1))).toMatchObject({ version: 1 });
    expect(problemOf(entries.toSpliced(1, 1))).toMatchObject({ version: 2 });
    expect(problemOf(entries.slice(0, 2))).toMatchObject({ version: 2, problem: expect.stringContaining('head') });
    expect(problemOf(entries, null)).toMatchObject({ version: 3, problem: expect.stringContaining('no head') });
    expect(problemOf(entries, { ...headOf(entries), hash: 'f' })).toMatchObject({ version: 3 });
  });
});

describe('the Merkle root', () => {
  const heads = Array.from(
    { length: 5 },
    (_, at): Head => ({ stream: `s${at}`, version: 1, hash: sha256(String(at)) }),
  );
  const leaf = (at: number) => sha256(`leaf:{"hash":"${heads[at]?.hash}","stream":"s${at}","version":1}`);
  const node = (left: string, right: string) => sha256(`node:${left}${right}`);

  test('is that of RFC 6962 in shape', () => {
    expect(merkleRoot([], sha256)).toBe(sha256('empty'));
    expect(merkleRoot(heads.slice(0, 1), sha256)).toBe(leaf(0));
    const four = node(node(leaf(0), leaf(1)), node(leaf(2), leaf(3)));
    expect(merkleRoot(heads.slice(0, 4), sha256)).toBe(four);
    expect(merkleRoot(heads, sha256)).toBe(node(four, leaf(4)));
  });

  test('changes with any head, with their order and with one more', () => {
    const root = merkleRoot(heads, sha256);
    const others = [
      ...heads.map((head, at) => heads.with(at, { ...head, version: 2 })),
      ...heads.map((_, at) => heads.toSpliced(at, 1)),
      [...heads].reverse(),
      [...heads, ...heads.slice(4)],
    ];
    const roots = new Set(others.map((changed) => merkleRoot(changed, sha256)));
    expect(roots.size).toBe(others.length);
    expect(roots.has(root)).toBe(false);
  });
});
