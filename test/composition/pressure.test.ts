import { expect, test } from '@jest/globals';
import { underPressure } from '../../lib/composition/pressure.ts';
import type { Queue } from '../../lib/ports/queue.ts';

const nowhere: Queue = {
  put: async () => undefined,
  receive: async () => [],
  ack: async () => undefined,
  fail: async () => undefined,
  depth: async () => ({ waiting: 0, dead: 0, oldest: null }),
  deadLetters: async () => [],
  redrive: async () => 0,
};
const signals = (count: number) => Array.from({ length: count }, (_, at) => ({ id: `m${at}`, group: 'g', body: null }));

test('rounds are small while a storm comes in, and as usual a moment after', async () => {
  let now = 1_000;
  const { queue, round } = underPressure(nowhere, () => now);
  const usual = await round();
  await queue.put(signals(499));
  expect(await round()).toBe(usual);
  await queue.put(signals(1));
  expect(await round()).toBeLessThan(usual / 10);
  now += 100;
  expect(await round()).toBeLessThan(usual / 10);
  now += 100;
  expect(await round()).toBe(usual);
});
