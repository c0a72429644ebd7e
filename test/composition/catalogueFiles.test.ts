import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadBundle, loadSettings } from '../../lib/composition/catalogueFiles.ts';
import { demoPack, policies } from '../catalogue/fixture.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'catalogue-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function put(path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const shipped = join(import.meta.dirname, '../../infra/packs');

describe('loadBundle', () => {
  test('compiles the shipped packs', async () => {
    const bundle = await loadBundle({ packsFolder: shipped, policiesFolder: join(folder, 'none') });
    expect(bundle.packs.map(({ name }) => name)).toEqual(expect.arrayContaining(['node', 'redis']));
    expect(bundle.policies.every(({ autonomy }) => autonomy === 'shadow')).toBe(true);
  });

  test('gives the same hash wherever the files are', async () => {
    for (const place of ['a', 'b']) {
      for (const [path, text] of Object.entries(demoPack)) await put(`${place}/packs/demo/${path}`, text);
      await put(`${place}/policies/own.yaml`, `${policies}    autonomy: suggest\n`);
    }
    const [a, b] = await Promise.all(
      ['a', 'b'].map((place) =>
        loadBundle({ packsFolder: join(folder, place, 'packs'), policiesFolder: join(folder, place, 'policies') }),
      ),
    );
    expect(a?.hash).toBe(b?.hash);
    expect(a?.policies.map(({ name, autonomy }) => [name, autonomy])).toEqual([['restart-demo', 'suggest']]);
  });

  test('takes the example of docs/write-a-policy.md beside the shipped packs', async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/write-a-policy.md'), 'utf8');
    await put('d/policies/page.yaml', /```yaml policies\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
    const bundle = await loadBundle({ packsFolder: shipped, policiesFolder: join(folder, 'd/policies') });
    const mine = bundle.policies.filter(({ name }) => name === 'restart-redis');
    expect(mine).toMatchObject([{ file: 'policies/page.yaml', autonomyByCluster: { staging: 'auto' } }]);
  });

  test('tells the file of a mistake', async () => {
    await put('c/policies/own.yaml', policies.replace('match:', 'macth:'));
    await expect(loadBundle({ packsFolder: shipped, policiesFolder: join(folder, 'c/policies') })).rejects.toThrow(
      'policies/own.yaml:3: ',
    );
  });

  test('without packs there is nothing to decide with', async () => {
    await expect(loadBundle({ packsFolder: join(folder, 'none'), policiesFolder: folder })).rejects.toMatchObject({
      code: 'catalogue.folder',
    });
  });
});

describe('loadSettings', () => {
  test('needs no file', async () => {
    expect((await loadSettings(null, {})).listen.port).toBe(9099);
    await expect(loadSettings(join(folder, 'none.yaml'), {})).rejects.toMatchObject({ code: 'config.file' });
  });

  test('puts secrets in their place', async () => {
    await put('secrets/slack', 'signing\n');
    const file = await put(
      'nightshift.yaml',
      `intake: { tokens: [env:INTAKE] }
smtp: { host: mail, password: env:MAIL }
channels: { chat: { kind: slack, token: env:SLACK, channel: ops, signingSecret: file:secrets/slack } }
`,
    );
    const env = { INTAKE: 'intake-secret', MAIL: 'mail-secret', SLACK: 'slack-secret' };
    expect(await loadSettings(file, env)).toMatchObject({
      intake: { tokens: ['intake-secret'] },
      smtp: { password: 'mail-secret' },
      channels: { chat: { token: 'slack-secret', signingSecret: 'signing' } },
    });
    await expect(loadSettings(file, { ...env, SLACK: '' })).rejects.toMatchObject({
      code: 'config.secret',
      field: 'channels.chat.token',
    });
    await rm(join(folder, 'secrets/slack'));
    await expect(loadSettings(file, env)).rejects.toMatchObject({
      code: 'config.secret',
      field: 'channels.chat.signingSecret',
    });
  });
});
