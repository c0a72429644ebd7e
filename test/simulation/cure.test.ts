import { expect, test } from '@jest/globals';
import { MINUTE, SECOND } from './time.ts';
import { worlds } from './world.ts';

const open = worlds();

test('a cure that is proven pages nobody, and the incident ends when its alert does', async () => {
  const world = await open();
  await world.breaks('h1');
  await world.advance(30 * SECOND);
  expect(await world.incident()).toMatchObject({ state: 'open', plans: [{ state: 'verified' }] });
  expect(world.hosts.arrivals).toHaveLength(1);
  expect(world.heardBy('pager')).toEqual([]);
  await world.webhook(world.alerts.ends('h1'));
  await world.advance(SECOND);
  expect((await world.incident()).state).toBe('resolved');
  await world.advance(10 * MINUTE);
  expect((await world.incident()).state).toBe('closed');
  expect(world.heardBy('pager')).toEqual([]);
  expect(world.heardBy('chat').at(0)).toBe('update');
});
