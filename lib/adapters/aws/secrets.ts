import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { invalid } from '../../model/errors.ts';
import type { Clock, Secrets } from '../../ports/edges.ts';
import { asked, hasName } from './errors.ts';

/** A rotated secret is used after this long at the latest, milliseconds. */
const KEPT = 300_000;

/**
 * `ssm:/path/name` reads a SecureString of Parameter Store, kept for `keep` milliseconds (five minutes) so that a storm of webhooks does not become
 * a storm of reads. An empty secret is an absent one. Throws `input` `secrets.name` for any other name, and never repeats it.
 */
export function parameterSecrets(client: SSMClient, clock: Clock, keep = KEPT): Secrets {
  const kept = new Map<string, { readonly value: string | null; readonly until: number }>();
  return {
    get: (name) =>
      asked('secrets', async () => {
        if (!/^ssm:\/[\w./-]+$/.test(name))
          throw invalid('secrets.name', 'not the name of a secret', { expected: 'ssm:/path/name' });
        const known = kept.get(name);
        if (known !== undefined && known.until > clock.now()) return known.value;
        const value = await read(client, name.slice('ssm:'.length));
        kept.set(name, { value, until: clock.now() + keep });
        return value;
      }),
  };
}

async function read(client: SSMClient, Name: string): Promise<string | null> {
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name, WithDecryption: true }));
    return Parameter?.Value || null;
  } catch (cause) {
    if (hasName(cause, 'ParameterNotFound')) return null;
    throw cause;
  }
}
