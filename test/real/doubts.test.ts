import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Incident } from '../../lib/model/incident.ts';
import { until } from './processes.ts';
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

const executionsOf = ({ plans }: Incident) => plans.flatMap(({ executions }) => executions);

/** The restart says that it has begun and goes on when it is told to: what is done between is done during the command. */
const waiting: StackOptions['restart'] = (port, folder) => [
  '/bin/sh',
  '-c',
  `touch ${folder}/begun; while [ ! -e ${folder}/go ]; do sleep 0.1; done; ` +
    `exec redis-server --port ${port} --bind 127.0.0.1 --dir ${folder} --save '' --daemonize yes`,
];

/** A reload is taken up by the targets some seconds after it was answered. */
async function isScrapedEvery({ ports }: Stack, interval: string): Promise<true | null> {
  const answer = await fetch(`http://127.0.0.1:${ports.prometheus}/api/v1/targets?state=active`);
  const { data } = (await answer.json()) as {
    data: { activeTargets: { scrapePool: string; scrapeInterval: string }[] };
  };
  const own = data.activeTargets.filter(({ scrapePool }) => scrapePool === 'redis');
  return own.length > 0 && own.every(({ scrapeInterval }) => scrapeInterval === interval) ? true : null;
}

describe('without a fresh answer nothing is proven, and a person is told', () => {
  const trouble = async (disturb: (real: Stack) => Promise<unknown>): Promise<Incident> => {
    const real = await started({ restart: waiting, policies: autoRedis({ within: 6 }) });
    await real.killRedis();
    await until('the restart to begin', () => existsSync(join(real.folder, 'begun')) || null);
    await disturb(real);
    writeFileSync(join(real.folder, 'go'), '');
    return real.incident('RedisDown', ({ plans, paged }) => paged && plans.every(({ state }) => state !== 'verifying'));
  };
  const unproven = (seen: Incident) => {
    expect(seen.plans.map(({ state }) => state)).toEqual(['inconclusive']);
    expect(executionsOf(seen)).toMatchObject([{ state: 'succeeded', exitCode: 0 }]);
    return seen.plans[0]?.executions[0]?.verification?.reason;
  };

  test('Prometheus is gone', async () => {
    const seen = await trouble((real) => real.end('prometheus'));
    expect(unproven(seen)).toMatch(/could not be asked/);
  });

  test('Prometheus answers what is older than the cure', async () => {
    const seen = await trouble(async (real) => {
      const file = join(real.folder, 'tier', 'prometheus.yml');
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/scrape_interval: .*/g, 'scrape_interval: 10m'));
      const reloaded = await fetch(`http://127.0.0.1:${real.ports.prometheus}/-/reload`, { method: 'POST' });
      expect(reloaded.status).toBe(200);
      await until('the slower scrape', () => isScrapedEvery(real, '10m'));
    });
    expect(unproven(seen)).toMatch(/fewer than 2 samples since the cure \(newest \d/);
  });

  test('Prometheus has no such series any more', async () => {
    const seen = await trouble((real) => real.end('prometheus-redis-exporter'));
    expect(unproven(seen)).toMatch(/fewer than 2 samples since the cure|has disappeared/);
  });
});

test('what is mended and breaks again soon is a matter for a person, not for a loop of restarts', async () => {
  const real = await started({ settings: { closeAfter: 60_000 } });
  await real.killRedis();
  const first = await real.incident('RedisDown', ({ plans }) => plans[0]?.state === 'verified');
  await real.killRedis();
  const seen = await real.incident('RedisDown', ({ state }) => state === 'escalated');
  expect(seen.id).toBe(first.id);
  expect(seen.paged).toBe(true);
  const timeline = (await real.nightshift?.embedded.operations.timeline(seen.id)) ?? [];
  const reasons = timeline.map(({ event }) => (event.type === 'incident.escalated' ? event.reason : null));
  expect(reasons).toContain('it fired again after a verified cure');
  // As long as a restart took the first time, and nothing more runs.
  const again = real.incident('RedisDown', (one) => executionsOf(one).length > 1, 5_000);
  await expect(again).rejects.toThrow('in vain');
  expect(await real.query('redis_up')).toBe(0);
});
