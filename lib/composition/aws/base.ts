import { createHash, randomBytes } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { ssm } from '../../adapters/aws/clients.ts';
import { parameterSecrets } from '../../adapters/aws/secrets.ts';
import { systemClock, timeIds } from '../../adapters/embedded/clock.ts';
import type { Settings } from '../../model/settings.ts';
import type { Clock, Ids, Log } from '../../ports/edges.ts';
import { withSecrets } from '../secretSettings.ts';
import { type Packed, readPacked } from './packed.ts';

export const logger = new Logger({ serviceName: 'nightshift' });

/** The loop's log lines as Powertools' structured ones. */
export const log: Log = {
  info: (message, fields) => logger.info(message, { fields }),
  warn: (message, fields) => logger.warn(message, { fields }),
  error: (message, fields) => logger.error(message, { fields }),
};

export interface Base extends Omit<Packed, 'settings'> {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly sha256: (text: string) => string;
  readonly random: () => number;
}

/** What every function begins with: the packed catalogue, and the settings with their secrets. */
export async function base(): Promise<Base> {
  const packed = await readPacked();
  const secrets = parameterSecrets(ssm(), systemClock);
  return {
    ...packed,
    settings: { ...(await withSecrets(packed.settings, secrets)), url: urlOf(packed.settings.url) },
    clock: systemClock,
    ids: timeIds,
    log,
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    random: () => randomBytes(4).readUInt32BE() / 2 ** 32,
  };
}

/** Where people reach this Nightshift: as configured, else where API Gateway put it. */
function urlOf(configured: string): string {
  const elsewhere = !/^https?:\/\/(localhost|127\.|\[::1\])/.test(configured);
  return elsewhere ? configured : (process.env.NIGHTSHIFT_URL ?? configured);
}
