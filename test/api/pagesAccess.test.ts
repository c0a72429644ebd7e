import { describe, expect, test } from '@jest/globals';
import { harness } from './harness.ts';
import { APPROVE, cookie, FORM, HTML, ORIGIN, send } from './pageRequests.ts';
import { PLAN_HASH } from './scriptedOperations.ts';

describe('who may read', () => {
  const far = () => harness({ loopback: false });
  test.each(['/', '/incidents', '/incidents/inc_1', '/nowhere'])(
    '%s shows a stranger the way to sign in and nothing else',
    async (path) => {
      const answer = await far().call('GET', path, { headers: HTML });
      expect(answer.status).toBe(401);
      expect(answer.text).toContain('action="/sign-in"');
      for (const word of ['RedisDown', 'prometheus', 'redis-down']) expect(answer.text).not.toContain(word);
    },
  );
  test('a token signs in for the pages alone, and leads back', async () => {
    const made = far();
    const answer = await send(made, '/sign-in', 'token=viewer-token&next=/incidents/inc_1');
    expect(answer).toMatchObject({ status: 303, text: '' });
    expect(answer.headers.get('location')).toBe('/incidents/inc_1');
    expect(answer.headers.get('set-cookie')).toMatch(
      /^nightshift_9099=viewer-token; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
    );
    expect((await made.call('GET', '/', { headers: cookie('viewer-token') })).text).toContain('RedisDown');
    expect((await made.call('GET', '/api/incidents', { headers: cookie('viewer-token') })).status).toBe(401);
    expect(
      (await made.call('POST', '/api/incidents/inc_1/acknowledge', { headers: cookie('admin-token'), body: {} }))
        .status,
    ).toBe(401);
  });
  test('over https the cookie is bound to it', async () => {
    const made = harness({ loopback: false, url: 'https://night.example' });
    const answer = await send(made, '/sign-in', 'token=viewer-token', {
      origin: 'https://night.example',
      host: 'night.example',
    });
    expect(answer.headers.get('set-cookie')).toMatch(/^__Host-nightshift=.*; Secure$/);
  });
  test.each(['guess', '', 'intake-secret-new', 'a b'])('token %p signs nobody in', async (token) => {
    const answer = await send(far(), '/sign-in', new URLSearchParams({ token }).toString());
    expect(answer.status).toBe(401);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.text).toContain('opens nothing here');
  });
  test('a token that was revoked opens nothing, and on this machine reading stays open', async () => {
    expect((await far().call('GET', '/', { headers: cookie('revoked') })).status).toBe(401);
    expect((await harness().call('GET', '/', { headers: cookie('revoked') })).status).toBe(200);
  });
  test.each(['https://evil.example', '//evil.example', '/\\evil.example', '/api/blobs/x', 'javascript:alert(1)'])(
    'signing in never leads to %s',
    async (next) => {
      const body = new URLSearchParams({ token: 'viewer-token', next }).toString();
      expect((await send(far(), '/sign-in', body)).headers.get('location')).toBe('/');
    },
  );
  test('signing out forgets the token', async () => {
    const answer = await send(far(), '/sign-out', '');
    expect(answer.headers.get('set-cookie')).toMatch(/^nightshift_9099=; Path=\/; Max-Age=0;/);
  });
});

describe('forms', () => {
  const forms: readonly (readonly [string, string, 'operator' | 'approver', string])[] = [
    ['/incidents/inc_1/acknowledge', '', 'operator', 'acknowledge by operator-person via api'],
    [APPROVE, `planHash=${PLAN_HASH}`, 'approver', 'approve plan_1 by approver-person via api'],
    [
      '/incidents/inc_1/plans/plan_1/reject',
      `planHash=${PLAN_HASH}&reason=not+now`,
      'approver',
      'reject plan_1 not now by approver-person via api',
    ],
  ];
  test.each(forms)('%s does what it says and leads back to the incident', async (path, body, role, change) => {
    const made = harness();
    const answer = await send(made, path, body, cookie(`${role}-token`));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/incidents/inc_1');
    expect(made.operations.changes).toEqual([change]);
  });
  const FOREIGN: readonly [string, Record<string, string>][] = [
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:3000' }],
    ['a hidden origin', { origin: 'null' }],
    ['a site that says nothing of itself', { origin: '' }],
  ];
  test.each(
    forms.flatMap(([path, body, role]) => FOREIGN.map(([who, headers]) => [path, who, body, role, headers] as const)),
  )('%s from %s is refused', async (path, _who, body, role, { origin = '' }) => {
    const made = harness();
    const headers = new Headers({
      host: '127.0.0.1:9099',
      'content-type': FORM['content-type'],
      ...cookie(`${role}-token`),
    });
    if (origin !== '') headers.set('origin', origin);
    const answer = await made.fetch(new Request(`${ORIGIN}${path}`, { method: 'POST', headers, body }));
    expect(answer.status).toBe(403);
    expect(made.operations.changes).toEqual([]);
  });
  test.each(forms)('%s takes a token of sufficient role, on this machine too', async (path, body, role) => {
    const made = harness();
    const without = await send(made, path, body);
    expect(without.status).toBe(401);
    expect(without.text).toContain('value="/incidents/inc_1"');
    const lower = role === 'approver' ? 'operator' : 'viewer';
    const answer = await send(made, path, body, cookie(`${lower}-token`));
    expect(answer.status).toBe(403);
    expect(answer.text).toContain(`a token of role ${role} or higher`);
    expect(made.operations.changes).toEqual([]);
  });
  test('a plan that is another by now is not approved, and the page says so', async () => {
    const made = harness();
    const answer = await send(made, APPROVE, 'planHash=older', cookie('approver-token'));
    expect(answer).toMatchObject({ status: 409, json: null });
    expect(answer.text).toContain('the plan is another');
    expect(answer.text).toContain('href="/incidents/inc_1"');
    expect(made.operations.changes).toEqual([]);
  });
  test.each([
    ['two hashes', 'planHash=a&planHash=b', {}, 400],
    ['JSON', '{}', { 'content-type': 'application/json' }, 415],
    ['more than any form', `planHash=${'a'.repeat(20_000)}`, {}, 413],
  ])('%s are no form', async (_what, body, headers, status) => {
    const made = harness();
    expect((await send(made, APPROVE, body, { ...cookie('approver-token'), ...headers })).status).toBe(status);
    expect(made.operations.changes).toEqual([]);
  });
  test('rejecting takes a reason', async () => {
    const made = harness();
    const answer = await send(
      made,
      '/incidents/inc_1/plans/plan_1/reject',
      `planHash=${PLAN_HASH}&reason=`,
      cookie('approver-token'),
    );
    expect(answer.status).toBe(400);
    expect(made.operations.changes).toEqual([]);
  });
  test('are shown to those who may use them, with the hash of what is shown', async () => {
    const made = harness();
    const page = async (token?: string) =>
      (await made.call('GET', '/incidents/inc_1', token === undefined ? {} : { token })).text;
    expect(await page('approver-token')).toContain(`name="planHash" value="${PLAN_HASH}"`);
    expect(await page('operator-token')).toContain('action="/incidents/inc_1/acknowledge"');
    expect(await page('operator-token')).not.toContain('name="planHash"');
    expect(await page()).not.toContain('/acknowledge');
  });
});
