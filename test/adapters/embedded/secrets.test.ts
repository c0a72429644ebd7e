import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { localSecrets } from '../../../lib/adapters/embedded/secrets.ts';
import { temporaryFolder } from './folders.ts';

let place: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  place = temporaryFolder();
});
afterEach(() => place.remove());

test('reads the environment and files, without the last line break', async () => {
  const secrets = localSecrets({ TOKEN: 'from the environment ' }, place.folder);
  writeFileSync(join(place.folder, 'token'), ' two\nlines\n\r\n');
  expect(await secrets.get('env:TOKEN')).toBe('from the environment ');
  expect(await secrets.get('file:token')).toBe(' two\nlines\n');
  expect(await secrets.get(`file:${join(place.folder, 'token')}`)).toBe(' two\nlines\n');
});

test('a file is read anew each time', async () => {
  const secrets = localSecrets({}, place.folder);
  writeFileSync(join(place.folder, 'token'), 'old');
  expect(await secrets.get('file:token')).toBe('old');
  writeFileSync(join(place.folder, 'token'), 'new');
  expect(await secrets.get('file:token')).toBe('new');
});

test('a missing or empty one is absent', async () => {
  const secrets = localSecrets({ EMPTY: '' }, place.folder);
  writeFileSync(join(place.folder, 'empty'), '\n');
  for (const name of ['env:EMPTY', 'env:NONE', 'file:none', 'file:empty']) expect(await secrets.get(name)).toBeNull();
});

test('one that cannot be read is a failure, not an absence', async () => {
  mkdirSync(join(place.folder, 'folder'));
  await expect(localSecrets({}, place.folder).get('file:folder')).rejects.toMatchObject({
    kind: 'failed',
    code: 'secrets.unavailable',
  });
});

test('any other name is refused and never repeated: it may be the secret itself', async () => {
  const asked = localSecrets({}, place.folder).get('xoxb-12345');
  await expect(asked).rejects.toMatchObject({ kind: 'input', code: 'secrets.name' });
  await expect(asked).rejects.toMatchObject({ message: expect.not.stringContaining('xoxb') });
});
