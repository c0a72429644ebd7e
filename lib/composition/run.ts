import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memoryCache } from '../adapters/embedded/cache.ts';
import { systemClock, timeIds } from '../adapters/embedded/clock.ts';
import { checkPort, serve } from '../adapters/embedded/httpServer.ts';
import { fileInventory } from '../adapters/embedded/inventory.ts';
import { openTokens } from '../adapters/embedded/tokens.ts';
import { createApi } from '../api/app.ts';
import { type Description, openApi } from '../api/openapi.ts';
import type { Settings } from '../model/settings.ts';
import type { Cache } from '../ports/cache.ts';
import { createEmbedded, type Embedded, type EmbeddedParts } from './embedded.ts';
import { signingSecrets } from './secretSettings.ts';
import { version } from './version.ts';

export { PACKS } from './packs.ts';

export interface StartOptions {
  readonly config?: string | null;
  readonly data?: string | null;
  readonly example?: boolean;
}
export interface Running {
  readonly url: string;
  readonly embedded: Embedded;
  stop(): Promise<void>;
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** Made when it is first asked for: the start waits for less. */
function described(): () => Promise<Description> {
  let made: Description | null = null;
  return async () => {
    made ??= openApi();
    return made;
  };
}

type Parts = Omit<EmbeddedParts, 'version'>;

/** Opens the data folder, listens, works. Everything that can be wrong with the configuration has been said before. */
export async function run(parts: Parts): Promise<Running> {
  const { settings, log } = parts;
  // A wrong inventory is said now, not at the first alert.
  await fileInventory(parts.inventoryFile).hosts();
  await checkPort(settings.listen.host, settings.listen.port);
  await mkdir(settings.dataFolder, { recursive: true, mode: 0o700 });
  const embedded = await createEmbedded({ ...parts, version });
  try {
    const tokens = await openTokens(settings.dataFolder);
    const cache = await cacheOf(settings);
    const fetch = createApi({
      operations: embedded.operations,
      tokens,
      intake: settings.intake,
      description: described(),
      clock: systemClock,
      ids: timeIds,
      log,
      cache,
      slack: { secrets: signingSecrets(settings, 'slack') },
      pagerduty: { secrets: signingSecrets(settings, 'pagerduty') },
      loopback: LOOPBACK.includes(settings.listen.host),
      url: settings.url,
    });
    const server = await serve({ fetch, ...settings.listen, maxBytes: settings.intake.maxBytes });
    const url = `http://${server.host.includes(':') ? `[${server.host}]` : server.host}:${server.port}`;
    const instance = join(settings.dataFolder, 'instance.json');
    await writeFile(instance, `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: 0o600 });
    embedded.start();
    return {
      url,
      embedded,
      async stop() {
        await server.close();
        await cache.close();
        await embedded.stop();
        await rm(instance, { force: true });
      },
    };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

/** Resolves at Ctrl-C or SIGTERM. A second one ends at once: nothing acknowledged is lost by that either. */
export function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    const told = () => {
      process.once('SIGINT', () => process.exit(130));
      resolve();
    };
    process.once('SIGINT', told);
    process.once('SIGTERM', told);
  });
}

/** Redis' client is loaded by who uses it only. */
async function cacheOf({ cache }: Settings): Promise<Cache> {
  if (cache === null) return memoryCache({ clock: systemClock });
  const { redisCache } = await import('../adapters/remote/redisCache.ts');
  return redisCache({ ...cache, prefix: `nightshift:${version}:` });
}
