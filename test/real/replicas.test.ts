import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Incident } from '../../lib/model/incident.ts';
import { Fleet, type Replica } from './fleet.ts';
import { asPerson, chatOf, noticeIds, People, pagesOf } from './people.ts';
import { until } from './processes.ts';

const HOSTS = [
  { id: 'watched-twice', cluster: 'twice' },
  { id: 'watched-again', cluster: 'again' },
] as const;
/** A person is asked, so that both incidents stay open for as long as the suite wants. */
const POLICIES = `policies:
  - name: restart-redis
    match: 'alertname="RedisDown"'
    runbooks: [{ name: restart-unit, parameters: { unit: redis, onlyWhenFailed: "no" } }]
    targets: { from: alert-host }
    autonomy: approve
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
    settings: { ...people.settings, sweep: { every: 1_000, reconcileEvery: 1_000 } },
  });
});
afterAll(async () => {
  await fleet?.stop();
  await people?.stop();
});

const call = (method: string, path: string, body?: unknown) =>
  asPerson(fleet.nightshift.url, fleet.folder, method, path, body);
const waits = ({ plans }: Incident) => plans[0]?.state === 'awaiting-approval';

/** When this replica says that the alert of a host began to fire, null where it does not fire there. */
async function firingSince(replica: Replica, host: string): Promise<number | null> {
  interface Alert {
    readonly state: string;
    readonly activeAt: string;
    readonly labels: Readonly<Record<string, string>>;
  }
  const answer = await fetch(`${fleet.prometheusUrl(replica)}/api/v1/alerts`);
  const { data } = (await answer.json()) as { data: { alerts: Alert[] } };
  const ofHost = ({ state, labels }: Alert) =>
    state === 'firing' && labels.alertname === 'RedisDown' && labels.host === host;
  const found = data.alerts.find(ofHost);
  return found === undefined ? null : Date.parse(found.activeAt);
}
const fires = (replica: Replica, host: string) =>
  until(`replica ${replica} to fire for ${host}`, () => firingSince(replica, host));

async function approve({ id, plans }: Incident): Promise<void> {
  const [plan] = plans;
  const path = `/api/incidents/${id}/plans/${plan?.id}/approve`;
  expect(await call('POST', path, { planHash: plan?.hash })).toMatchObject({ status: 200 });
}

/** Mended once, told once, closed once, by the plan that waited all the time. */
async function expectOnce(host: string, waiting: Incident): Promise<void> {
  const closed = await fleet.incident(host, 'closed', ({ state }) => state === 'closed');
  expect((await fleet.incidentsOf(host)).map(({ id }) => id)).toEqual([waiting.id]);
  expect(closed.episodes).toHaveLength(1);
  expect(closed.decisions).toHaveLength(1);
  expect(closed.plans.map(({ id, state }) => [id, state])).toEqual([[waiting.plans[0]?.id, 'verified']]);
  expect(closed.plans[0]?.executions).toHaveLength(1);
  expect(fleet.hosts.restarts(host)).toBe(1);
  const types = (await fleet.nightshift.embedded.operations.timeline(closed.id)).map(({ event }) => event.type);
  for (const type of ['incident.opened', 'incident.resolved', 'incident.closed', 'decision.made'])
    expect([type, types.filter((one) => one === type).length]).toEqual([type, 1]);
  expect(types).not.toContain('incident.reopened');
  expect(JSON.stringify((await call('GET', `/api/incidents/${closed.id}/why`)).body)).toContain(
    `asks to run restart-unit on ${host}`,
  );
  const said = await until('the chat to hear of the end', () => {
    const messages = chatOf(people.slack, closed.id);
    return messages.some(({ text }) => text.startsWith('Over')) ? messages : null;
  });
  expect(new Set(noticeIds(said)).size).toBe(said.length);
  expect(said.filter(({ text }) => text.startsWith('Over'))).toHaveLength(1);
  expect(said.filter(({ thread_ts }) => thread_ts === undefined)).toHaveLength(1);
  await until('the page to be resolved', () =>
    people.pagerduty.incidents.get(closed.id) === 'resolved' ? true : null,
  );
  const actions = pagesOf(people.pagerduty, closed.id).map(({ event_action }) => event_action);
  expect(actions.filter((action) => action === 'resolve')).toHaveLength(1);
}

describe('one Alertmanager', () => {
  test('that hears of one alert from two Prometheus with different beginnings makes one incident, closed once', async () => {
    const host = 'watched-twice';
    fleet.hosts.kill(host);
    const waiting = await fleet.incident(host, 'waits for approval', waits);
    // The second replica sees the trouble later than the first, and for longer.
    await fleet.startPrometheus('b');
    const [a, b] = [await fires('a', host), await fires('b', host)];
    expect(b).toBeGreaterThan(a + 1_000);
    await approve(waiting);
    await expectOnce(host, waiting);
    await until('both to be silent', async () =>
      (await firingSince('a', host)) === null && (await firingSince('b', host)) === null ? true : null,
    );
    expect(await fleet.incidentsOf(host)).toHaveLength(1);
  });

  test('whose Prometheus restarts in the midst of an incident: the incident goes on, and is proven by what came back', async () => {
    const host = 'watched-again';
    await fleet.stopPrometheus('b');
    fleet.hosts.kill(host);
    const waiting = await fleet.incident(host, 'waits for approval', waits);
    const before = await fires('a', host);
    await fleet.stopPrometheus('a');
    await fleet.startPrometheus('a');
    expect(await fires('a', host)).toBeGreaterThan(before);
    expect((await fleet.incident(host, 'waits still', waits)).plans).toEqual(waiting.plans);
    await approve(waiting);
    await expectOnce(host, waiting);
  });
});
