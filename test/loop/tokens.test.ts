import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ROLES, tokenHash } from '../../lib/api/tokens.ts';
import { grant, grants, revoke } from '../../lib/loop/tokens.ts';
import { type OpenedStore, openedStore } from '../adapters/embedded/folders.ts';
import { harness } from '../api/harness.ts';
import { PERSON, T0 } from '../contract/ledgerFixtures.ts';

let opened: OpenedStore;
const deps = () => ({ ledger: opened.store.ledger, clock: { now: () => T0 } });
beforeEach(async () => {
  opened = await openedStore();
});
afterEach(() => opened.dispose());

test('a token is kept as its hash, with an event in the name of who gave it', async () => {
  const { operations, call } = harness();
  const { json } = await call('POST', '/api/tokens', { token: 'admin-token', body: { name: 'ada', role: 'operator' } });
  expect(json.token).toMatch(/^[\w-]{43}$/);
  const [{ name, role, sha256 } = { name: '', role: ROLES[0], sha256: '' }] = operations.tokensNow;
  expect(sha256).toBe(tokenHash(json.token));
  await grant(deps(), { name, role, sha256 }, PERSON);
  expect(await grants(deps())).toEqual([{ name: 'ada', role: 'operator', sha256, by: PERSON.name, at: T0 }]);
  const events = await opened.store.ledger.read('configuration');
  expect(events).toEqual([
    expect.objectContaining({
      actor: PERSON,
      event: expect.objectContaining({
        type: 'record.set',
        key: 'token/ada',
        reason: 'a token of role operator for ada',
      }),
    }),
  ]);
  expect(JSON.stringify(events)).not.toContain(json.token);
  expect(await opened.store.ledger.verify()).toEqual([]);
});

test('what was given opens what its role may, and nothing after it was revoked', async () => {
  const { operations, call } = harness();
  const { json } = await call('POST', '/api/tokens', { token: 'admin-token', body: { name: 'ada', role: 'operator' } });
  const comment = () => call('POST', '/api/incidents/inc_1/comment', { token: json.token, body: { text: 'seen' } });
  expect((await comment()).status).toBe(200);
  expect(operations.changes.at(-1)).toBe('comment seen by ada via api');
  expect((await call('DELETE', '/api/tokens/ada', { token: json.token, body: { reason: 'r' } })).status).toBe(403);
  const listed = await call('GET', '/api/tokens', { token: 'admin-token' });
  expect(listed.text).not.toContain(tokenHash(json.token));
  expect((await call('GET', '/api/tokens', { token: json.token })).status).toBe(403);
  expect((await call('GET', '/api/tokens')).status).toBe(401);
  await call('DELETE', '/api/tokens/ada', { token: 'admin-token', body: { reason: 'left' } });
  expect((await comment()).status).toBe(401);
});

test('one name has one token, and a revoked name may have another', async () => {
  const asked = { name: 'ada', role: 'viewer', sha256: tokenHash('a') } as const;
  await grant(deps(), asked, PERSON);
  await expect(grant(deps(), asked, PERSON)).rejects.toMatchObject({ code: 'token.name', field: 'name' });
  await expect(grant(deps(), { ...asked, name: 'local' }, PERSON)).rejects.toMatchObject({ code: 'token.name' });
  await revoke(deps(), 'ada', 'left', PERSON);
  expect(await grants(deps())).toEqual([]);
  await expect(revoke(deps(), 'ada', 'left', PERSON)).rejects.toMatchObject({ kind: 'absent', code: 'token.absent' });
  await grant(deps(), { ...asked, sha256: tokenHash('b') }, PERSON);
  expect((await grants(deps())).map(({ sha256 }) => sha256)).toEqual([tokenHash('b')]);
});

test.each(['', 'a b', '../x', 'x'.repeat(65), '-x'])('%p is no name', async (name) => {
  const { call, operations } = harness();
  const answer = await call('POST', '/api/tokens', { token: 'admin-token', body: { name, role: 'viewer' } });
  expect(answer).toMatchObject({ status: 400, json: { error: { field: 'name' } } });
  expect(operations.changes).toEqual([]);
});
