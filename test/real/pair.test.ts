import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Incident } from '../../lib/model/incident.ts';
import { Fleet } from './fleet.ts';
import { asPerson, chatOf, noticeIds, People, pagesOf } from './people.ts';
import { until } from './processes.ts';

const HOSTS = [
  { id: 'doubled', cluster: 'doubled', restartTakes: 2 },
  { id: 'unheard', cluster: 'unheard', restartTakes: 2 },
] as const;
const POLICIES = `policies:
  - name: restart-redis
    match: 'alertname="RedisDown"'
    runbooks: [{ name: restart-unit, parameters: { unit: redis, onlyWhenFailed: "no" } }]
    targets: { from: alert-host }
    autonomy: auto
    preconditions:
      - { id: still-down, expr: 'redis_up{$selector}', is: "== 0", why: Redis answers }
    verification: { expr: 'redis_up{$selector}', is: "== 1", stabilisation: 1s, within: 10s }
    guards: { cooldown: 0s, blastRadius: { hosts: 1, percent: 100 } }
`;

let people: People;
let fleet: Fleet;
beforeAll(async () => {
  people = await People.start();
  fleet = await Fleet.start({
    hosts: HOSTS,
    policies: POLICIES,
    alertmanagers: 2,
    settings: {
      ...people.settings,
      sweep: { every: 1_000, reconcileEvery: 2_000 },
      // The fast tier sends the watchdog every 5 s.
      heartbeat: { alertname: 'Watchdog', missedAfter: 8_000, channels: ['chat', 'pager'] },
    },
  });
});
afterAll(async () => {
  await fleet?.stop();
  await people?.stop();
});

const why = async ({ id }: Incident) =>
  (await asPerson(fleet.nightshift.url, fleet.folder, 'GET', `/api/incidents/${id}/why`)).body;

/** What was sent of a host, once each member of the pair has sent it. */
function sentByBoth(host: string, status: string): Fleet['gate']['deliveries'] | null {
  const sent = fleet.gate.deliveries.filter(
    (delivery) => delivery.sent.status === status && delivery.sent.alerts[0]?.labels.host === host,
  );
  return new Set(sent.map((delivery) => delivery.sent.externalURL)).size === 2 ? sent : null;
}

async function clusterOf(url: string): Promise<{ status: string; peers: unknown[] }> {
  const status = (await (await fetch(`${url}/api/v2/status`)).json()) as { cluster: never };
  return status.cluster;
}

/** Cured once, told once. */
async function expectOne(host: string, closed: Incident): Promise<void> {
  expect(await fleet.incidentsOf(host)).toHaveLength(1);
  expect(closed.plans.map(({ state, executions }) => [state, executions.length])).toEqual([['verified', 1]]);
  expect(closed.episodes).toHaveLength(1);
  expect(fleet.hosts.restarts(host)).toBe(1);
  expect(fleet.hosts.runId(host)).not.toBe('');
  expect(JSON.stringify(await why(closed))).toContain(`runs restart-unit on ${host}`);
  const said = await until('the chat to hear of the end', () => {
    const messages = chatOf(people.slack, closed.id);
    return messages.some(({ text }) => text.startsWith('Over')) ? messages : null;
  });
  const ids = noticeIds(said);
  expect(new Set(ids).size).toBe(ids.length);
  expect(said.filter(({ thread_ts }) => thread_ts === undefined)).toHaveLength(1);
  expect(said.filter(({ text }) => text.startsWith('Over'))).toHaveLength(1);
  // The page was held for the cure, and the cure was proven.
  expect(pagesOf(people.pagerduty, closed.id)).toEqual([]);
}

describe('a pair of Alertmanagers', () => {
  test('that both send everything makes one incident, one execution and one notice of each kind', async () => {
    for (const url of fleet.alertmanagerUrls)
      await until('the pair to know each other', async () => {
        const { status, peers } = await clusterOf(url);
        return status === 'ready' && peers.length === 2 ? true : null;
      });
    fleet.hosts.kill('doubled');
    const closed = await fleet.incident('doubled', 'closed', ({ state }) => state === 'closed');
    for (const status of ['firing', 'resolved']) {
      const sent = await until(`both to send ${status}`, () => sentByBoth('doubled', status));
      expect(sent.every(({ answered }) => answered === 200 || answered === 202)).toBe(true);
    }
    await expectOne('doubled', closed);
  });

  test('whose webhooks are all lost is heard by asking it, and its silence is told', async () => {
    await until('the watchdog', () => (fleet.gate.deliveries.some(isWatchdog) ? true : null));
    fleet.gate.lose(() => true);
    fleet.hosts.kill('unheard');
    const closed = await fleet.incident('unheard', 'closed', ({ state }) => state === 'closed');
    expect(closed.firstSignal?.source).toBe('reconciliation');
    await expectOne('unheard', closed);
    for (const status of ['firing', 'resolved']) {
      const sent = await until(`both to send ${status}`, () => sentByBoth('unheard', status));
      expect(sent.every(({ answered }) => answered === null)).toBe(true);
    }

    await until('the pager to hear of the silence', () => people.pagerduty.incidents.get('heartbeat') ?? null);
    const silent = await until('the chat to hear of it', () => chatOf(people.slack, 'fallen silent')[0] ?? null);
    expect(JSON.stringify(silent.blocks)).toContain('The watchdog alert Watchdog was last heard at');
    fleet.gate.lose(null);
    await until('the chat to hear of the end', () => chatOf(people.slack, 'are heard again')[0] ?? null);
    await until('the pager to hear of it', () =>
      people.pagerduty.incidents.get('heartbeat') === 'resolved' ? true : null,
    );
    expect(chatOf(people.slack, 'fallen silent')).toHaveLength(1);
    expect(chatOf(people.slack, 'are heard again')).toHaveLength(1);
  });
});

const isWatchdog = ({ sent }: Fleet['gate']['deliveries'][number]) => sent.alerts[0]?.labels.alertname === 'Watchdog';
