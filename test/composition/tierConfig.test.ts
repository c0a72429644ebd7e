import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type TierOptions, tierConfig } from '../../lib/composition/tierConfig.ts';
import { PACKS } from '../packs/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'nightshift-tier-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OPTIONS: Omit<TierOptions, 'speed' | 'outFolder'> = {
  prometheusPort: 19090,
  alertmanagerPorts: [19093],
  nightshiftUrl: 'http://127.0.0.1:9099/',
  token: 'the-intake-token',
  targets: [{ job: 'redis', address: '127.0.0.1:9121', host: 'h1', cluster: 'c1', instanceId: 'i-1' }],
  packsFolder: PACKS,
};
const read = (file: string) => parse(readFileSync(file, 'utf8')) as unknown;

const TIMES = new Set([
  'for',
  'interval',
  'scrape_interval',
  'scrape_timeout',
  'evaluation_interval',
  'group_wait',
  'group_interval',
  'repeat_interval',
]);
/** The same value without any length of time, and without the folder it was written to. */
function timeless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(timeless);
  if (typeof value === 'string') return value.replace(/\/(shipped|fast)\//, '/');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, TIMES.has(key) ? 'a time' : timeless(one)]),
  );
}
const durations = (value: unknown, key: string): string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => (name === key ? [String(one)] : durations(one, key)));
};

test('fast differs from shipped in intervals and `for` alone', async () => {
  const shipped = await tierConfig({ ...OPTIONS, speed: 'shipped', outFolder: join(folder, 'shipped') });
  const fast = await tierConfig({ ...OPTIONS, speed: 'fast', outFolder: join(folder, 'fast') });
  const files = (one: typeof shipped) => [one.prometheus, one.alertmanager, ...one.rules];
  for (const [index, file] of files(fast).entries()) {
    const other = files(shipped)[index] ?? '';
    expect(timeless(read(file))).toEqual(timeless(read(other)));
    expect(read(file)).not.toEqual(read(other));
  }
  expect(fast.rules.flatMap((file) => durations(read(file), 'for'))).toContain('2s');
  expect(durations(read(fast.prometheus), 'scrape_interval')).toEqual(['1s', '1s']);
  expect(durations(read(fast.alertmanager), 'repeat_interval')).toEqual(['12h', '5s']);
  expect(durations(read(shipped.alertmanager), 'group_wait')).toEqual(['10s', '0s']);
});

test('shipped rules are the rules of the packs', async () => {
  const { rules } = await tierConfig({ ...OPTIONS, speed: 'shipped', outFolder: join(folder, 'rules') });
  const redis = rules.find((file) => file.endsWith('redis.yaml')) ?? '';
  expect(read(redis)).toEqual(read(join(PACKS, 'redis', 'rules.yaml')));
});

test('targets carry the labels by which everything is found; jobs without a target are left out', async () => {
  const { prometheus } = await tierConfig({
    ...OPTIONS,
    speed: 'shipped',
    outFolder: join(folder, 'targets'),
    replica: 'b',
  });
  const config = read(prometheus) as { scrape_configs: { job_name: string }[]; global: unknown; alerting: unknown };
  expect(config.scrape_configs.map((job) => job.job_name)).toEqual(['prometheus', 'alertmanager', 'redis']);
  expect(config.scrape_configs[2]).toEqual({
    job_name: 'redis',
    scrape_interval: '15s',
    static_configs: [
      { targets: ['127.0.0.1:9121'], labels: { host: 'h1', service: 'redis', cluster: 'c1', instance_id: 'i-1' } },
    ],
  });
  expect(config.global).toMatchObject({ external_labels: { replica: 'b' } });
  expect(config.alerting).toMatchObject({ alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:19093'] }] }] });
});

test('the backstop stays in the text, as a comment', async () => {
  const { alertmanager } = await tierConfig({ ...OPTIONS, speed: 'shipped', outFolder: join(folder, 'backstop') });
  const text = readFileSync(alertmanager, 'utf8');
  expect(text).toMatch(/# *- receiver: pager-backstop/);
  expect(text).toMatch(/# *group_wait: 20m/);
});

test('a target of a job that no pack has is refused with its place', async () => {
  const targets = [...(OPTIONS.targets as []), { job: 'rediss', address: 'x:1', host: 'h1', cluster: 'c1' }];
  const wrong = tierConfig({ ...OPTIONS, targets, speed: 'fast', outFolder: join(folder, 'wrong') });
  await expect(wrong).rejects.toMatchObject({
    code: 'tier.target',
    field: 'targets[1].job',
    expected: expect.stringContaining('redis'),
  });
});
