import { describe, expect, test } from '@jest/globals';
import { guards, policy } from '../simulation/catalogue.ts';
import { HOUR, MINUTE, SECOND } from '../simulation/time.ts';
import { ADA, type World, worlds } from '../simulation/world.ts';

const open = worlds();

/** Broken, mended, proven, over: the incident is resolved. */
async function cured(world: World): Promise<void> {
  await world.breaks('h1');
  await world.advance(30 * SECOND);
  await world.webhook(world.alerts.ends('h1'));
  await world.advance(SECOND);
  expect(await world.incident()).toMatchObject({ state: 'resolved', plans: [{ state: 'verified' }] });
}

describe('what two Alertmanagers tell', () => {
  test('twice the same is one incident, one episode and one command', async () => {
    const world = await open();
    world.prometheus.set('h1', 0);
    const alert = world.alerts.fires('h1');
    await Promise.all([world.webhook(alert), world.webhook(alert, alert)]);
    await world.advance(30 * SECOND);
    expect((await world.incident()).episodes).toHaveLength(1);
    expect(world.hosts.sends).toHaveLength(1);
  });

  test('with a startsAt of each Prometheus is one episode, ended by either', async () => {
    const world = await open();
    await world.breaks('h1');
    const other = { ...world.alerts.fires('h1'), startsAt: new Date(world.now - 20 * SECOND).toISOString() };
    await world.webhook(other);
    await world.advance(10 * SECOND);
    expect((await world.incident()).episodes).toHaveLength(1);
    await world.webhook({ ...other, status: 'resolved', endsAt: new Date(world.now).toISOString() });
    await world.advance(20 * SECOND);
    expect(await world.incident()).toMatchObject({
      state: 'resolved',
      episodes: [{ endsAt: world.now - 20 * SECOND }],
    });
  });

  test('its firing behind its resolved opens nothing anew', async () => {
    const world = await open({ policies: [] });
    const alert = world.alerts.fires('h1');
    await world.webhook(alert);
    await world.advance(30 * SECOND);
    const over = world.alerts.ends('h1');
    await Promise.all([world.webhook(over), world.webhook(alert)]);
    await world.advance(SECOND);
    const { state, episodes } = await world.incident();
    expect({ state, episodes: episodes.length }).toEqual({ state: 'resolved', episodes: 1 });
  });

  test('an old firing after the end wakes nobody, as Alertmanager does not bear it out', async () => {
    const world = await open({ asksAlertmanager: true });
    const late = world.alerts.fires('h1');
    await cured(world);
    await world.advance(20 * SECOND);
    await world.webhook(late);
    await world.advance(3 * MINUTE);
    const { state, episodes } = await world.incident();
    expect([state, episodes.length]).toEqual(['resolved', 1]);
  });

  test('an old firing after the end that is true is a recurrence at once', async () => {
    const world = await open({ asksAlertmanager: true });
    const startsAt = new Date(world.now - SECOND).toISOString();
    await cured(world);
    await world.advance(20 * SECOND);
    await world.webhook({ ...world.alerts.fires('h1'), startsAt });
    await world.advance(SECOND);
    expect((await world.incident()).state).toBe('escalated');
  });

  test('an old firing after the end is believed at once where Alertmanager does not answer', async () => {
    const world = await open({ asksAlertmanager: true });
    const late = world.alerts.fires('h1');
    await cured(world);
    await world.advance(20 * SECOND);
    world.alerts.down = true;
    await world.webhook(late);
    await world.advance(SECOND);
    expect((await world.incident()).state).toBe('escalated');
  });

  test('a new firing after the end is a recurrence at once', async () => {
    const world = await open({ asksAlertmanager: true });
    await cured(world);
    await world.advance(20 * SECOND);
    await world.webhook(world.alerts.fires('h1'));
    await world.advance(SECOND);
    expect((await world.incident()).state).toBe('escalated');
  });

  test('a resolved of what nobody heard of is nothing', async () => {
    const world = await open();
    await world.webhook(world.alerts.ends('h1'));
    await world.advance(SECOND);
    expect(await world.incidents()).toEqual([]);
  });
});

describe('one trouble', () => {
  test('alerts of one host and service are one incident, of another host another', async () => {
    const world = await open({ policies: [], hosts: 2 });
    const of = (host: string, alertname: string) => world.alerts.fires(host, { alertname });
    await world.webhook(of('h1', 'A'), of('h1', 'B'), of('h2', 'A'));
    await world.work();
    const incidents = await world.incidents();
    expect(incidents.map(({ key, episodes }) => [key.host, episodes.length]).toSorted()).toEqual([
      ['h1', 2],
      ['h2', 1],
    ]);
  });

  test('a firing soon after the end goes on in the same incident, one after the window opens another', async () => {
    const world = await open({ policies: [], settings: { closeAfter: HOUR } });
    for (const pause of [5 * MINUTE, 11 * MINUTE]) {
      await world.webhook(world.alerts.fires('h1'));
      await world.advance(MINUTE);
      await world.webhook(world.alerts.ends('h1'));
      await world.advance(pause);
    }
    expect((await world.incident()).episodes).toHaveLength(2);
    await world.webhook(world.alerts.fires('h1'));
    await world.work();
    expect((await world.incidents()).map(({ episodes }) => episodes.length)).toEqual([2, 1]);
    expect((await world.incidents())[0]?.state).toBe('closed');
  });
});

describe('a firing after a verified cure', () => {
  test('within the recurrence reopens the incident and escalates, and nothing runs again', async () => {
    const world = await open();
    await cured(world);
    await world.advance(10 * MINUTE);
    expect((await world.incident()).state).toBe('closed');
    await world.advance(5 * HOUR);
    await world.breaks('h1');
    await world.advance(MINUTE);
    expect(await world.incident()).toMatchObject({ state: 'escalated', paged: true });
    expect(world.hosts.sends).toHaveLength(1);
    expect(world.heardBy('pager').at(0)).toBe('trigger');
  });

  test('while the incident is not closed yet escalates it as well', async () => {
    const world = await open();
    await cured(world);
    await world.advance(2 * MINUTE);
    await world.breaks('h1');
    await world.advance(MINUTE);
    expect((await world.incident()).state).toBe('escalated');
    expect(world.hosts.sends).toHaveLength(1);
  });

  test('after the recurrence is a new incident, and is mended', async () => {
    const world = await open();
    await cured(world);
    await world.advance(6 * HOUR);
    await world.breaks('h1');
    await world.advance(MINUTE);
    expect((await world.incidents()).map(({ state }) => state)).toEqual(['closed', 'open']);
    expect(world.hosts.sends).toHaveLength(2);
  });

  test('of another alert is a trouble of its own', async () => {
    const world = await open({ policies: [policy({ match: [], guards: guards({ attempts: 2 }) })] });
    await cured(world);
    await world.advance(15 * MINUTE);
    await world.breaks('h1', { alertname: 'SvcSlow' });
    await world.advance(30 * SECOND);
    expect((await world.incidents()).map(({ state }) => state)).toEqual(['closed', 'open']);
    expect(world.hosts.sends).toHaveLength(2);
  });

  test('within an incident that another alert opened escalates it, and nothing runs again', async () => {
    const world = await open({ policies: [policy({ guards: guards({ attempts: 2, cooldown: MINUTE }) })] });
    await cured(world);
    await world.advance(50 * MINUTE);
    await world.webhook(world.alerts.fires('h1', { alertname: 'Other' }));
    await world.advance(30 * SECOND);
    const sends = world.hosts.sends.length;
    await world.breaks('h1');
    await world.advance(MINUTE);
    expect((await world.incidents()).at(-1)).toMatchObject({ state: 'escalated' });
    expect(world.hosts.sends).toHaveLength(sends);
  });

  test('is remembered beside the cure of another alert', async () => {
    const world = await open({ policies: [policy({ match: [], guards: guards({ attempts: 2, cooldown: MINUTE }) })] });
    await cured(world);
    await world.advance(50 * MINUTE);
    await world.breaks('h1', { alertname: 'Other' });
    await world.advance(30 * SECOND);
    await world.webhook(world.alerts.ends('h1', { alertname: 'Other' }));
    await world.advance(50 * MINUTE);
    const sends = world.hosts.sends.length;
    expect(sends).toBe(2);
    await world.breaks('h1');
    await world.advance(MINUTE);
    expect((await world.incidents()).some(({ state }) => state === 'escalated')).toBe(true);
    expect(world.hosts.sends).toHaveLength(sends);
  });

  test('reopened by a person is the same incident, and the audit names who', async () => {
    const world = await open();
    await cured(world);
    const { id } = await world.incident();
    await world.operations.close(id, 'done', ADA);
    await world.operations.reopen(id, 'not done after all', ADA);
    expect(await world.incident()).toMatchObject({ id, state: 'open', closeReason: null });
    const [last] = (await world.operations.timeline(id)).filter(({ event }) => event.type === 'incident.reopened');
    expect(last?.actor).toEqual(ADA);
  });
});
