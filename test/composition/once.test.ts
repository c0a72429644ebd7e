import { expect, test } from '@jest/globals';
import { once } from '../../lib/composition/aws/once.ts';

const MINUTE = 60_000;

test('is built once, also by many at once, and again after five minutes', async () => {
  let [now, built] = [0, 0];
  const part = once(
    async () => ++built,
    () => now,
  );
  expect(await Promise.all([part(), part()])).toEqual([1, 1]);
  now = 5 * MINUTE - 1;
  expect(await part()).toBe(1);
  now = 5 * MINUTE;
  expect(await part()).toBe(2);
});

test('a failure is not kept', async () => {
  let fails = true;
  const part = once(
    async () => {
      if (fails) throw new Error('no');
      return 'yes';
    },
    () => 0,
  );
  await expect(part()).rejects.toThrow('no');
  fails = false;
  expect(await part()).toBe('yes');
});
