import { randomBytes } from 'node:crypto';
import { chmod, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findToken, type TokenRecord, type TokenStore, tokenFile, tokenHash } from '../../api/tokens.ts';
import { failed } from '../../model/errors.ts';

const isMissing = (error: unknown): boolean => (error as { code?: unknown }).code === 'ENOENT';

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw failed('tokens.unreadable', `${path} cannot be read.`, { field: path, cause });
  }
}

function parse(path: string, text: string): readonly TokenRecord[] {
  try {
    return tokenFile.parse(JSON.parse(text)).tokens;
  } catch (cause) {
    const expected = '{"tokens": [{"name": "…", "role": "viewer|operator|approver|admin", "sha256": "64 hex digits"}]}';
    throw failed('tokens.unreadable', `${path} is not a list of tokens.`, {
      field: path,
      expected,
      cause,
      retryable: false,
    });
  }
}

/** The list is what counts and appears whole and last: a crash before it makes a new pair at the next start. */
async function createFirst(listPath: string, tokenPath: string): Promise<void> {
  const token = randomBytes(32).toString('base64url');
  const list = { tokens: [{ name: 'local', role: 'admin', sha256: tokenHash(token) }] };
  await writeFile(tokenPath, `${token}\n`, { mode: 0o600 });
  await chmod(tokenPath, 0o600);
  await writeFile(`${listPath}.new`, `${JSON.stringify(list, null, 2)}\n`, { mode: 0o600 });
  await rename(`${listPath}.new`, listPath);
}

/**
 * `<data>/tokens.json` holds the hashed, named tokens and is read again when it changes. At the first start it is made with
 * one token, `local` of role admin, which itself is written to `<data>/token` for the CLI on this machine. Throws `failed`
 * `tokens.unreadable`; a file that cannot be read opens nothing.
 */
export async function openTokens(dataFolder: string): Promise<TokenStore> {
  const listPath = join(dataFolder, 'tokens.json');
  const tokenPath = join(dataFolder, 'token');
  if ((await readOrNull(listPath)) === null) await createFirst(listPath, tokenPath);
  let known = { changed: -1, records: parse(listPath, (await readOrNull(listPath)) ?? '') };
  return {
    async find(token) {
      const changed = await changedAt(listPath);
      if (changed !== known.changed) known = { changed, records: parse(listPath, (await readOrNull(listPath)) ?? '') };
      return findToken(known.records, token);
    },
  };
}

async function changedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (cause) {
    throw failed('tokens.unreadable', `${path} cannot be read.`, { field: path, cause });
  }
}
