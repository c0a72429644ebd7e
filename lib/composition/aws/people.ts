import { ssm } from '../../adapters/aws/clients.ts';
import { parameterSecrets } from '../../adapters/aws/secrets.ts';
import { memoryCache } from '../../adapters/embedded/cache.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { findToken, type TokenStore, tokenFile } from '../../api/tokens.ts';
import { createOperations } from '../../loop/operate.ts';
import { failed } from '../../model/errors.ts';
import type { Secrets } from '../../ports/edges.ts';
import { signingSecrets } from '../secretSettings.ts';
import { base } from './base.ts';
import { awsDesk } from './desk.ts';
import { variable } from './environment.ts';
import { once } from './once.ts';
import { readDescription } from './packed.ts';

/** A token that was revoked opens nothing after this long, milliseconds. */
const KEPT = 60_000;

/** Named tokens in one SecureString, hashed. Throws `failed` `tokens.unavailable` where it holds none. */
function parameterTokens(secrets: Secrets, name: string): TokenStore {
  return {
    async find(token) {
      try {
        return findToken(tokenFile.parse(JSON.parse((await secrets.get(name)) ?? '')).tokens, token);
      } catch (cause) {
        throw failed('tokens.unavailable', `the tokens in ${name} cannot be read`, {
          cause,
          expected: '{"tokens": [{"name", "role", "sha256"}]}, as `npx nightshift tokens create` prints them',
        });
      }
    },
  };
}

/** What the API and the callbacks are built with. */
export async function people(): Promise<{ readonly settings: ApiSettings; readonly flush: () => Promise<void> }> {
  const given = await base();
  const desk = awsDesk(given);
  const { clock, ids, log } = desk;
  const settings: ApiSettings = {
    operations: createOperations(desk, { version: given.version, startedAt: clock.now() }),
    tokens: parameterTokens(parameterSecrets(ssm(), clock, KEPT), variable('NIGHTSHIFT_TOKENS')),
    intake: given.settings.intake,
    description: once(() => readDescription()),
    clock,
    ids,
    log,
    cache: memoryCache({ clock }),
    slack: { secrets: signingSecrets(given.settings, 'slack') },
    pagerduty: { secrets: signingSecrets(given.settings, 'pagerduty') },
    loopback: false,
    url: given.settings.url,
  };
  return { settings, flush: desk.timers.flush };
}
