import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { failed, invalid } from '../../model/errors.ts';
import type { Signer, Verifier } from '../../ports/signer.ts';
import { syncFolder } from './database.ts';

const EXPECTED = 'an Ed25519 key in PEM, as of `openssl genpkey -algorithm ed25519`';

/**
 * The key that signs the audit's roots: the configured PEM, or `<data>/audit/key.pem`, made at the first start and readable by
 * its owner only. The public half is written beside it as `public.pem`, to be taken elsewhere. Throws `input` `audit.key`
 * for what is no key, `failed` `audit.unavailable` where the files cannot be read or made.
 */
export async function openAuditKey(dataFolder: string, configured: string | null): Promise<Signer> {
  const folder = join(dataFolder, 'audit');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const pem = configured ?? (await ownKey(folder));
    const signer = signerOf(pem, configured === null ? join(folder, 'key.pem') : 'audit.key');
    if ((await readOrNull(join(folder, 'public.pem'))) !== signer.publicKey)
      await writeWhole(folder, 'public.pem', signer.publicKey, 0o644);
    return signer;
  } catch (cause) {
    if ((cause as { name?: unknown }).name === 'NightshiftError') throw cause;
    throw failed('audit.unavailable', `the audit key in ${folder} cannot be used`, { field: folder, cause });
  }
}

async function ownKey(folder: string): Promise<string> {
  const kept = await readOrNull(join(folder, 'key.pem'));
  if (kept !== null) return kept;
  const pem = String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeWhole(folder, 'key.pem', pem, 0o600);
  return pem;
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
}

/** A key that was half written would make every root before it unreadable. */
async function writeWhole(folder: string, name: string, text: string, mode: number): Promise<void> {
  const unfinished = join(folder, `.${name}.new`);
  const file = await open(unfinished, 'w', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, join(folder, name));
  syncFolder(folder);
}

function ed25519(read: () => KeyObject, field: string): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    throw invalid('audit.key', `${field} holds no key`, { field, expected: EXPECTED, cause });
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw invalid('audit.key', `${field} holds a key of another kind`, { field, expected: EXPECTED });
}

/** From a private key in PEM. Throws `input` `audit.key`, naming `field`. */
export function signerOf(pem: string, field: string): Signer {
  const key = ed25519(() => createPrivateKey(pem), field);
  const publicKey = String(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
  return {
    ...verifierOf(publicKey, 'audit.key'),
    publicKey,
    sign: (text) => sign(null, Buffer.from(text, 'utf8'), key).toString('base64'),
  };
}

/** From an exported public key alone. Throws `input` `audit.key`, naming `field`. */
export function verifierOf(publicPem: string, field: string): Verifier {
  const key = ed25519(() => createPublicKey(publicPem), field);
  const der = key.export({ type: 'spki', format: 'der' });
  return {
    keyId: createHash('sha256').update(der).digest('hex').slice(0, 16),
    verify: (text, signature) => verify(null, Buffer.from(text, 'utf8'), key, Buffer.from(signature, 'base64')),
  };
}
