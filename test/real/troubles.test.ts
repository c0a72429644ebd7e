import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { Incident } from '../../lib/model/incident.ts';
import { autoRedis, Stack, type StackOptions } from './stack.ts';

let stack: Stack | null = null;
afterEach(async () => {
  await stack?.stop();
  stack = null;
});

async function started(options: Partial<StackOptions> = {}): Promise<Stack> {
  stack = await Stack.start({ policies: autoRedis(), ...options });
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
  const real = await started({ policies: autoRedis({ percent: 50 }) });
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
