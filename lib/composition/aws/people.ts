import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { ApiSettings } from '../../api/settings.ts';
import { findToken, type TokenStore, tokenFile } from '../../api/tokens.ts';
import { createOperations } from '../../loop/operate.ts';
import { failed } from '../../model/errors.ts';
import { signingSecrets } from '../secretSettings.ts';
import { base } from './base.ts';
import { variable } from './environment.ts';
import { awsDeps } from './ports.ts';

/** A token that was revoked opens nothing after this long, milliseconds. */
const KEPT = 60_000;

async function readTokens(client: SSMClient, Name: string) {
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name, WithDecryption: true }));
    return tokenFile.parse(JSON.parse(Parameter?.Value ?? '')).tokens;
  } catch (cause) {
    throw failed('tokens.unavailable', `the tokens in ${Name} cannot be read`, {
      cause,
      expected: '{"tokens": [{"name", "role", "sha256"}]}, as `npx nightshift tokens create` prints them',
    });
  }
}

/** Named tokens in one SecureString, hashed. */
function parameterTokens(client: SSMClient, name: string, now: () => number): TokenStore {
  let kept: { readonly tokens: Awaited<ReturnType<typeof readTokens>>; readonly until: number } | null = null;
  return {
    async find(token) {
      if (kept === null || kept.until <= now()) kept = { tokens: await readTokens(client, name), until: now() + KEPT };
      return findToken(kept.tokens, token);
    },
  };
}

/** What the API and the callbacks are built with. */
export async function people(): Promise<{ readonly settings: ApiSettings; readonly flush: () => Promise<void> }> {
  const given = await base();
  const deps = awsDeps(given);
  const { clock, ids, log } = deps;
  const settings: ApiSettings = {
    operations: createOperations(deps, { version: given.version, startedAt: clock.now() }),
    tokens: parameterTokens(new SSMClient({}), variable('NIGHTSHIFT_TOKENS'), clock.now),
    intake: given.settings.intake,
    clock,
    ids,
    log,
    slack: { secrets: signingSecrets(given.settings, 'slack') },
    pagerduty: { secrets: signingSecrets(given.settings, 'pagerduty') },
    loopback: false,
    url: given.settings.url,
  };
  return { settings, flush: deps.timers.flush };
}
