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

interface Written {
  readonly url: string;
  readonly pid: number | null;
}

function written(text: string, path: string): Written {
  try {
    const { url, pid } = JSON.parse(text) as { url?: unknown; pid?: unknown };
    if (typeof url === 'string') return { url, pid: typeof pid === 'number' ? pid : null };
  } catch (cause) {
    throw failed('cli.data', `${path} is not readable as JSON.`, { field: path, cause });
  }
  throw failed('cli.data', `${path} names no url.`, { field: 'url', expected: '{"url": "http://…"}' });
}

/** A killed instance leaves its file behind. A process that may not be signalled lives as well. */
function lives(pid: number | null): boolean {
  if (pid === null) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as { code?: string }).code === 'EPERM';
  }
}

interface Found extends Instance {
  readonly alive: boolean;
}

function instanceIn(data: string): Found | null {
  const path = join(data, 'instance.json');
  const text = readOrNull(path);
  if (text === null) return null;
  const { url, pid } = written(text, path);
  return { url, token: readOrNull(join(data, 'token'))?.trim() ?? null, alive: lives(pid) };
}

/** `data` of this folder or the nearest one above it, then `data/example`; one that runs goes before one that does not. */
function findUpward(from: string): Instance | null {
  const data = join(from, 'data');
  const found = [data, join(data, 'example')].map(instanceIn).filter((one) => one !== null);
  const best = found.find(({ alive }) => alive) ?? found[0];
  if (best !== undefined) return best;
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
