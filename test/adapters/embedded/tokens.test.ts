import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openTokens } from '../../../lib/adapters/embedded/tokens.ts';
import { tokenHash } from '../../../lib/api/tokens.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-tokens-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const list = (...tokens: readonly unknown[]) => writeFileSync(file('tokens.json'), JSON.stringify({ tokens }));

describe('tokens of a data folder', () => {
  test('the first start makes one for this machine, readable by its owner only and kept as a hash', async () => {
    const store = await openTokens(folder);
    const token = readFileSync(file('token'), 'utf8').trim();
    expect(token.length).toBeGreaterThanOrEqual(43);
    expect(await store.find(token)).toEqual({ name: 'local', role: 'admin' });
    expect(readFileSync(file('tokens.json'), 'utf8')).not.toContain(token);
    for (const name of ['token', 'tokens.json']) expect(statSync(file(name)).mode & 0o777).toBe(0o600);
  });
  test('a later start keeps it', async () => {
    await openTokens(folder);
    const token = readFileSync(file('token'), 'utf8');
    await openTokens(folder);
    expect(readFileSync(file('token'), 'utf8')).toBe(token);
  });
  test('what was written only half at the first start is made anew', async () => {
    writeFileSync(file('token'), 'lost');
    const store = await openTokens(folder);
    expect(await store.find('lost')).toBeNull();
    expect(await store.find(readFileSync(file('token'), 'utf8').trim())).toMatchObject({ name: 'local' });
  });
  test('tokens that are added or taken away count at once', async () => {
    const store = await openTokens(folder);
    const token = readFileSync(file('token'), 'utf8').trim();
    expect(await store.find('alice-token')).toBeNull();
    list({ name: 'alice', role: 'approver', sha256: tokenHash('alice-token') });
    expect(await store.find('alice-token')).toEqual({ name: 'alice', role: 'approver' });
    expect(await store.find(token)).toBeNull();
  });
  test.each([
    ['no JSON', '{'],
    ['an unknown role', JSON.stringify({ tokens: [{ name: 'a', role: 'root', sha256: tokenHash('x') }] })],
    ['a token in the open', JSON.stringify({ tokens: [{ name: 'a', role: 'admin', token: 'x' }] })],
  ])('a file that is %s opens nothing and is named', async (_what, text) => {
    const store = await openTokens(folder);
    const token = readFileSync(file('token'), 'utf8').trim();
    writeFileSync(file('tokens.json'), text);
    const expected = { code: 'tokens.unreadable', message: expect.stringContaining('tokens.json') };
    await expect(store.find(token)).rejects.toMatchObject(expected);
    await expect(openTokens(folder)).rejects.toMatchObject(expected);
  });
});
