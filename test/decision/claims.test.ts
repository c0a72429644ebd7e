import { describe, expect, test } from '@jest/globals';
import { allowedHosts } from '../../lib/decision/blastRadius.ts';
import {
  type ClaimInput,
  claimKeys,
  claimsFor,
  keepFor,
  LEASE_MARGIN,
  releaseFor,
  SILENCE,
} from '../../lib/decision/claims.ts';
import { known } from '../../lib/decision/facts.ts';
import { GUARDS } from '../../lib/decision/guards.ts';
import { budgetKey, demotionKey } from '../../lib/decision/keys.ts';
import fc from '../setup/fastCheck.ts';
import { context, DAY_START, facts, GUARD_SPEC, HOSTS, HOUR, MINUTE, NOW, policy, TARGET } from './fixtures.ts';

const input = (change: Partial<ClaimInput> = {}): ClaimInput => ({
  policy: policy(),
  blastRadius: GUARD_SPEC.blastRadius,
  target: TARGET,
  planTargets: [TARGET],
  executionId: 'exe_1',
  now: NOW,
  delivery: 30_000,
  timeoutSeconds: 60,
  hosts: HOSTS,
  downHosts: [],
  ...change,
});

test('lease, slot, every budget and the cooldown, each with its own end', () => {
  const until = NOW + 30_000 + 60_000 + LEASE_MARGIN;
  expect(claimsFor(input())).toEqual([
    { key: 'lease/host/i-1', holder: 'exe_1', limit: 1, until },
    { key: 'slot/cluster/prod', holder: 'exe_1', limit: 2, until },
    { key: 'budget/host/i-1/hour/2025-06-02T10:00:00Z', holder: 'exe_1', limit: 3, until: DAY_START + 11 * HOUR },
    { key: 'budget/all/all/day/2025-06-02T00:00:00Z', holder: 'exe_1', limit: 20, until: DAY_START + 24 * HOUR },
    { key: 'cooldown/redis-down/i-1', holder: 'exe_1', limit: 1, until: NOW + 10 * MINUTE },
  ]);
});

test('the guards read the keys that an execution takes', () => {
  const taken = claimsFor(input()).map(({ key }) => key);
  expect(claimKeys(policy(), TARGET, NOW).toSorted()).toEqual(taken.toSorted());
  expect(claimKeys(null, TARGET, NOW)).toEqual(claimsFor(input({ policy: null })).map(({ key }) => key));
});

test('what is down leaves fewer places; the target itself does not count against itself', () => {
  const limit = (downHosts: string[]) => claimsFor(input({ downHosts }))[1]?.limit;
  expect([limit(['i-1']), limit(['i-9']), limit(['i-9', 'i-8', 'i-7']), limit(['elsewhere'])]).toEqual([2, 1, 0, 2]);
});

test('the stricter of two rules on one budget holds, and no cooldown takes no claim', () => {
  const budget = [5, 2, 4].map((max) => ({ scope: 'cluster', per: 'hour', max }) as const);
  const claims = claimsFor(input({ policy: policy({ guards: { ...GUARD_SPEC, budget, cooldown: 0 } }) }));
  expect(claims.slice(2)).toMatchObject([{ key: 'budget/cluster/prod/hour/2025-06-02T10:00:00Z', limit: 2 }]);
});

test('the end gives lease and place back; what may still run, and unknown, keep them', () => {
  const keys = releaseFor(TARGET, 'exe_1', 'succeeded').map(({ key }) => key);
  expect(keys).toEqual(['lease/host/i-1', 'slot/cluster/prod']);
  for (const state of ['intent', 'sending', 'sent', 'unknown'] as const)
    expect(releaseFor(TARGET, 'exe_1', state)).toEqual([]);
  expect(keepFor(TARGET, 'exe_1', NOW + HOUR).map(({ key, until }) => [key, until])).toEqual(
    keys.map((key) => [key, NOW + HOUR]),
  );
});

test('a name with a slash is no second name', () => {
  expect(demotionKey('a', 'b/c')).not.toBe(demotionKey('a/b', 'c'));
  expect(demotionKey('redis-down', 'prod')).toBe('demotion/redis-down/prod');
});

describe('budgets count fixed UTC hours and days', () => {
  const rule = { scope: 'host', per: 'hour', max: 2 } as const;
  const spentAt = (at: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      key: budgetKey(rule, TARGET, at),
      holder: `exe_${index}`,
      until: DAY_START + 11 * HOUR,
    }));
  const verdict = (now: number, spent: ReturnType<typeof spentAt>) =>
    GUARDS.budget(context({ budget: [rule], facts: facts({ now, claims: known(spent) }) })).verdict;

  test('the last millisecond of an hour is spent, the next hour is new', () => {
    const spent = spentAt(NOW, 2);
    expect(verdict(DAY_START + 11 * HOUR - 1, spent)).toBe('refuse');
    expect(verdict(DAY_START + 11 * HOUR, spent)).toBe('pass');
  });
  test('exactly max, not one more', () => {
    expect([0, 1, 2].map((count) => verdict(NOW, spentAt(NOW, count)))).toEqual(['pass', 'pass', 'refuse']);
  });
  test('several hosts of one plan draw on a shared budget together', () => {
    const targets = known([TARGET, { ...TARGET, hostId: 'i-2' }, { ...TARGET, hostId: 'i-3' }]);
    const shared = { ...rule, scope: 'cluster' } as const;
    expect(GUARDS.budget(context({ targets, budget: [shared] })).verdict).toBe('refuse');
    expect(GUARDS.budget(context({ targets, budget: [rule] })).verdict).toBe('pass');
  });
  test('any two times share a key exactly when they share the hour', () => {
    const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
    fc.assert(
      fc.property(time, fc.integer({ min: 0, max: 2 * HOUR }), (at, later) => {
        const same = Math.floor(at / HOUR) === Math.floor((at + later) / HOUR);
        return (budgetKey(rule, TARGET, at) === budgetKey(rule, TARGET, at + later)) === same;
      }),
    );
  });
});

describe('blast radius: min(hosts, max(1, floor(percent of hosts)))', () => {
  test.each([
    [10, 20, 100, 2],
    [10, 29, 100, 2],
    [100, 29, 100, 29],
    [1, 10, 5, 1],
    [3, 34, 5, 1],
    [4, 50, 1, 1],
    [10, 100, 0, 0],
  ])('%i hosts at %i %%, at most %i: %i', (hosts, percent, max, allowed) => {
    expect(allowedHosts({ hosts: max, percent }, hosts)).toBe(allowed);
  });
});

test('the host is kept until its silence is told, and longer', () => {
  expect(LEASE_MARGIN).toBeGreaterThan(SILENCE + 60_000);
});
