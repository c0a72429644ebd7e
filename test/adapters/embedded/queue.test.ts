import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Queue } from '../../../lib/ports/queue.ts';
import { message, queueContract } from '../../contract/queueContract.ts';
import { cpuTime } from '../../setup/cpu.ts';
import { type OpenedStore, openedStore } from './folders.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

queueContract('the embedded queue', async () => {
  let now = 1_750_000_000_000;
  const opened = await openedStore({ maxWaiting: 20, clock: { now: () => now } });
  return {
    queue: opened.store.queue,
    visibility: MINUTE,
    maxAttempts: 5,
    bounded: true,
    tells: true,
    now: () => now,
    async pass(time) {
      now += time;
    },
    reopen: async () => (await opened.reopen()).queue,
    dispose: opened.dispose,
  };
});

describe('the embedded queue', () => {
  let opened: OpenedStore;
  beforeEach(async () => {
    opened = await openedStore();
  });
  afterEach(() => opened.dispose());
  const now = 1_750_000_000_000;
  const takeAll = async (queue: Queue, at = now) => {
    const got = await queue.receive(100, at);
    await queue.ack(got.map(({ receipt }) => receipt));
    return got.map(({ id }) => id);
  };

  test('what a dead process was working on is free at once, its attempt counted; a failed one keeps its time', async () => {
    await opened.store.queue.put([message('m1', 'x'), message('m2', 'y')]);
    const [, second] = await opened.store.queue.receive(2, now);
    await opened.store.queue.fail(String(second?.receipt), 'no', now + MINUTE);
    const again = await opened.reopen();
    expect(await again.queue.receive(5, now)).toEqual([expect.objectContaining({ id: 'm1', attempt: 2 })]);
  });

  test('the id of a finished message is known for a day and then forgotten', async () => {
    const { queue } = opened.store;
    await queue.put([message('m1')]);
    await takeAll(queue);
    await takeAll(queue, now + DAY);
    await queue.put([message('m1')]);
    expect(await takeAll(queue, now + DAY)).toEqual([]);
    await takeAll(queue, now + DAY + 2 * MINUTE);
    await queue.put([message('m1')]);
    expect(await takeAll(queue, now + DAY + 2 * MINUTE)).toEqual(['m1']);
  });

  test('the count of waiting messages is that of the table after everything', async () => {
    const { queue } = opened.store;
    await Promise.all(Array.from({ length: 30 }, (_, at) => queue.put([message(`m${at}`, `g${at % 7}`)])));
    await takeAll(queue);
    for (let attempt = 0; attempt < 5; attempt++) {
      for (const { receipt } of await queue.receive(2, now)) await queue.fail(receipt, 'no', now);
    }
    await queue.redrive();
    const { waiting, dead } = await queue.depth();
    expect({ waiting, dead }).toEqual({ waiting: 23, dead: 0 });
    const rest: string[] = [];
    for (let got = await takeAll(queue); got.length > 0; got = await takeAll(queue)) rest.push(...got);
    expect(rest).toHaveLength(23);
    expect((await queue.depth()).waiting).toBe(0);
  });

  test('what arrives meanwhile stands behind what waits and behind what was brought back before it', async () => {
    const { queue } = opened.store;
    await queue.put([message('m1'), message('m2')]);
    for (let attempt = 0; attempt < 5; attempt++) {
      for (const { receipt } of await queue.receive(1, now)) await queue.fail(receipt, 'no', now);
    }
    await queue.put([message('m3')]);
    await queue.redrive();
    await queue.put([message('m4')]);
    const order: string[] = [];
    for (let got = await takeAll(queue); got.length > 0; got = await takeAll(queue)) order.push(...got);
    expect(order).toEqual(['m2', 'm3', 'm1', 'm4']);
  });

  test('the oldest is told of what was never asked for and of what is being worked on', async () => {
    const { queue } = opened.store;
    await queue.put([message('m1')]);
    const since = (await queue.depth()).oldest;
    expect(since).not.toBeNull();
    await queue.receive(1, now);
    await queue.put([message('m2')]);
    expect((await queue.depth()).oldest).toBe(since);
  });

  test('a long backlog behind one hidden message costs the others nothing', async () => {
    const { queue } = opened.store;
    await queue.put(Array.from({ length: 20_000 }, (_, at) => message(`m${at}`, 'long')));
    await queue.receive(1, now);
    await queue.put([message('other', 'short')]);
    const took = await cpuTime(async () => {
      for (let turn = 0; turn < 50; turn++) await queue.receive(0, now);
      expect(await takeAll(queue)).toEqual(['other']);
    });
    expect(took).toBeLessThan(1000);
  });
});
