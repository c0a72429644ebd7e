import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Incident } from '../../lib/model/incident.ts';
import type { RouteSettings } from '../../lib/model/settings.ts';
import { type PagerdutyServer, startPagerduty } from '../servers/pagerduty.ts';
import { type SlackServer, startSlack } from '../servers/slack.ts';
import { Fleet } from './fleet.ts';
import { asPerson, chatOf, noticeIds, People, pagerdutyChannel, pagesOf, slackChannel } from './people.ts';
import { until } from './processes.ts';

const HOSTS = ['busy', 'hanging', 'broken', 'refusing'].map((id) => ({ id, cluster: id }));
const POLICIES = `policies:
  - name: restart-redis
    match: 'alertname="RedisDown"'
    runbooks: [{ name: restart-unit, parameters: { unit: redis, onlyWhenFailed: "no" } }]
    targets: { from: alert-host }
    autonomy: observe
    autonomyByCluster: { hanging: auto }
    verification: { expr: 'redis_up{$selector}', is: "== 1", stabilisation: 1s, within: 10s }
    guards: { cooldown: 0s, blastRadius: { hosts: 1, percent: 100 } }
`;
/** Seconds; longer than the first pause that Nightshift would take by itself. */
const RETRY_AFTER = 8;

const route = (cluster: string, channels: readonly string[], fallback: readonly string[] = []): RouteSettings => ({
  match: [{ label: 'cluster', op: '=', value: cluster }],
  severity: [],
  team: '',
  channels,
  fallback,
});

let people: People;
let fleet: Fleet;
let busyChat: SlackServer;
let busyPager: PagerdutyServer;
let hangingChat: SlackServer;
let brokenPager: PagerdutyServer;
beforeAll(async () => {
  people = await People.start();
  [busyChat, hangingChat, busyPager, brokenPager] = await Promise.all([
    startSlack(),
    startSlack(),
    startPagerduty(),
    startPagerduty(),
  ]);
  const channels = {
    ...people.settings.channels,
    busyChat: slackChannel(busyChat),
    hangingChat: slackChannel(hangingChat),
    busyPager: pagerdutyChannel(busyPager),
    brokenPager: pagerdutyChannel(brokenPager),
    refusingChat: { ...slackChannel(people.slack), channel: 'C0NOBODY' },
  };
  const routes = [
    route('busy', ['busyChat', 'busyPager']),
    route('hanging', ['hangingChat', 'chat']),
    route('broken', ['brokenPager'], ['chat']),
    route('refusing', ['refusingChat'], ['mail']),
  ];
  fleet = await Fleet.start({ hosts: HOSTS, policies: POLICIES, settings: { ...people.settings, channels, routes } });
  busyChat.trouble({ kind: 'status', status: 429, retryAfter: RETRY_AFTER });
  busyPager.trouble({ kind: 'status', status: 503 });
  hangingChat.trouble({ kind: 'hang' });
  brokenPager.breakDown({ kind: 'status', status: 500 });
  fleet.hosts.killAll();
});
afterAll(async () => {
  await fleet?.stop();
  const servers = [busyChat, busyPager, hangingChat, brokenPager];
  await Promise.all(servers.map((server) => server?.close()));
  await people?.stop();
});

const decided = ({ decisions }: Incident) => decisions.length > 0;
const settledOf = async (incident: Incident) =>
  (await fleet.nightshift.embedded.operations.timeline(incident.id)).flatMap(({ event }) =>
    event.type === 'notification.settled' ? [event] : [],
  );
const waitingFor = async (channel: string) => {
  const later = Date.now() + 3_600_000;
  const waiting = await fleet.nightshift.embedded.deps.ledger.outboxDue(later, 100);
  return waiting.filter((item) => item.channel === channel);
};

/** Every notice came once, the first of them is the thread's beginning, and nothing waits any more. */
async function expectWhole(chat: SlackServer, incident: Incident, channel: string): Promise<void> {
  await until(`all of ${channel}`, async () => ((await waitingFor(channel)).length === 0 ? true : null));
  const messages = chatOf(chat, incident.id);
  const ids = noticeIds(messages);
  expect(new Set(ids).size).toBe(ids.length);
  // `<incident>/<version>/…`: in the order in which it happened.
  const versions = ids.map((id) => Number(id.split('/')[1]));
  expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  expect(messages.map(({ thread_ts }) => thread_ts)).toEqual([
    undefined,
    ...messages.slice(1).map(() => messages[0]?.ts),
  ]);
  const settled = (await settledOf(incident)).filter((event) => event.channel === channel);
  expect(settled.map(({ outboxId, outcome }) => [outboxId, outcome])).toEqual(ids.map((id) => [id, 'delivered']));
}

test('a channel that hangs holds up neither the cure nor another channel, and hears all of it later', async () => {
  const cured = await fleet.incident('hanging', 'cured', ({ verifiedAt }) => verifiedAt !== null);
  expect(cured.plans[0]).toMatchObject({ state: 'verified' });
  expect(fleet.hosts.restarts('hanging')).toBe(1);
  expect(hangingChat.messages).toEqual([]);
  expect(chatOf(people.slack, cured.id).length).toBeGreaterThan(0);
  const closed = await fleet.incident('hanging', 'closed', ({ state }) => state === 'closed');
  await until('the hanging chat', () => (chatOf(hangingChat, closed.id).length > 0 ? true : null));
  await expectWhole(hangingChat, closed, 'hangingChat');
  await expectWhole(people.slack, closed, 'chat');
});

test('a channel that is busy is asked again when it wants to be, and gets everything once', async () => {
  const incident = await fleet.incident('busy', 'decided', decided);
  const first = await until('the first request', () => busyChat.requests[0] ?? null);
  const second = await until('the second request', () => busyChat.requests[1] ?? null);
  expect(second.at - first.at).toBeGreaterThanOrEqual(RETRY_AFTER * 1_000);
  expect(JSON.parse(second.body)).toMatchObject({ metadata: JSON.parse(first.body).metadata });
  await expectWhole(busyChat, incident, 'busyChat');
  await until('the pager', () => pagesOf(busyPager, incident.id)[0] ?? null);
  expect(pagesOf(busyPager, incident.id).map(({ event_action }) => event_action)).toEqual(['trigger']);
  expect(busyPager.requests.map(({ troubled }) => troubled)).toEqual([true, false]);
});

test('what a channel refuses is told by the second one at once', async () => {
  const incident = await fleet.incident('refusing', 'decided', decided);
  const mail = await until(
    'the mail',
    () => people.mailbox.mails.find(({ text }) => text.includes(incident.id)) ?? null,
  );
  expect(mail.text).toContain('RedisDown');
  await until('the record', async () => {
    const settled = await settledOf(incident);
    const refused = settled.filter(({ channel }) => channel === 'refusingChat');
    const instead = settled.filter(({ channel, outcome }) => channel === 'mail' && outcome === 'delivered');
    return refused.length > 0 && refused.length === instead.length ? true : null;
  });
  const refused = (await settledOf(incident)).filter(({ channel }) => channel === 'refusingChat');
  expect(new Set(refused.map(({ outcome, detail }) => `${outcome} ${detail}`))).toEqual(
    new Set(['refused slack: channel_not_found']),
  );
  expect(people.mailbox.mails.filter(({ text }) => text.includes(incident.id))).toHaveLength(refused.length);
});

test('a pager that stays broken is told for by the second channel, and is still tried', async () => {
  const incident = await fleet.incident('broken', 'decided', decided);
  expect(incident).toMatchObject({ state: 'open', plans: [], paged: true });
  expect(incident.decisions[0]).toMatchObject({ outcome: 'observe' });
  const { body } = await asPerson(fleet.nightshift.url, fleet.folder, 'GET', `/api/incidents/${incident.id}/why`);
  expect(JSON.stringify(body)).toContain('would have run restart-unit on broken');
  const instead = await until('the chat', () => chatOf(people.slack, incident.id)[0] ?? null);
  expect(noticeIds([instead])[0]).toMatch(/\/trigger\/brokenPager\/instead-of\/chat$/);
  expect(brokenPager.requests).toHaveLength(3);
  expect((await waitingFor('brokenPager')).map(({ attempts }) => attempts)).toEqual([3]);
  expect(chatOf(people.slack, incident.id)).toHaveLength(1);
  expect(fleet.hosts.runId('broken')).toBe('');
});
