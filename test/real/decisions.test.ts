import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Incident } from '../../lib/model/incident.ts';
import type { SignedBody, SlackMessage } from '../servers/slack.ts';
import { Fleet } from './fleet.ts';
import { asPerson, chatOf, noticeIds, People, pagesOf } from './people.ts';
import { until } from './processes.ts';

const HOSTS = [
  { id: 'asked', cluster: 'approving' },
  { id: 'leaving', cluster: 'leaving' },
  { id: 'gone', cluster: 'gone', state: 'offline' },
  { id: 'first', cluster: 'rollout' },
  { id: 'second', cluster: 'rollout' },
  { id: 'third', cluster: 'rollout' },
] as const;

/** As an operator writes them: a rolling restart of one cluster, a restart elsewhere that two clusters want to be asked about. */
const POLICIES = `policies:
  - name: rolling-restart
    match: 'alertname="RedisDown",cluster="rollout"'
    runbooks: [{ name: restart-unit, parameters: { unit: redis, onlyWhenFailed: "no" } }]
    targets: { from: service, service: redis, max: 3 }
    autonomy: auto
    verification: { expr: 'redis_up{$selector}', is: "== 1", stabilisation: 1s, within: 15s }
    guards: { cooldown: 0s, blastRadius: { hosts: 3, percent: 100 } }
  - name: restart-redis
    match: 'alertname="RedisDown"'
    runbooks: [{ name: restart-unit, parameters: { unit: redis, onlyWhenFailed: "no" } }]
    targets: { from: alert-host }
    autonomy: auto
    autonomyByCluster: { approving: approve, leaving: approve }
    preconditions:
      - { id: still-down, expr: 'redis_up{$selector}', is: "== 0", why: Redis answers }
    verification: { expr: 'redis_up{$selector}', is: "== 1", stabilisation: 1s, within: 10s }
    guards: { cooldown: 0s, blastRadius: { hosts: 1, percent: 100 } }
`;

let people: People;
let fleet: Fleet;
beforeAll(async () => {
  people = await People.start();
  fleet = await Fleet.start({ hosts: HOSTS, policies: POLICIES, settings: people.settings });
  fleet.hosts.kill('asked', 'leaving', 'gone');
});
afterAll(async () => {
  await fleet?.stop();
  await people?.stop();
});

const why = async ({ id }: Incident) =>
  (await asPerson(fleet.nightshift.url, fleet.folder, 'GET', `/api/incidents/${id}/why`)).body;
const waits = ({ plans }: Incident) => plans[0]?.state === 'awaiting-approval';

/** The message with the buttons, as it stands in the chat. */
const question = (incident: Incident) =>
  until('the approval message', () => {
    const buttons = ({ blocks }: SlackMessage) => JSON.stringify(blocks).includes('nightshift.approve');
    return chatOf(people.slack, incident.id).find(buttons) ?? null;
  });

async function callback({ body, headers }: SignedBody) {
  const answer = await fetch(`${fleet.nightshift.url}/callbacks/slack`, { method: 'POST', headers, body });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const pressed = (message: SlackMessage, action: string, at = Date.now()) =>
  people.slack.press(message, `nightshift.${action}`, at);

describe('a plan that waits for a person', () => {
  test('a button runs it once; what is forged, old, of another plan or pressed again changes nothing', async () => {
    const { operations } = fleet.nightshift.embedded;
    const waiting = await fleet.incident('asked', 'waits for approval', waits);
    const message = await question(waiting);
    const good = pressed(message, 'approve');
    const otherPlan = JSON.parse(
      JSON.stringify(message).replaceAll(waiting.plans[0]?.hash ?? '', 'f'.repeat(64)),
    ) as SlackMessage;
    const digest = createHmac('sha256', 'not-the-secret').update(`v0:0:${good.body}`).digest('hex');
    const attempts: SignedBody[] = [
      { ...good, headers: { ...good.headers, 'x-slack-signature': `v0=${digest}` } },
      { ...good, headers: { ...good.headers, 'x-slack-signature': '' } },
      { ...good, body: good.body.replace('approve', 'reject') },
      pressed(message, 'approve', Date.now() - 6 * 60_000),
      pressed(otherPlan, 'approve'),
    ];
    for (const attempt of attempts) expect((await callback(attempt)).status).toBeGreaterThanOrEqual(400);
    expect((await operations.incident(waiting.id)).plans).toEqual(waiting.plans);
    expect(fleet.hosts.restarts('asked')).toBe(0);

    expect(await callback(good)).toEqual({ status: 200, body: { done: true } });
    const closed = await fleet.incident('asked', 'closed', ({ state }) => state === 'closed');
    expect(closed.plans).toHaveLength(1);
    expect(closed.plans[0]).toMatchObject({ state: 'verified', approvedBy: 'oncall (U0ONCALL)' });
    expect(closed.plans[0]?.executions[0]?.verification).toMatchObject({ result: 'verified', before: 0, after: 1 });
    expect(fleet.hosts.runId('asked')).not.toBe('');

    const before = await operations.timeline(waiting.id);
    for (const again of [good, pressed(message, 'approve'), pressed(message, 'reject')])
      expect(await callback(again)).toMatchObject({ status: 409, body: { error: { code: 'approval.nonce' } } });
    expect((await operations.timeline(waiting.id)).slice(0, before.length)).toEqual(before);
    expect((await operations.incident(waiting.id)).plans).toEqual(closed.plans);
    expect(fleet.hosts.restarts('asked')).toBe(1);
    expect(JSON.stringify(await why(closed))).toContain('waits for an approval');
    const ids = noticeIds(chatOf(people.slack, waiting.id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('a host that is gone by then gets nothing, and people learn why', async () => {
    const waiting = await fleet.incident('leaving', 'waits for approval', waits);
    await fleet.hosts.writeInventory(
      HOSTS.map((host) => (host.id === 'leaving' ? { ...host, state: 'offline' } : host)),
    );
    expect((await callback(pressed(await question(waiting), 'approve'))).status).toBe(200);
    const refused = await fleet.incident('leaving', 'refused', ({ plans }) => plans[0]?.state === 'refused');
    expect(refused.plans[0]).toMatchObject({ executions: [], reason: expect.stringContaining('leaving is offline') });
    expect(refused.state).toBe('escalated');
    expect(fleet.hosts.restarts('leaving')).toBe(0);
    await until('the page', () => (pagesOf(people.pagerduty, refused.id).length > 0 ? true : null));
    await until(
      'the chat',
      () => chatOf(people.slack, refused.id).find(({ text }) => text.startsWith('Escalated')) ?? null,
    );
  });
});

test('nothing is sent to a host that is offline: the incident says why, and people are told', async () => {
  const refused = await fleet.incident('gone', 'escalated', ({ state }) => state === 'escalated');
  expect(refused).toMatchObject({ plans: [], paged: true, decisions: [{ outcome: 'refuse', plan: null }] });
  expect(refused.decisions[0]?.reasons).toContainEqual(
    expect.objectContaining({ rule: 'targets', verdict: 'refuse', text: expect.stringContaining('gone is offline') }),
  );
  expect(JSON.stringify(await why(refused))).toContain('gone is offline');
  expect(fleet.hosts.restarts('gone')).toBe(0);
  await until('the page', () => (pagesOf(people.pagerduty, refused.id).length > 0 ? true : null));
  const mail = await until(
    'the mail',
    () => people.mailbox.mails.find(({ text }) => text.includes(refused.id)) ?? null,
  );
  expect(mail.text).toContain('gone is offline');
});

test('a global stop during a rollout spares the hosts that are left, is told, and ends by itself', async () => {
  const call = (method: string, path: string, body?: unknown) =>
    asPerson(fleet.nightshift.url, fleet.folder, method, path, body);
  const untouched = [fleet.hosts.runId('second'), fleet.hosts.runId('third')];
  fleet.hosts.kill('first');
  await fleet.incident('first', 'the first host is worked on', ({ plans }) => plans[0]?.executions.length === 1);
  const stop = { until: Date.now() + 7_000, reason: 'the wrong cluster' };
  expect((await call('POST', '/api/stop', stop)).status).toBe(200);

  const refused = await fleet.incident('first', 'the plan is refused', ({ plans }) => plans[0]?.state === 'refused');
  const [plan] = refused.plans;
  expect(plan?.targets.map(({ hostId }) => hostId)).toEqual(['first', 'second', 'third']);
  expect(plan?.reason).toMatch(/stop: global stop by local until .*: the wrong cluster/);
  expect(plan?.executions.map(({ id, state, verification }) => [id, state, verification?.result])).toEqual([
    [`${plan?.id}-1`, 'succeeded', 'verified'],
  ]);
  expect(JSON.stringify(await why(refused))).toContain('the wrong cluster');
  const page = await until('the page', () => pagesOf(people.pagerduty, refused.id)[0] ?? null);
  expect(JSON.stringify(page.payload)).toContain('the wrong cluster');
  await until(
    'the chat',
    () => chatOf(people.slack, refused.id).find(({ text }) => text.startsWith('Escalated')) ?? null,
  );

  const run = { runbook: 'restart-unit', hosts: ['second'], parameters: { unit: 'redis', onlyWhenFailed: 'no' } };
  const during = await call('POST', '/api/runs', { ...run, dryRun: false, reason: 'in spite of the stop' });
  expect(JSON.stringify(during.body)).toContain('global stop by local');
  expect([fleet.hosts.runId('second'), fleet.hosts.runId('third')]).toEqual(untouched);

  await until('the stop to end', async () => ((await call('GET', '/api/stop')).body.stop === null ? true : null));
  expect(fleet.hosts.restarts('second') + fleet.hosts.restarts('third')).toBe(0);
  fleet.hosts.kill('second');
  const cured = await fleet.incident('second', 'the whole rollout', ({ plans }) => plans[0]?.state === 'verified');
  // Each host is proven by its own series, before the next one is touched.
  expect(cured.plans[0]?.executions.map(({ verification }) => verification?.expr)).toEqual(
    ['first', 'second', 'third'].map((host) => expect.stringContaining(`host="${host}"`)),
  );
  const restarts = ['first', 'second', 'third'].map((host) => fleet.hosts.restarts(host));
  expect(restarts).toEqual([2, 1, 1]);
});
