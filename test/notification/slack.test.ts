import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { httpClient } from '../../lib/adapters/remote/http.ts';
import { deliver } from '../../lib/notification/deliver.ts';
import { slack } from '../../lib/notification/slack.ts';
import { parseSlackAction, verifySlackSignature } from '../../lib/notification/slackActions.ts';
import type { HttpPort } from '../../lib/ports/edges.ts';
import { type SlackServer, startSlack } from '../servers/slack.ts';
import fc from '../setup/fastCheck.ts';
import { APPROVAL, AT, hmac, notice, PLAN, present } from './samples.ts';

const client = httpClient();
/** The real client. Milliseconds; less where nobody will answer, so that a test need not wait for that. */
let patience = 5_000;
const http: HttpPort = { request: (request) => client.request({ ...request, timeout: patience }) };

let server: SlackServer;
beforeAll(async () => {
  server = await startSlack();
});
afterAll(() => server.close());
beforeEach(() => {
  server.recover();
  patience = 5_000;
});

const settings = () =>
  ({
    kind: 'slack',
    url: `${server.url}/api`,
    token: 'xoxb-test',
    channel: 'C0INCIDENTS',
    signingSecret: 's',
  }) as const;
const send = (said = notice(), thread: string | null = null, over = {}) =>
  deliver({ notice: said }, { ...settings(), ...over }, thread, { http, mail: null });
const last = () => present(server.messages.at(-1));
const shown = () => JSON.stringify(last());

describe('a notice in Slack', () => {
  test('is one thread for an incident, however often it is answered', async () => {
    const first = await send();
    if (first.outcome !== 'delivered') throw new Error(JSON.stringify(first));
    expect(first.ref).toBe(last().ts);
    const second = await send(notice({ purpose: 'update' }), first.ref);
    expect(second).toEqual(first);
    expect(last()).toMatchObject({ thread_ts: first.ref, reply_broadcast: false });
    await send(notice({ purpose: 'escalate' }), first.ref);
    expect(last()).toMatchObject({ thread_ts: first.ref, reply_broadcast: true });
  });

  test('draws its evidence', async () => {
    await send();
    expect(shown()).toContain('`████▁▁` Redis up: 0 now, usually 1');
  });

  test('escapes what an alert says, everywhere', async () => {
    const evil = '<!here> @channel `rm` *x* <https://evil|click>';
    await send(
      notice({
        headline: evil,
        lines: [evil],
        team: evil,
        reasons: [{ rule: evil, verdict: 'hold', text: evil }],
        approval: {
          ...present(APPROVAL),
          runbook: evil,
          targets: [{ hostId: 'i', hostName: evil, cluster: 'c' }],
        },
        evidence: [{ ...present(notice().evidence[0]), title: evil }],
      }),
    );
    expect(shown()).not.toMatch(/<!here>|@channel|<https:\/\/evil|`rm`/);
    expect(shown()).toContain('&lt;!here&gt;');
  });

  test('stays within the limits of Slack, however large the alert', async () => {
    const much = '&'.repeat(5000);
    const said = notice({
      headline: much,
      lines: Array.from({ length: 500 }, () => much),
      evidence: Array.from({ length: 50 }, () => ({ ...present(notice().evidence[0]), title: much })),
      reasons: Array.from({ length: 50 }, () => ({ rule: much, verdict: 'pass', text: much }) as const),
      approval: APPROVAL,
    });
    expect(await send(said)).toMatchObject({ outcome: 'delivered' });
  });
});

describe('what Slack answers', () => {
  test('429 is tried again when it says', async () => {
    server.trouble({ kind: 'status', status: 429, retryAfter: 30 });
    expect(await send()).toMatchObject({ outcome: 'retry', after: 30_000 });
    expect(await send()).toMatchObject({ outcome: 'delivered' });
  });
  test.each([
    ['a 503', { kind: 'status', status: 503 } as const],
    ['nothing', { kind: 'hang' } as const],
    ['a closed connection', { kind: 'drop' } as const],
    [
      'a 200 with an internal error',
      { kind: 'status', status: 200, body: '{"ok":false,"error":"internal_error"}' } as const,
    ],
    ['a page of a proxy', { kind: 'status', status: 200, body: '<html>' } as const],
  ])('%s is tried again', async (_, trouble) => {
    server.trouble(trouble);
    patience = trouble.kind === 'hang' ? 300 : 5_000;
    const posted = server.messages.length;
    expect(await send()).toMatchObject({ outcome: 'retry', after: null });
    expect(server.messages).toHaveLength(posted);
  });
  test('a reply is delivered to the thread that it answers', () => {
    const body = '{"ok":true,"ts":"2.2","message":{"ts":"2.2","thread_ts":"1.1"}}';
    expect(slack.interpret({ status: 200, headers: {}, body })).toEqual({ outcome: 'delivered', ref: '1.1' });
  });
  test('ratelimited inside a 200 is tried again when it says', () => {
    const response = { status: 200, headers: { 'retry-after': '9' }, body: '{"ok":false,"error":"ratelimited"}' };
    expect(slack.interpret(response)).toMatchObject({ outcome: 'retry', after: 9_000 });
  });
  test.each([
    [{ token: 'wrong' }, 'slack: invalid_auth'],
    [{ channel: 'C0GONE' }, 'slack: channel_not_found'],
  ])('%j is refused inside a 200', async (over, detail) => {
    expect(await send(notice(), null, over)).toEqual({ outcome: 'refused', detail });
  });
});

describe('a button', () => {
  const check = (
    body: string,
    headers: Readonly<Record<string, string>>,
    now: number,
    secret = 'slack-signing-secret',
  ) =>
    verifySlackSignature(
      {
        body,
        now,
        secret,
        timestamp: headers['x-slack-request-timestamp'] ?? '',
        signature: headers['x-slack-signature'] ?? '',
      },
      hmac,
    );
  const pressed = async (action: string) => {
    await send(notice({ purpose: 'approval', approval: APPROVAL }));
    return server.press(last(), `nightshift.${action}`, AT, { id: 'U0ALICE', username: 'alice\u202e' });
  };

  test.each(['approve', 'reject'] as const)('%s comes back with plan, hash and nonce', async (kind) => {
    const { body, headers } = await pressed(kind);
    check(body, headers, AT + 1000);
    expect(parseSlackAction(body)).toEqual({
      kind,
      incidentId: 'inc_1',
      planId: PLAN.id,
      planHash: PLAN.hash,
      nonce: 'nonce-1',
      by: { name: 'alice (U0ALICE)', via: 'slack' },
    });
  });
  test('acknowledge names the incident', async () => {
    const { body } = await pressed('acknowledge');
    expect(parseSlackAction(body)).toMatchObject({ kind: 'acknowledge', incidentId: 'inc_1' });
  });
  test('is not offered for what is acknowledged or over', async () => {
    await send(notice({ state: 'resolved', purpose: 'resolve' }));
    expect(() => server.press(last(), 'nightshift.acknowledge', AT)).toThrow('no button');
  });

  test('forged, altered, stale, early or unsigned is refused', async () => {
    const { body, headers } = await pressed('approve');
    const refusal = expect.objectContaining({ code: 'slack.signature', kind: 'refused' });
    const attempts: (() => void)[] = [
      () => check(body.replace('approve', 'reject_'), headers, AT),
      () => check(body, headers, AT + 301_000),
      () => check(body, headers, AT - 301_000),
      () => check(body, headers, AT, 'another secret'),
      () => check(body, { ...headers, 'x-slack-signature': `v0=${'0'.repeat(64)}` }, AT),
      () => check(body, { ...headers, 'x-slack-signature': (headers['x-slack-signature'] ?? '').slice(0, -1) }, AT),
      () => check(body, { ...headers, 'x-slack-request-timestamp': `${AT / 1000 + 1}` }, AT),
      () => check(body, { ...headers, 'x-slack-signature': `${headers['x-slack-signature']}0` }, AT),
      () => check(body, {}, AT),
    ];
    expect(() => check(body, headers, AT)).not.toThrow();
    for (const attempt of attempts) expect(attempt).toThrow(refusal as unknown as Error);
  });
  test('an empty secret verifies nothing, not even what is signed with it', () => {
    const timestamp = String(AT / 1000);
    const signature = `v0=${hmac('', `v0:${timestamp}:x`)}`;
    expect(() => verifySlackSignature({ timestamp, body: 'x', signature, secret: '', now: AT }, hmac)).toThrow(
      'not signed',
    );
  });

  test('whatever else comes is an error that names the field', () => {
    const payload = (value: unknown) => `payload=${encodeURIComponent(JSON.stringify(value) ?? '')}`;
    const bodies = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `payload=${text}`),
      fc.json().map((text) => `payload=${encodeURIComponent(text)}`),
      fc.anything().map((actions) => payload({ type: 'block_actions', actions: [actions], user: { id: 'U1' } })),
      fc
        .json()
        .map((value) =>
          payload({ type: 'block_actions', user: { id: 'U1' }, actions: [{ action_id: 'nightshift.approve', value }] }),
        ),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        expect(() => parseSlackAction(body)).toThrow(
          expect.objectContaining({
            code: 'slack.action',
            kind: 'input',
            field: expect.any(String),
          }) as unknown as Error,
        );
      }),
      { numRuns: 2000 },
    );
  });
});
