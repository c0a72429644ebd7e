import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { failed, invalid } from '../model/errors.ts';

/** Where the running Nightshift is, and with which token it is spoken to. */
export interface Instance {
  readonly url: string;
  readonly token: string | null;
}

const DEFAULT_URL = 'http://127.0.0.1:9099';

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw failed('cli.data', `${path} cannot be read: run as the user that Nightshift runs as.`, {
      field: path,
      cause,
    });
  }
}

function urlIn(text: string, path: string): string {
  try {
    const { url } = JSON.parse(text) as { url?: unknown };
    if (typeof url === 'string') return url;
  } catch (cause) {
    throw failed('cli.data', `${path} is not readable as JSON.`, { field: path, cause });
  }
  throw failed('cli.data', `${path} names no url.`, { field: 'url', expected: '{"url": "http://…"}' });
}

/** `data/instance.json` and `data/token` of this folder or the nearest one above it. */
function findUpward(from: string): Instance | null {
  const text = readOrNull(join(from, 'data', 'instance.json'));
  if (text !== null) {
    const token = readOrNull(join(from, 'data', 'token'))?.trim() ?? null;
    return { url: urlIn(text, join(from, 'data', 'instance.json')), token };
  }
  const above = dirname(from);
  return above === from ? null : findUpward(above);
}

function checkedUrl(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, '');
  throw invalid('cli.url', `'${url}' is no address.`, { field: 'NIGHTSHIFT_URL', expected: `such as ${DEFAULT_URL}` });
}

/**
 * NIGHTSHIFT_URL and NIGHTSHIFT_TOKEN come first. The token of a data folder goes only to the instance of that folder:
 * never to another address from the environment.
 */
export function findInstance(env: Readonly<Record<string, string | undefined>>, folder: string): Instance {
  const token = env.NIGHTSHIFT_TOKEN || null;
  const url = env.NIGHTSHIFT_URL;
  if (url) return { url: checkedUrl(url), token };
  const found = findUpward(folder);
  return { url: checkedUrl(found?.url ?? DEFAULT_URL), token: token ?? found?.token ?? null };
}
