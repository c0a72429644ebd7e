import { expect, test } from '@jest/globals';
import type { Heard } from '../../lib/loop/deps.ts';
import { drain } from '../../lib/loop/sweep.ts';
import type { Queue, ReceivedMessage } from '../../lib/ports/queue.ts';
import { worlds } from '../simulation/world.ts';

const open = worlds();

test('behind a signal that fails the rest of its group waits as long as it, and other groups go on', async () => {
  const world = await open({ policies: [] });
  const [first, second, third] = ['A', 'B', 'C'].map((alertname) => world.alerts.fires('h1', { alertname }));
  const elsewhere = world.alerts.fires('h2');
  const alerts = [first, second, third, elsewhere].filter((alert) => alert !== undefined);
  const { signals } = world.alerts.webhook(alerts, world.deps.ids);
  const messages = signals.map((signal, at): ReceivedMessage<Heard> => {
    const group = signal.labels.host ?? '';
    return { id: signal.id, group, body: { kind: 'signal', signal }, receipt: `r${at}`, attempt: 2 };
  });
  const failed: (readonly [string, number])[] = [];
  const done: string[] = [];
  const queue: Queue<Heard> = {
    ...world.deps.queue,
    receive: async () => messages,
    ack: async (receipts) => void done.push(...receipts),
    fail: async (receipt, _reason, retryAt) => void failed.push([receipt, retryAt - world.now]),
  };
  const ledger = {
    ...world.deps.ledger,
    pointer: async (key: string) => {
      if (key.includes('"h1"')) throw new Error('throttled');
      return world.deps.ledger.pointer(key);
    },
  };
  await drain({ ...world.deps, queue, ledger }, 10);
  expect(failed).toEqual([
    ['r2', 10_000],
    ['r1', 10_000],
    ['r0', 10_000],
  ]);
  expect(done).toEqual(['r3']);
});
