import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { failed, invalid, isNightshiftError } from '../model/errors.ts';

/** Where the running Nightshift is, and with which token it is spoken to. */
export interface Instance {
  readonly url: string;
  readonly token: string | null;
  /** Of one that does not answer: what named it, or where was looked in vain. */
  readonly named: string;
  /** Of one that answers and does not take the token. */
  readonly hint: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_URL = 'http://127.0.0.1:9099';
const OTHER_TOKEN = 'set NIGHTSHIFT_TOKEN to one that it knows';

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw failed(
      'cli.data',
      `${path} cannot be read: run as the user that Nightshift runs as, or set NIGHTSHIFT_URL.`,
      {
        field: path,
        cause,
      },
    );
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

interface Found {
  readonly url: string;
  readonly token: string | null;
  readonly file: string;
  readonly alive: boolean;
}

function instanceIn(data: string): Found | null {
  const file = join(data, 'instance.json');
  const text = readOrNull(file);
  if (text === null) return null;
  const { url, pid } = written(text, file);
  return { url: checkedUrl(url), token: readOrNull(join(data, 'token'))?.trim() || null, file, alive: lives(pid) };
}

/** The `dataFolder` that `start` would take in this folder. A mistake elsewhere in the file must not hold up a stop. */
async function configured(folder: string): Promise<string | null> {
  const text = readOrNull(join(folder, 'nightshift.yaml'));
  if (text === null) return null;
  const { isMap, parseDocument } = await import('yaml');
  const { contents } = parseDocument(text, { logLevel: 'silent' });
  const named: unknown = isMap(contents) ? contents.get('dataFolder') : null;
  return typeof named === 'string' && named !== '' ? resolve(folder, named) : null;
}

/** One that was found, or in words where it was looked for. */
type Search = { readonly found: Found } | { readonly looked: string };

/**
 * Of this folder or the nearest one above it: the data folder that its nightshift.yaml names, then `data`, then `data/example`;
 * of these two one that runs goes before one that does not. Above a configuration that names its data is another's.
 */
async function findUpward(folder: string, from: string): Promise<Search> {
  const data = join(from, 'data');
  const other = await configured(from);
  const named = other === data ? null : other;
  const first = named === null ? null : instanceIn(named);
  if (first !== null) return { found: first };
  const found = [data, join(data, 'example')].map(instanceIn).filter((one) => one !== null);
  const best = found.find(({ alive }) => alive) ?? found[0];
  if (best !== undefined) return { found: best };
  const above = dirname(from);
  if (named === null && above !== from) return findUpward(folder, above);
  const below = `${join(folder, 'data')}${folder === from ? '' : ' and that of every folder above'}`;
  return { looked: named === null ? below : `${named} (dataFolder in ${join(from, 'nightshift.yaml')}), ${below}` };
}

async function search(env: Environment, folder: string): Promise<Search> {
  if (!env.NIGHTSHIFT_DATA) return findUpward(folder, folder);
  const data = resolve(folder, env.NIGHTSHIFT_DATA);
  const found = instanceIn(data);
  return found === null ? { looked: `${data} (NIGHTSHIFT_DATA)` } : { found };
}

function checkedUrl(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, '');
  throw invalid('cli.url', `'${url}' is no address.`, { field: 'NIGHTSHIFT_URL', expected: `such as ${DEFAULT_URL}` });
}

/** Where the address is known already, a folder that cannot be read is no obstacle: it only gives no token. */
async function besides(env: Environment, folder: string): Promise<Found | null> {
  try {
    const searched = await search(env, folder);
    return 'found' in searched ? searched.found : null;
  } catch (error) {
    if (isNightshiftError(error)) return null;
    throw error;
  }
}

async function byUrl(env: Environment, written: string, token: string | null, folder: string): Promise<Instance> {
  const url = checkedUrl(written);
  const found = token === null ? await besides(env, folder) : null;
  const same = found !== null && new URL(found.url).href === new URL(url).href;
  const elsewhere =
    found === null || same
      ? ', or NIGHTSHIFT_DATA to its data folder'
      : `: the one in ${dirname(found.file)} is for ${found.url}`;
  return {
    url,
    token: same ? found.token : token,
    named: 'as NIGHTSHIFT_URL says',
    hint: token === null ? `set NIGHTSHIFT_TOKEN${elsewhere}` : OTHER_TOKEN,
  };
}

/**
 * By NIGHTSHIFT_URL and NIGHTSHIFT_TOKEN, by NIGHTSHIFT_DATA, or by the data folder of here or above. The token of a data folder
 * goes only to the instance of that folder: never to another address from the environment.
 *
 * Throws `failed` `cli.data` for a folder that cannot be read, and `cli.unreachable` where NIGHTSHIFT_DATA has nobody: who
 * answers at the usual address is another.
 */
export async function findInstance(env: Environment, folder: string): Promise<Instance> {
  const token = env.NIGHTSHIFT_TOKEN || null;
  if (env.NIGHTSHIFT_URL) return byUrl(env, env.NIGHTSHIFT_URL, token, folder);
  const searched = await search(env, folder);
  if ('found' in searched) {
    const { found } = searched;
    const beside = `${found.token === null ? 'there is no token' : 'it does not know the token'} beside ${found.file}`;
    const hint = token === null ? `set NIGHTSHIFT_TOKEN: ${beside}` : OTHER_TOKEN;
    return { url: found.url, token: token ?? found.token, named: `as ${found.file} says`, hint };
  }
  const { looked } = searched;
  if (env.NIGHTSHIFT_DATA)
    throw failed('cli.unreachable', `no running Nightshift found: there is no instance.json in ${looked}`, {
      field: 'NIGHTSHIFT_DATA',
      expected: 'the data folder of one that runs',
    });
  const none = `no instance.json is in ${looked}`;
  const hint = token === null ? `set NIGHTSHIFT_DATA to its data folder, or NIGHTSHIFT_TOKEN: ${none}` : OTHER_TOKEN;
  return { url: DEFAULT_URL, token, named: `the usual address: ${none}`, hint };
}
