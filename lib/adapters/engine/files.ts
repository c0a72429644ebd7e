import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, linkSync, openSync, readFileSync, readSync, unlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { RawOutput } from './redact.ts';

/** On the disk when it resolves; throws EEXIST where the file is there. */
export async function writeNew(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Null where the file is not there; every other failure is thrown: it must not look like absence. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
}

/** Whole or not at all, and never over one that is there. */
export function keepOnce(path: string, text: string): void {
  const beside = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(beside, text, { mode: 0o600 });
  try {
    linkSync(beside, path);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(beside);
  }
}

/** Far more than is kept, because redaction shortens. */
const WINDOW = 256 * 1024;

export function readOutput(path: string): RawOutput {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return { text: '', more: false };
    throw error;
  }
  try {
    const bytes = Buffer.alloc(Math.min(WINDOW, fstatSync(file).size));
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return { text: bytes.toString('utf8', 0, length), more: fstatSync(file).size > length };
  } finally {
    closeSync(file);
  }
}
