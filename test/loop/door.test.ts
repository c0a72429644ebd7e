import { expect, test } from '@jest/globals';
import { loadSettings } from '../../lib/composition/catalogueFiles.ts';
import { createDoor } from '../../lib/loop/door.ts';
import { busy } from '../../lib/model/errors.ts';
import type { Signal } from '../../lib/model/signal.ts';

const signal: Signal = {
  id: 'sig_1',
  source: 'alertmanager',
  receivedAt: 0,
  fingerprint: 'f',
  status: 'firing',
  startsAt: 0,
  endsAt: null,
  labels: { alertname: 'A' },
  annotations: {},
  generatorURL: null,
};

async function doorOver() {
  const world = { full: false, now: 1_000, woken: 0 };
  const queue = {
    async put() {
      if (world.full) throw busy('queue.full', 'the disk takes no more');
    },
  };
  const door = createDoor({
    settings: await loadSettings(null, {}),
    ids: { next: (prefix) => `${prefix}_1`, secret: () => '' },
    // The door puts and does nothing else with the queue.
    queue: queue as unknown as Parameters<typeof createDoor>[0]['queue'],
    timers: {
      wakeAt() {
        world.woken += 1;
      },
    },
    clock: { now: () => world.now },
  });
  return { world, door };
}

test('a door that refused the last signals says so until it takes one again', async () => {
  const { world, door } = await doorOver();
  await door.hear([signal], false);
  expect(() => door.check()).not.toThrow();
  world.full = true;
  await expect(door.hear([signal], false)).rejects.toMatchObject({ kind: 'busy', code: 'queue.full' });
  expect(world.woken).toBe(1);
  expect(() => door.check()).toThrow(expect.objectContaining({ kind: 'busy', code: 'intake.refusing' }));
  world.full = false;
  await door.hear([signal], false);
  expect(() => door.check()).not.toThrow();
});

test('a refusal of long ago says nothing of now: nobody may have come since', async () => {
  const { world, door } = await doorOver();
  world.full = true;
  await expect(door.hear([signal], false)).rejects.toThrow();
  world.now += 30_000;
  expect(() => door.check()).toThrow();
  world.now += 1;
  expect(() => door.check()).not.toThrow();
});
