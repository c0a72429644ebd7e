import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { failed, invalid } from '../../model/errors.ts';
import type { Secrets } from '../../ports/edges.ts';

/**
 * `env:NAME` reads the environment, `file:path` a file (relative to `folder`) without its last line break. An empty secret
 * is an absent one: nothing may ever be signed or compared with ''. Files are read each time, so that they can be rotated.
 *
 * Throws `input` `secrets.name` for any other name, and never repeats it: it may be a secret in the wrong place.
 */
export function localSecrets(environment: Readonly<Record<string, string | undefined>>, folder: string): Secrets {
  return {
    async get(name) {
      if (name.startsWith('env:')) return environment[name.slice(4)] || null;
      if (name.startsWith('file:')) return readSecret(resolve(folder, name.slice(5)));
      throw invalid('secrets.name', 'not the name of a secret', { expected: 'env:NAME or file:path' });
    },
  };
}

async function readSecret(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '') || null;
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ENOENT') return null;
    throw failed('secrets.unavailable', `the secret file ${path} cannot be read`, { cause });
  }
}
