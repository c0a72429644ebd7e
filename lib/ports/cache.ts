import type { Duration } from '../model/basic.ts';

/**
 * Answers that are kept for a while and may be gone at any time: nothing may depend on them. Absent or too old is null.
 * `failed` `cache.unavailable` where it cannot be asked, within a second: the asker goes on without.
 */
export interface Cache {
  get(key: string): Promise<string | null>;
  /** Replaces; `ttl` in milliseconds from now. */
  set(key: string, value: string, ttl: Duration): Promise<void>;
  close(): Promise<void>;
}
