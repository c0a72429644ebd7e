import type { Cache } from '../../ports/cache.ts';
import type { Clock } from '../../ports/edges.ts';

/** Answers that one process keeps. */
const MOST = 32;

/** The newest `most` answers, in this process. */
export function memoryCache({ clock, most = MOST }: { readonly clock: Clock; readonly most?: number }): Cache {
  const kept = new Map<string, { readonly value: string; readonly until: number }>();
  return {
    async get(key) {
      const found = kept.get(key);
      return found !== undefined && clock.now() < found.until ? found.value : null;
    },
    async set(key, value, ttl) {
      kept.delete(key);
      kept.set(key, { value, until: clock.now() + ttl });
      const [oldest] = kept.keys();
      if (kept.size > most && oldest !== undefined) kept.delete(oldest);
    },
    close: async () => kept.clear(),
  };
}
