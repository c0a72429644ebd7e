import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Cache } from '../../lib/ports/cache.ts';

export interface OpenedCache {
  readonly cache: Cache;
  /** Lets so many milliseconds pass, for real or not. */
  pass(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

/** Every promise of the Cache port; each passes it. */
export function cacheContract(name: string, open: () => Promise<OpenedCache>): void {
  describe(`${name} keeps the promises of a cache`, () => {
    let opened: OpenedCache;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());

    test('what was never kept is null', async () => {
      await opened.cache.set('a', 'one', 10_000);
      expect(await opened.cache.get('b')).toBeNull();
    });

    test('what is kept comes back as it was, and is replaced', async () => {
      const text = JSON.stringify({ words: 'ä\u0000\n"', long: 'x'.repeat(1_000_000) });
      await opened.cache.set('a', text, 10_000);
      expect(await opened.cache.get('a')).toBe(text);
      await opened.cache.set('a', '', 10_000);
      expect(await opened.cache.get('a')).toBe('');
    });

    test('it is gone when its time is over, counted from the last time it was kept', async () => {
      await opened.cache.set('a', 'one', 20);
      await opened.cache.set('b', 'two', 20);
      await opened.cache.set('b', 'three', 60_000);
      await opened.pass(40);
      expect(await opened.cache.get('a')).toBeNull();
      expect(await opened.cache.get('b')).toBe('three');
    });
  });
}
