import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { localSecrets } from '../adapters/embedded/secrets.ts';
import { compile } from '../catalogue/compile.ts';
import { parsePack, type WrittenPack } from '../catalogue/pack.ts';
import { parsePolicies, type WrittenPolicy } from '../catalogue/policies.ts';
import { type Environment, parseSettings } from '../catalogue/settings.ts';
import { checkWatchList } from '../catalogue/watchSettings.ts';
import type { Bundle } from '../model/catalogue.ts';
import { absent, failed, invalid } from '../model/errors.ts';
import type { Settings } from '../model/settings.ts';
import { withSecrets } from './secretSettings.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/**
 * Reads every pack folder and every `*.yaml` of the policies folder (which need not be there) and compiles them. Files are named
 * `packs/<pack>/…` and `policies/…` wherever the folders are, so that the same files give the same hash on every machine.
 * `input` `policy.*`, `pack.*`, `document.*`; `absent` `catalogue.folder` without a packs folder; `failed` `catalogue.read`.
 */
export async function loadBundle(folders: {
  readonly packsFolder: string;
  readonly policiesFolder: string;
}): Promise<Bundle> {
  const packs = await readPacks(folders.packsFolder);
  const policies = await readPolicies(folders.policiesFolder);
  return compile(packs, policies, sha256);
}

export async function readPacks(folder: string): Promise<WrittenPack[]> {
  const names = await foldersIn(folder);
  if (names === null)
    throw absent('catalogue.folder', `${folder} is not there`, { expected: 'the folder of the packs' });
  return Promise.all(names.map(async (name) => parsePack(await filesIn(join(folder, name)), name, sha256)));
}

export async function readPolicies(folder: string): Promise<WrittenPolicy[]> {
  const entries = await listing(folder, false);
  const names = (entries ?? []).filter((name) => /\.ya?ml$/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => text(join(folder, name))));
  return names.flatMap((name, index) => parsePolicies(texts[index] ?? '', `policies/${name}`, { pack: 'policies' }));
}

const codeOf = (error: unknown) => (typeof error === 'object' && error !== null && 'code' in error ? error.code : null);

async function listing(folder: string, recursive: boolean): Promise<string[] | null> {
  try {
    return await readdir(folder, { recursive });
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw failed('catalogue.read', `${folder} cannot be read`, { cause });
  }
}

async function foldersIn(folder: string): Promise<string[] | null> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw failed('catalogue.read', `${folder} cannot be read`, { cause });
  }
}

async function filesIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map(text));
  return Object.fromEntries(
    files.map((file, index) => [relative(folder, file).split(sep).join('/'), texts[index] ?? '']),
  );
}

async function text(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw failed('catalogue.read', `${file} cannot be read`, { cause });
  }
}

/**
 * The settings with every secret in its place; `null` is a Nightshift without a file, as shipped. A named file that is not there is
 * `input` `config.file`; a secret that is not there `input` `config.secret`, naming the field and never the value.
 */
export async function loadSettings(file: string | null, env: Environment): Promise<Settings> {
  const settings = await readSettings(file, env);
  return file === null ? settings : withSecrets(settings, localSecrets(env, dirname(resolve(file))));
}

/** The settings as written: secrets stay names, and none of them is read. */
export async function readSettings(file: string | null, env: Environment): Promise<Settings> {
  return file === null ? parseSettings('', 'nightshift.yaml', env) : parseSettings(await configText(file), file, env);
}

/** The settings beside the packs, with the place in the file where they do not fit them. */
export async function checkBeside(bundle: Bundle, { watch }: Settings, file: string | null): Promise<void> {
  const text = file === null ? '' : await configText(file);
  checkWatchList(watch, bundle, { file: file ?? 'nightshift.yaml', text });
}

async function configText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw failed('config.read', `${file} cannot be read`, { cause });
    throw invalid('config.file', `${file} is not there`, { expected: 'the configuration file', cause });
  }
}
