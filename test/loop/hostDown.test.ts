import { describe, expect, test } from '@jest/globals';
import { guards, policy } from '../simulation/catalogue.ts';
import { SECOND } from '../simulation/time.ts';
import { ADA, worlds } from '../simulation/world.ts';

const open = worlds();

describe('a host that is down', () => {
  test('a host that goes down while a person is asked is not mended when they say yes', async () => {
    const world = await open({ policies: [policy({ autonomy: 'approve' })] });
    await world.breaks('h1');
    const asked = await world.incident();
    const { id: planId, hash } = await world.plan();
    await world.webhook(world.alerts.fires('h1', { alertname: 'HostDown', service: '' }));
    await world.work();
    await world.operations.approve(asked.id, planId, hash, ADA);
    await world.advance(30 * SECOND);
    expect(world.hosts.sends).toEqual([]);
    expect((await world.operations.incident(asked.id)).plans[0]).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('the host itself is down'),
    });
  });

  test('a host that is said to be down in an incident that began otherwise is down as well', async () => {
    const world = await open();
    for (const alertname of ['HighLoad', 'HostDown'])
      await world.webhook(world.alerts.fires('h1', { alertname, service: '' }));
    await world.work();
    await world.breaks('h1');
    await world.advance(30 * SECOND);
    expect(world.hosts.sends).toEqual([]);
  });

  test('a host that is said to be down in an incident that began otherwise counts in the blast radius', async () => {
    const narrow = guards({ blastRadius: { hosts: 1, percent: 25 } });
    const world = await open({ hosts: 4, policies: [policy({ guards: narrow })] });
    for (const alertname of ['HighLoad', 'HostDown'])
      await world.webhook(world.alerts.fires('h2', { alertname, service: '' }));
    await world.work();
    await world.breaks('h1');
    await world.advance(30 * SECOND);
    expect(world.hosts.sends).toEqual([]);
  });

  test('under a host that is down nothing is mended, and the reason is named', async () => {
    const world = await open();
    await world.webhook(world.alerts.fires('h1', { alertname: 'HostDown', service: '' }));
    await world.work();
    await world.breaks('h1');
    const child = (await world.incidents()).find(({ subject }) => subject.alertname === 'SvcDown');
    const parent = (await world.incidents()).find(({ subject }) => subject.alertname === 'HostDown');
    expect(child?.parent).toBe(parent?.id);
    expect(child?.decisions.at(-1)?.reasons).toContainEqual(
      expect.objectContaining({ rule: 'parent', verdict: 'refuse' }),
    );
    expect(world.hosts.sends).toEqual([]);
  });

  // EC2 and CloudWatch know the instance, but nothing of our clusters.
  test('is down whatever cluster the alert that says so names, or none', async () => {
    const world = await open();
    await world.webhook(world.alerts.fires('h1', { alertname: 'HostDown', service: '', cluster: '' }));
    await world.work();
    await world.breaks('h1');
    await world.advance(30 * SECOND);
    expect(world.hosts.sends).toEqual([]);
  });
});
