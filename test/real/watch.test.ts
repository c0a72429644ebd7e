import { spawnSync } from 'node:child_process';
import { afterEach, expect, test } from '@jest/globals';
import { Stack } from './stack.ts';

let stack: Stack | null = null;
afterEach(async () => {
  await stack?.stop();
  stack = null;
});

const MEGABYTE = 1_048_576;
/** So many samples are looked at before a series can alarm; here one a second. */
const WARM = 200;
const SECOND = 1_000;

function redis({ ports }: Stack, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('redis-cli', ['-p', String(ports.redis), ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`redis-cli ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** One more megabyte a second, until it is told to stop. */
function leak(real: Stack): () => void {
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    redis(real, 'SETRANGE', `leak-${count}`, String(MEGABYTE), 'x');
  }, SECOND);
  return () => clearInterval(timer);
}

test('memory that leaks is an anomaly well before it is an alert, and both are one incident', async () => {
  const real = await Stack.start({
    policies: 'policies: []\n',
    settings: {
      sweep: { every: SECOND, reconcileEvery: SECOND },
      correlation: { window: 600 * SECOND },
      // As fast as everything here: what the watch saw a second ago is to be seen.
      diagnosis: { past: 600 * SECOND, recent: 30 * SECOND, step: SECOND, maxSeries: 50, timeout: 5 * SECOND },
      watch: {
        packs: ['redis'],
        step: SECOND,
        delay: SECOND,
        past: 900 * SECOND,
        maxSeries: 100,
        shards: 1,
        maxFalseAlarmsPerWeek: 1,
        tell: 'all',
        timeZone: 'UTC',
        together: 60 * SECOND,
        indicators: {},
        own: [
          {
            id: 'held-bytes',
            title: 'What Redis holds',
            // Of a host and of no service: an incident of its own.
            expr: 'sum by (cluster, host) (redis_memory_used_bytes)',
            unit: 'B',
            direction: 'high',
            maxFalseAlarmsPerWeek: 1,
            tell: 'all',
          },
          {
            id: 'clients',
            title: 'Clients',
            // Two series that differ in nothing but their names.
            expr: '{__name__=~"redis_connected_clients|redis_blocked_clients"}',
            unit: '',
            direction: 'high',
            maxFalseAlarmsPerWeek: 1,
            tell: 'all',
          },
        ],
      },
    },
  });
  stack = real;
  redis(real, 'config', 'set', 'maxmemory', '64mb');
  // Waited for as Prometheus counts it: how long it has known the series.
  await real.untilQuery(`count_over_time(redis_memory_used_bytes[10m])`, (count) => count > WARM + 20, 300 * SECOND);
  const began = Date.now();
  const stop = leak(real);
  try {
    const first = await real.incident(
      'Anomaly',
      ({ episodes }) => episodes.some(({ labels }) => /memory/.test(labels.watch ?? '')),
      60 * SECOND,
    );
    const heard = first.episodes.find(({ labels }) => /memory/.test(labels.watch ?? ''));
    expect((heard?.startsAt ?? 0) - began).toBeLessThan(60 * SECOND);
    expect(first.episodes.map(({ alertname }) => alertname)).not.toContain('RedisMemoryHigh');
    const both = await real.incident(
      'Anomaly',
      ({ episodes }) => episodes.some(({ alertname }) => alertname === 'RedisMemoryHigh'),
      120 * SECOND,
    );
    expect(both.id).toBe(first.id);
    const alert = both.episodes.find(({ alertname }) => alertname === 'RedisMemoryHigh');
    expect((alert?.startsAt ?? 0) - (heard?.startsAt ?? 0)).toBeGreaterThan(10 * SECOND);
    // What leaks adds keys as well.
    expect(both.evidence?.ranked[0]?.title).toMatch(/[Mm]emory|ragmentation|Keys/);
    expect(await (await fetch(`${real.nightshift?.url}/incidents/${both.id}`)).text()).toContain('<svg');
    const own = await real.incident(
      'Anomaly',
      ({ firstSignal, evidence }) => firstSignal?.labels.watch === 'held-bytes' && evidence !== null,
      60 * SECOND,
    );
    expect(own.evidence?.ranked.find(({ indicator }) => indicator === 'held-bytes')).toMatchObject({
      title: 'What Redis holds',
      unit: 'B',
      movedAt: expect.any(Number),
    });
    const page = await fetch(`${real.nightshift?.url}/incidents/${own.id}`);
    expect(await page.text()).toMatch(/<title>What Redis holds: \d+ values/);
    const scores = await (await fetch(`${real.nightshift?.url}/metrics/watches`)).text();
    const lint = spawnSync('promtool', ['check', 'metrics'], { input: scores, encoding: 'utf8' });
    expect([lint.status, lint.stdout + lint.stderr]).toEqual([0, '']);
    const named = scores.split('\n').map((line) => line.replace(/ \S+$/, ''));
    expect(new Set(named).size).toBe(named.length);
    expect(scores).toMatch(/^nightshift_anomaly_alarm\{.*watch="redis-memory".*\} 1$/m);
  } finally {
    stop();
  }
}, 600_000);
