import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { redisCache } from '../../lib/adapters/remote/redisCache.ts';
import { harness } from '../api/harness.ts';
import { cacheContract } from '../contract/cacheContract.ts';
import { freePorts, need, type Started, startProcess, until } from './processes.ts';

const PASSWORD = 'the-password-of-a-test';
let port = 0;
let redis: Started | null = null;

beforeAll(async () => {
  need('redis-server');
  [port = 0] = await freePorts(1);
  redis = start();
  await until('Redis', async () => {
    const cache = opened();
    const answer = await cache.get('x').catch(() => 'none');
    await cache.close();
    return answer === null ? true : null;
  });
});
afterAll(() => redis?.stop());

const start = () =>
  startProcess(
    'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--requirepass', PASSWORD, '--save', ''],
    '/dev/null',
  );
let count = 0;
const opened = (password: string | null = PASSWORD) =>
  redisCache({ url: `redis://127.0.0.1:${port}`, password, prefix: `test:${count++}:` });

cacheContract('a real Redis', async () => {
  const cache = opened();
  return { cache, pass: (ms) => pause(ms), dispose: () => cache.close() };
});

const SAMPLE = { headers: { 'content-type': 'application/json' }, body: { data_source: 'sample' } };
const PATH = '/api/anomalies/detect';

test('two instances ask once for the same question', async () => {
  const [one, other] = [
    redisCache({ url: `redis://127.0.0.1:${port}`, password: PASSWORD, prefix: 'shared:' }),
    redisCache({ url: `redis://127.0.0.1:${port}`, password: PASSWORD, prefix: 'shared:' }),
  ];
  const [first, second] = [harness({ cache: one }), harness({ cache: other })];
  const answers = [await first.call('POST', PATH, SAMPLE), await second.call('POST', PATH, SAMPLE)];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers[1]?.text).toBe(answers[0]?.text);
  expect([first.operations.detections.length, second.operations.detections.length]).toEqual([1, 0]);
  await Promise.all([one.close(), other.close()]);
});

test('a wrong password and a Redis that is gone cost an answer nothing but time, and are told', async () => {
  const warned: unknown[] = [];
  const log = { info: () => undefined, error: () => undefined, warn: (...said: unknown[]) => void warned.push(said) };
  const stranger = opened('wrong');
  expect((await harness({ cache: stranger, log }).call('POST', PATH, SAMPLE)).status).toBe(200);
  await stranger.close();
  expect(JSON.stringify(warned)).toContain('cache.unavailable');
  const cache = opened();
  await cache.set('a', 'one', 60_000);
  await redis?.stop('SIGKILL');
  const before = warned.length;
  expect((await harness({ cache, log }).call('POST', PATH, SAMPLE)).status).toBe(200);
  expect(warned.length).toBeGreaterThan(before);
  redis = start();
  await until('a connection again', async () => ((await cache.get('a').catch(() => 'none')) === null ? true : null));
  await cache.close();
});
