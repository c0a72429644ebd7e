import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { folderBlobs } from '../../../lib/adapters/embedded/blobs.ts';
import { blobsContract } from '../../contract/blobsContract.ts';
import { temporaryFolder } from './folders.ts';

blobsContract('the folder of blobs', async () => {
  const { folder, remove } = temporaryFolder();
  return {
    blobs: await folderBlobs(folder),
    reopen: () => folderBlobs(folder),
    dispose: async () => remove(),
  };
});

test('what a crash left unfinished is removed on opening and never listed', async () => {
  const { folder, remove } = temporaryFolder();
  mkdirSync(join(folder, '.unfinished'));
  writeFileSync(join(folder, '.unfinished', 'half'), 'ha');
  const blobs = await folderBlobs(folder);
  expect(readdirSync(join(folder, '.unfinished'))).toEqual([]);
  await blobs.put('a/b', new Uint8Array([1]), 'text/plain');
  expect(readdirSync(join(folder, '.unfinished'))).toEqual([]);
  expect(await blobs.list('', 10)).toEqual(['a/b']);
  remove();
});

test('a folder that cannot be written is a failure, and leaves nothing', async () => {
  const { folder, remove } = temporaryFolder();
  const blobs = await folderBlobs(folder);
  await blobs.put('a', new Uint8Array([1]), 'text/plain');
  const below = blobs.put('a/b', new Uint8Array([1]), 'text/plain');
  await expect(below).rejects.toMatchObject({ kind: 'failed', code: 'blobs.unavailable', retryable: true });
  expect(readdirSync(join(folder, '.unfinished'))).toEqual([]);
  remove();
  await expect(blobs.list('', 10)).rejects.toMatchObject({ kind: 'failed', code: 'blobs.unavailable' });
  expect(existsSync(folder)).toBe(false);
});
