import { createClient } from '@redis/client';
import { describe, failed } from '../../model/errors.ts';
import type { Cache } from '../../ports/cache.ts';

/** An answer from a cache that takes longer is not worth waiting for, milliseconds. */
const PATIENCE = 500;
/** Between attempts to connect again. */
const AGAIN = 5_000;

export interface RedisCacheOptions {
  /** `redis://host:6379/0` or `rediss://…`, without credentials. */
  readonly url: string;
  readonly password: string | null;
  /** Before every key, so that several programs, and several versions of this one, keep apart. */
  readonly prefix: string;
}

/** A Redis that several Nightshifts may share. It is connected to when first asked, and again by itself. */
export function redisCache({ url, password, prefix }: RedisCacheOptions): Cache {
  const client = createClient({
    url,
    ...(password !== null && { password }),
    // Without a connection a question fails at once and is not kept for later.
    disableOfflineQueue: true,
    commandOptions: { timeout: PATIENCE },
    socket: { connectTimeout: PATIENCE, reconnectStrategy: AGAIN },
  });
  // Each question tells its own failure; without a listener the first lost connection would end the process.
  client.on('error', () => undefined);
  let connecting: Promise<unknown> | null = null;
  const connected = async () => {
    connecting ??= client.connect().catch(() => undefined);
    await Promise.race([connecting, new Promise((next) => setTimeout(next, PATIENCE).unref())]);
    return client;
  };
  return {
    get: (key) => asked(async () => (await connected()).get(prefix + key)),
    set: (key, value, ttl) =>
      asked(async () => {
        await (await connected()).set(prefix + key, value, {
          expiration: { type: 'PX', value: Math.max(1, Math.ceil(ttl)) },
        });
      }),
    close: async () => client.destroy(),
  };
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw failed('cache.unavailable', `Redis did not answer: ${describe(cause)}`, { cause });
  }
}
