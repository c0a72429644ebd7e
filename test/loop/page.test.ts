import { describe, expect, test } from '@jest/globals';
import { policy } from '../simulation/catalogue.ts';
import { HOUR, MINUTE, SECOND } from '../simulation/time.ts';
import { ADA, worlds } from '../simulation/world.ts';

const open = worlds();

describe('the page', () => {
  test('is held while the cure runs and goes out the moment it fails', async () => {
    const world = await open();
    world.hosts.does('h1', { exitCode: 3, takes: 20 * SECOND });
    await world.breaks('h1');
    await world.advance(15 * SECOND);
    expect(world.heardBy('pager')).toEqual([]);
    await world.advance(10 * SECOND);
    expect(world.heardBy('pager')).toEqual(['trigger']);
    expect(await world.incident()).toMatchObject({ state: 'escalated', plans: [{ state: 'failed' }] });
  });

  test('is held until the proof: a cure that did not help pages', async () => {
    const world = await open();
    world.hosts.does('h1', { cures: false });
    await world.breaks('h1');
    await world.advance(MINUTE);
    expect(world.heardBy('pager')).toEqual([]);
    await world.advance(30 * SECOND);
    expect(world.heardBy('pager')).toEqual(['trigger']);
    expect(world.people.told.find(({ channel }) => channel === 'pager')?.text).toContain('failed');
  });

  test('is held no longer than pageHold, whatever the cure is doing', async () => {
    const world = await open();
    world.hosts.does('h1', { takes: HOUR });
    await world.breaks('h1');
    await world.advance(5 * MINUTE - SECOND);
    expect(world.heardBy('pager')).toEqual([]);
    await world.advance(2 * SECOND);
    expect(world.heardBy('pager')).toEqual(['trigger']);
    expect((await world.plan()).state).toBe('running');
  });

  test('goes out at once where no policy matches, and where the severity is unknown', async () => {
    const world = await open({ hosts: 2 });
    await world.breaks('h1', { alertname: 'NobodyKnows' });
    expect(world.heardBy('pager')).toEqual(['trigger']);
    await world.breaks('h2', { severity: 'terrible' });
    expect(world.heardBy('pager')).toEqual(['trigger', 'trigger']);
    expect(world.hosts.sends).toEqual([]);
  });

  test('that went out for a trouble that mends is taken back', async () => {
    const world = await open({ policies: [] });
    await world.breaks('h1');
    await world.webhook(world.alerts.ends('h1'));
    await world.advance(SECOND);
    expect(world.heardBy('pager')).toEqual(['trigger', 'resolve']);
  });

  test('goes out when the alert outlives its proven cure by far', async () => {
    const world = await open();
    await world.breaks('h1');
    await world.advance(14 * MINUTE);
    expect(world.heardBy('pager')).toEqual([]);
    await world.advance(3 * MINUTE);
    expect(world.heardBy('pager')).toEqual(['trigger']);
  });
});

describe('escalation by time', () => {
  test('climbs the chain while nobody answers, and asks its last step again', async () => {
    const world = await open({ policies: [] });
    await world.breaks('h1');
    await world.advance(4 * MINUTE);
    expect((await world.incident()).state).toBe('open');
    await world.advance(2 * MINUTE);
    expect(await world.incident()).toMatchObject({ state: 'escalated', escalation: { step: 0 } });
    expect(world.heardBy('boss')).toEqual([]);
    await world.advance(10 * MINUTE);
    expect(await world.incident()).toMatchObject({ state: 'escalated', escalation: { step: 1 } });
    expect(world.heardBy('boss')).toEqual(['escalate']);
    await world.advance(20 * MINUTE);
    expect(world.heardBy('boss')).toEqual(['escalate', 'escalate']);
  });

  test('rests for eight hours after an acknowledgement, and no longer', async () => {
    const world = await open({ policies: [] });
    await world.breaks('h1');
    const { id } = await world.incident();
    await world.operations.acknowledge(id, ADA);
    await world.advance(8 * HOUR - MINUTE);
    expect(await world.incident()).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'ada' });
    expect(world.heardBy('pager')).toEqual(['trigger', 'acknowledge']);
    await world.advance(2 * MINUTE);
    expect((await world.incident()).state).toBe('escalated');
    expect(world.heardBy('pager')).toEqual(['trigger', 'acknowledge', 'trigger']);
  });

  test('a closed incident has no deadline and says nothing more', async () => {
    const world = await open({ policies: [] });
    await world.breaks('h1');
    await world.operations.close((await world.incident()).id, 'known', ADA);
    await world.work();
    const told = world.people.told.length;
    await world.advance(24 * HOUR);
    expect(world.people.told).toHaveLength(told);
    expect((await world.incident()).state).toBe('closed');
  });
});

describe('a channel that fails', () => {
  test('by refusing: the fallback is told at once', async () => {
    const world = await open({ policies: [] });
    world.people.refusing.add('pager');
    await world.breaks('h1');
    expect(world.heardBy('boss')).toEqual(['trigger']);
    await world.advance(MINUTE);
    expect(world.heardBy('boss')).toEqual(['trigger']);
  });

  test('by silence: the fallback is told within a minute, and the page is still delivered later, once', async () => {
    const world = await open({ policies: [] });
    world.people.silent.add('pager');
    await world.breaks('h1');
    expect(world.heardBy('boss')).toEqual([]);
    await world.advance(MINUTE);
    expect(world.heardBy('boss')).toEqual(['trigger']);
    world.people.silent.clear();
    await world.advance(2 * MINUTE);
    expect(world.heardBy('pager')).toEqual(['trigger']);
    expect(world.heardBy('boss')).toEqual(['trigger']);
  });

  test('survives a restart: what was not delivered is delivered then', async () => {
    const world = await open({ policies: [policy({ autonomy: 'observe' })] });
    world.people.silent.add('pager');
    await world.breaks('h1');
    await world.restart();
    world.people.silent.clear();
    await world.advance(MINUTE);
    expect(world.heardBy('pager')).toEqual(['trigger']);
  });
});
