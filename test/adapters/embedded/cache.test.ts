import { expect, test } from '@jest/globals';
import { memoryCache } from '../../../lib/adapters/embedded/cache.ts';
import { cacheContract } from '../../contract/cacheContract.ts';

cacheContract('the memory', async () => {
  let now = 1_000;
  const cache = memoryCache({ clock: { now: () => now }, most: 10 });
  return {
    cache,
    pass: async (ms) => {
      now += ms;
    },
    dispose: () => cache.close(),
  };
});

test('only the newest are kept', async () => {
  const cache = memoryCache({ clock: { now: () => 0 }, most: 2 });
  for (const key of ['a', 'b', 'a', 'c']) await cache.set(key, key, 1_000);
  expect(await Promise.all(['a', 'b', 'c'].map((key) => cache.get(key)))).toEqual(['a', null, 'c']);
});
