import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { runbookOf } from '../packs/files.ts';

/** The scripts of the redis pack against a real Redis, as the host would run them: bash, a bare environment. */
const folder = mkdtempSync(join(tmpdir(), 'nightshift-redis-'));
const restart = join(folder, 'restart');
let port = 0;
let redis: ChildProcess | null = null;
let executions = 0;

const freePort = () =>
  new Promise<number>((found, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address ? address.port : 0));
    });
  });

const cli = (...args: string[]) =>
  spawnSync('redis-cli', ['-p', String(port), ...args], { encoding: 'utf8' }).stdout.trim();

/** Resolves when Redis says that it accepts connections. */
async function startRedis(...settings: string[]): Promise<void> {
  const child = spawn('redis-server', ['--port', String(port), '--save', '', '--dir', folder, ...settings]);
  redis = child;
  await new Promise<void>((ready, failed) => {
    child.once('error', () =>
      failed(
        new Error('redis-server is missing: install the Debian package redis-server (apt-get install redis-server)'),
      ),
    );
    child.once('exit', (code) => failed(new Error(`redis-server ended with ${code}`)));
    child.stdout.on('data', (chunk) => String(chunk).includes('Ready to accept connections') && ready());
  });
}

function run(name: string, parameters: Record<string, string>, environment: Record<string, string> = {}) {
  const runbook = runbookOf('redis', name);
  const defaults = runbook.parameters.flatMap((one) => (one.default === null ? [] : [[one.name, one.default]]));
  executions += 1;
  const values = {
    ...Object.fromEntries(defaults),
    port: String(port),
    executionId: `e${executions}`,
    notAfter: String(Date.now() + 60_000),
    ...parameters,
  };
  const ssm = Object.fromEntries(Object.entries(values).map(([key, value]) => [`SSM_${key}`, value]));
  const env = {
    PATH: process.env.PATH ?? '',
    LANG: 'C',
    NIGHTSHIFT_MARKERS: join(folder, 'markers'),
    ...ssm,
    ...environment,
  };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', runbook.script], { encoding: 'utf8', env });
  return { status, text: stdout + stderr };
}

beforeAll(async () => {
  port = await freePort();
  writeFileSync(
    restart,
    `#!/bin/bash\nredis-server --port ${port} --save '' --dir ${folder} --daemonize yes > /dev/null\n`,
  );
  chmodSync(restart, 0o700);
});
afterEach(async () => {
  const ended = redis === null || redis.exitCode !== null ? null : new Promise((done) => redis?.once('exit', done));
  cli('SHUTDOWN', 'NOSAVE');
  await ended;
  redis = null;
});
afterAll(() => rmSync(folder, { recursive: true }));

test('restart-redis brings a dead Redis back by the declared command', () => {
  expect(run('restart-redis', {}, { NIGHTSHIFT_RESTART_REDIS: restart })).toMatchObject({
    status: 0,
    text: expect.stringContaining('PING after: PONG'),
  });
  expect(cli('PING')).toBe('PONG');
});

test('restart-redis leaves a Redis that answers alone', async () => {
  await startRedis();
  const before = redis?.pid;
  expect(run('restart-redis', {}, { NIGHTSHIFT_RESTART_REDIS: restart })).toMatchObject({
    status: 1,
    text: expect.stringContaining('it is not down'),
  });
  expect(cli('INFO', 'server')).toContain(`process_id:${before}`);
});

test('restart-redis refuses a command that cannot be executed', () => {
  expect(run('restart-redis', {}, { NIGHTSHIFT_RESTART_REDIS: '/nonexistent' })).toMatchObject({
    status: 1,
    text: expect.stringContaining('cannot be executed'),
  });
});

test('flush-cache empties a cache', async () => {
  await startRedis('--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru');
  cli('SET', 'a', '1');
  expect(run('flush-cache', { confirm: 'flush-the-cache' })).toMatchObject({ status: 0 });
  expect(cli('DBSIZE')).toBe('0');
});

test.each([
  ['snapshots', ['--maxmemory-policy', 'allkeys-lru', '--save', '60 1'], 'snapshots are on'],
  ['an append-only file', ['--maxmemory-policy', 'allkeys-lru', '--appendonly', 'yes'], 'appendonly'],
  ['no eviction', [], 'a cache evicts'],
  ['a password that is not known', ['--requirepass', 'secret'], 'NOAUTH'],
])('flush-cache leaves a Redis with %s alone', async (_, settings, why) => {
  await startRedis(...settings);
  const auth = settings.includes('--requirepass') ? ['-a', 'secret', '--no-auth-warning'] : [];
  cli(...auth, 'SET', 'a', '1');
  expect(run('flush-cache', { confirm: 'flush-the-cache' })).toMatchObject({
    status: 1,
    text: expect.stringContaining(why),
  });
  expect(cli(...auth, 'DBSIZE')).toBe('1');
  cli(...auth, 'SHUTDOWN', 'NOSAVE');
});

test('set-maxmemory sets both, and refuses less than is used and what would delete stored keys', async () => {
  await startRedis();
  expect(run('set-maxmemory', { maxmemory: '64', policy: 'allkeys-lru' })).toMatchObject({ status: 0 });
  expect(cli('CONFIG', 'GET', 'maxmemory')).toContain(String(64 * 1024 * 1024));
  expect(cli('CONFIG', 'GET', 'maxmemory-policy')).toContain('allkeys-lru');
  cli('SETRANGE', 'a', '2000000', 'x');
  expect(run('set-maxmemory', { maxmemory: '1' })).toMatchObject({
    status: 1,
    text: expect.stringContaining('less than what is used'),
  });
  cli('CONFIG', 'SET', 'save', '60 1');
  expect(run('set-maxmemory', { policy: 'allkeys-lfu' })).toMatchObject({
    status: 1,
    text: expect.stringContaining('would delete what is kept'),
  });
  expect(cli('CONFIG', 'GET', 'maxmemory-policy')).toContain('allkeys-lru');
});
