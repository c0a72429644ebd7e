import { mkdir, open, readdir, readFile, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { failed, isNightshiftError } from '../../model/errors.ts';
import type { Blobs } from '../../ports/edges.ts';
import { checkedKey } from '../blobKey.ts';
import { timeIds } from './clock.ts';

const UNFINISHED = '.unfinished';

/**
 * A folder of files, one a key. A blob is written aside, synced and renamed: a reader sees the old one, the new one or
 * none, never a part. The content type is not kept: the port never gives it back. A key cannot also be the folder of another.
 *
 * Throws `input` `blobs.key` for a key that is no relative path of plain names, `failed` `blobs.unavailable` for the rest.
 */
export async function folderBlobs(folder: string): Promise<Blobs> {
  const root = resolve(folder);
  await rm(join(root, UNFINISHED), { recursive: true, force: true });
  await mkdir(join(root, UNFINISHED), { recursive: true, mode: 0o700 });
  return {
    put: (key, bytes) => guarded(() => putFile(root, checkedKey(key), bytes)),
    remove: (key) => guarded(() => removeFile(join(root, checkedKey(key)))),
    ...readingBlobs(root),
  };
}

/** Only looks: makes no folder and removes nothing unfinished. */
export function readingBlobs(folder: string): Pick<Blobs, 'get' | 'list'> {
  const root = resolve(folder);
  return {
    get: (key) => guarded(() => getFile(join(root, checkedKey(key)))),
    list: (prefix, limit) => guarded(() => listKeys(root, prefix, limit)),
  };
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isNightshiftError(cause)) throw cause;
    throw failed('blobs.unavailable', 'the folder of blobs cannot be used', { cause });
  }
}

async function putFile(root: string, key: string, bytes: Uint8Array): Promise<void> {
  const target = join(root, key);
  const unfinished = join(root, UNFINISHED, timeIds.next('blob'));
  try {
    await writeSynced(unfinished, bytes);
    const made = await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await rename(unfinished, target);
    await syncUpTo(dirname(target), made === undefined ? dirname(target) : dirname(made));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Syncs `folder` and each one above it up to and with `top`, which is `folder` or one of its ancestors; off the main thread. */
async function syncUpTo(folder: string, top: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (folder !== top && folder !== dirname(folder)) await syncUpTo(dirname(folder), top);
}

async function getFile(path: string): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (isNone(error)) return null;
    throw error;
  }
}

/** Not synced: what a crash brings back is only not removed. */
async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isNone(error)) throw error;
  }
}

const isNone = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(String((error as { code?: unknown }).code));

async function listKeys(root: string, prefix: string, limit: number): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of walk(root, root, prefix)) {
    if (keys.length >= limit) break;
    keys.push(key);
  }
  return keys;
}

/** Keys in key order: a folder sorts as its name with the slash, because that is how its keys continue. */
async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<string> {
  const entries = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => !entry.name.startsWith('.') && (entry.isFile() || entry.isDirectory()))
    .map((entry) => ({ path: join(folder, entry.name), tail: entry.isDirectory() ? '/' : '' }))
    .map(({ path, tail }) => ({ path, key: relative(root, path).split(sep).join('/') + tail }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const { path, key } of entries) {
    if (key.endsWith('/')) {
      if (key.startsWith(prefix) || prefix.startsWith(key)) yield* walk(root, path, prefix);
    } else if (key.startsWith(prefix)) yield key;
  }
}
