import { execFile, type SpawnOptions, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import manifest from '../../package.json' with { type: 'json' };
import { freePorts, until } from './processes.ts';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** A stranger's shell: nothing of this clone on the path, nothing of npm's in the environment. */
const env = {
  PATH: (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter),
  HOME: process.env.HOME ?? '/',
};

let folder: string;
let home: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-package-'));
  home = join(folder, 'stranger');
  await mkdir(home);
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? '';
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, tarball)], {
    cwd: home,
    env,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const nightshift = (args: readonly string[], more: SpawnOptions['env'] = {}) =>
  run('npx', ['--no-install', 'nightshift', ...args], { cwd: home, env: { ...env, ...more } });

test('it says its version, and holds what it needs and no sources or tests', async () => {
  expect((await nightshift(['--version'])).stdout.trim()).toBe(manifest.version);
  const installed = join(home, 'node_modules/nightshift');
  expect((await readdir(installed)).sort()).toEqual(['LICENSE', 'README.md', 'bin', 'dist', 'infra', 'package.json']);
  const files = await readdir(installed, { recursive: true });
  expect(files.filter((name) => name.endsWith('.ts'))).toEqual([]);
});

test('it checks its own packs where it was installed', async () => {
  const { stdout } = await nightshift(['check', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ problems: [], summary: expect.stringMatching(/[1-9] packs/) });
});

test('it starts, is found by its own command, and ends when it is told', async () => {
  const [port = 0] = await freePorts(1);
  const listen = { NIGHTSHIFT_LISTEN: `127.0.0.1:${port}` };
  const args = [join(home, 'node_modules/nightshift/bin/nightshift.mjs'), 'start'];
  const child = spawn(process.execPath, args, { cwd: home, env: { ...env, ...listen }, stdio: 'pipe' });
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  try {
    await until('the address of the instance', () =>
      readFile(join(home, 'data/instance.json'), 'utf8').catch(() => null),
    );
    expect((await nightshift(['incidents'])).stdout).toBe('No incidents.\n');
    expect((await nightshift(['audit', 'verify'])).stdout).toContain('whole');
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended).toBe(0);
});
