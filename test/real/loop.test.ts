import { afterEach, describe, expect, test } from '@jest/globals';
import { autoRedis, Stack, type StackOptions } from './stack.ts';

const DYING =
  "redis-server --port PORT --bind 127.0.0.1 --dir FOLDER --save '' --daemonize yes && (sleep 2; redis-cli -p PORT shutdown nosave) >/dev/null 2>&1 </dev/null &";

let stack: Stack | null = null;
afterEach(async () => {
  await stack?.stop();
  stack = null;
});

async function started(options: Partial<StackOptions> = {}): Promise<Stack> {
  stack = await Stack.start({ policies: autoRedis(), ...options });
  return stack;
}

describe('a real Redis, Prometheus and Alertmanager', () => {
  test('a killed Redis is noticed, mended, proven well, and the incident closes with its whole record', async () => {
    const real = await started();
    await real.killRedis();
    const closed = await real.incident('RedisDown', ({ state }) => state === 'closed');
    const [plan] = closed.plans;
    expect(plan?.state).toBe('verified');
    expect(plan?.executions).toHaveLength(1);
    expect(plan?.executions[0]?.verification).toMatchObject({ result: 'verified', before: 0, after: 1 });
    expect(closed.paged).toBe(false);
    expect(closed.evidence?.ranked.map(({ indicator }) => indicator)).toContain('redis-up');
    expect(await real.query('redis_up')).toBe(1);
    const audit = await real.nightshift?.embedded.operations.auditVerify();
    expect(audit?.problems).toEqual([]);
  });

  test('the shipped policy decides in shadow: it says what it would have done, and nothing is sent', async () => {
    const real = await started({ policies: 'policies: []\n' });
    await real.killRedis();
    const seen = await real.incident('RedisDown', ({ plans }) => plans.length > 0);
    expect(seen.plans[0]).toMatchObject({ state: 'shadowed', runbook: 'restart-redis', executions: [] });
    expect(seen.paged).toBe(true);
    expect(await real.query('redis_up')).toBe(0);
  });

  test('a cure that does not cure is failed, escalated and demoted, and is not tried again', async () => {
    const real = await started({
      policies: autoRedis({ stabilisation: 4, within: 6 }),
      // Redis comes up, answers the runbook's own check, and dies again: only the metric tells the truth.
      restart: (port, folder) => ['/bin/sh', '-c', DYING.replaceAll('PORT', String(port)).replaceAll('FOLDER', folder)],
    });
    await real.killRedis();
    const seen = await real.incident('RedisDown', ({ state }) => state === 'escalated');
    expect(seen.plans[0]?.state).toBe('failed');
    expect(seen.plans[0]?.executions[0]).toMatchObject({
      state: 'succeeded',
      verification: { result: 'failed', after: 0 },
    });
    expect(await real.nightshift?.embedded.operations.demotions()).toHaveLength(1);
    expect(seen.paged).toBe(true);
    expect(seen.plans.flatMap(({ executions }) => executions)).toHaveLength(1);
  });

  test('a webhook that is lost on the way is healed by reconciliation', async () => {
    const real = await started();
    await real.nightshift?.stop();
    await real.killRedis();
    await new Promise((done) => setTimeout(done, 8_000));
    await real.startNightshift();
    const closed = await real.incident('RedisDown', ({ state }) => state === 'closed');
    expect(closed.plans[0]?.state).toBe('verified');
  });

  test('two Alertmanagers that send everything twice make one incident and one execution', async () => {
    const real = await started({ alertmanagers: 2 });
    await real.killRedis();
    await real.incident('RedisDown', ({ state }) => state === 'closed');
    const all = await real.incidents();
    expect(all.filter(({ subject }) => subject.alertname === 'RedisDown')).toHaveLength(1);
    expect(all.flatMap(({ plans }) => plans.flatMap(({ executions }) => executions))).toHaveLength(1);
  });
});
