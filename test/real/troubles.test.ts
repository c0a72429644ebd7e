import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { Incident } from '../../lib/model/incident.ts';
import { until } from './processes.ts';
import { AUTO_REDIS, Stack, type StackOptions } from './stack.ts';

let stack: Stack | null = null;
const unmount: (() => void)[] = [];
afterEach(async () => {
  await stack?.stop();
  stack = null;
  for (const one of unmount.splice(0)) one();
});

async function started(options: Partial<StackOptions> = {}): Promise<Stack> {
  stack = await Stack.start({ policies: AUTO_REDIS, ...options });
  return stack;
}

const PERSON = { name: 'ada', via: 'cli' } as const;
const executionsOf = ({ plans }: Incident) => plans.flatMap(({ executions }) => executions);
test('a runbook that fails is told with its exit code and output, and is not tried again', async () => {
  const real = await started({ restart: () => ['/bin/sh', '-c', 'echo no such luck >&2; exit 3'] });
  await real.killRedis();
  const seen = await real.incident('RedisDown', ({ state }) => state === 'escalated');
  const [execution, ...others] = executionsOf(seen);
  expect(others).toEqual([]);
  expect(execution).toMatchObject({ state: 'failed', exitCode: 3 });
  expect(seen.paged).toBe(true);
  const output = await real.nightshift?.embedded.operations.blob(execution?.output ?? '');
  expect(new TextDecoder().decode(output)).toContain('no such luck');
});

test('in a maintenance window nothing is run, and the window is named as the reason', async () => {
  const real = await started();
  const now = Date.now();
  await real.nightshift?.embedded.operations.addWindow(
    {
      kind: 'maintenance',
      when: { from: now - 1_000, until: now + 600_000 },
      scope: { cluster: 'real', host: null, service: null },
      reason: 'disks are changed',
    },
    PERSON,
  );
  await real.killRedis();
  const seen = await real.incident('RedisDown', ({ decisions }) => decisions.length > 0);
  expect(seen.decisions[0]?.outcome).toBe('refuse');
  const refusals = seen.decisions[0]?.reasons.filter(({ verdict }) => verdict === 'refuse') ?? [];
  expect(refusals.map(({ text }) => text).join()).toContain('disks are changed');
  expect(executionsOf(seen)).toEqual([]);
  expect(await real.query('redis_up')).toBe(0);
});

test('with another host of the cluster down the blast radius is full, and nothing is run', async () => {
  const real = await started({ policies: AUTO_REDIS.replace('percent: 100', 'percent: 50') });
  const inventory = join(real.folder, 'inventory.yaml');
  const host = { cluster: 'real', services: ['redis'], restart: { redis: ['redis-server', ...real.redisArgs] } };
  writeFileSync(
    inventory,
    JSON.stringify({
      hosts: [
        { ...host, id: 'redis-host', addresses: ['127.0.0.1'] },
        { ...host, id: 'other-host', addresses: ['127.0.0.2'], state: 'offline' },
      ],
    }),
  );
  await real.killRedis();
  const seen = await real.incident('RedisDown', ({ decisions }) => decisions.length > 0);
  expect(seen.decisions[0]?.outcome).toBe('refuse');
  expect(seen.decisions[0]?.reasons.find(({ rule }) => rule === 'blast-radius')).toMatchObject({ verdict: 'refuse' });
  expect(executionsOf(seen)).toEqual([]);
  expect(await real.query('redis_up')).toBe(0);
});

const FREE_DISK = `policies:
  - name: free-scratch-space
    match: 'alertname="DiskSpaceRunningOut",mountpoint="DISK"'
    runbooks:
      - { name: free-disk-space, parameters: { path: { label: mountpoint }, olderThanDays: "7" } }
    targets: { from: alert-host }
    autonomy: auto
    preconditions:
      - { id: still-full, expr: '100 * node_filesystem_avail_bytes{$selector,mountpoint="DISK"} / node_filesystem_size_bytes{$selector,mountpoint="DISK"}', is: "< 15", why: There is space }
    verification: { expr: '100 * node_filesystem_avail_bytes{$selector,mountpoint="DISK"} / node_filesystem_size_bytes{$selector,mountpoint="DISK"}', is: ">= 15", stabilisation: 1s, within: 30s }
    guards: { cooldown: 1s, attempts: 1, blastRadius: { hosts: 1, percent: 100 }, recurrence: 1h }
`;

test('a disk that is nearly full is freed of what is old, proven, and what is new stays', async () => {
  const disk = mkdtempSync(join(tmpdir(), 'nightshift-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'none', disk]);
  if (mounted.status !== 0) throw new Error('a small disk cannot be mounted: this suite needs root and tmpfs');
  unmount.push(() => {
    spawnSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  const real = await started({ policies: FREE_DISK.replaceAll('DISK', disk), node: true });
  await until('the disk to be seen', async () =>
    (await real.query(`node_filesystem_size_bytes{mountpoint="${disk}"}`)) === null ? null : true,
  );
  const old = join(disk, 'old.bin');
  writeFileSync(old, new Uint8Array(29_000_000));
  const longAgo = Date.now() / 1000 - 30 * 86_400;
  utimesSync(old, longAgo, longAgo);
  writeFileSync(join(disk, 'new.bin'), new Uint8Array(1_000_000));
  // Another disk of this machine may be full as well and keep the incident open: the plan is about this one.
  const mended = await real.incident(
    'DiskSpaceRunningOut',
    ({ plans }) => plans.some(({ state }) => state === 'verified'),
    90_000,
  );
  expect(executionsOf(mended)[0]?.verification).toMatchObject({ result: 'verified' });
  expect(spawnSync('ls', [disk], { encoding: 'utf8' }).stdout.trim()).toBe('new.bin');
});
