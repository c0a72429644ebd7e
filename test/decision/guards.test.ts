import { describe, expect, test } from '@jest/globals';
import type { GuardContext } from '../../lib/decision/context.ts';
import { type GuardFacts, known, unknown } from '../../lib/decision/facts.ts';
import { askAll, GUARD_NAMES, GUARDS, type GuardName } from '../../lib/decision/guards.ts';
import { cooldownKey, leaseKey, slotKey } from '../../lib/decision/keys.ts';
import type { WindowRecord } from '../../lib/model/incident.ts';
import {
  context,
  execution,
  facts,
  GUARD_SPEC,
  HOSTS,
  HOUR,
  incident,
  MINUTE,
  NOW,
  planView,
  policy,
  runbook,
  SUBJECT,
  TARGET,
  windowRecord,
} from './fixtures.ts';

const ask = (name: GuardName, change: Partial<GuardContext> = {}) => GUARDS[name](context(change));
const withFacts = (change: Partial<GuardFacts>) => ({ facts: facts(change) });
const windows = (...value: WindowRecord[]) => withFacts({ windows: known({ key: 'windows', version: 1, value }) });
const claim = (key: string, until = NOW + HOUR, holder = 'exe_other') =>
  withFacts({ claims: known([{ key, holder, until }]) });
const stopUntil = (until: number) =>
  withFacts({ stop: known({ key: 'stop', version: 1, value: { until, reason: 'storm', by: 'ops' } }) });
const executed = (change: Parameters<typeof execution>[0]) =>
  withFacts({ incident: incident({ plans: [planView({ executions: [execution(change)] })] }) });
const ANSWER = { id: 'quorum', text: '' } as const;
const reads = { runbook: known(runbook({ effect: 'read' })) };
const AWAY = 'host i-1 is not this machine: this Nightshift acts only on a host named ops-1';
const reach = (...answers: [string, string | null][]) => withFacts({ reach: known(new Map(answers)) });
const WEEKLY = { days: [1], at: '12:00', zone: 'Europe/Berlin', lasts: HOUR };
const person = { policy: null, manual: { name: 'ops', via: 'cli' } } as const;

test('everything allowed: every guard is asked and none refuses', () => {
  const reasons = askAll(context());
  expect(reasons.map(({ rule }) => rule)).toEqual(GUARD_NAMES);
  expect(reasons.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
});

const cases: readonly [GuardName, string, Partial<GuardContext>, 'pass' | 'refuse' | 'hold'][] = [
  ['runbook', 'missing', { runbook: unknown('gone') }, 'refuse'],
  ['targets', 'unknown', { targets: unknown('ambiguous') }, 'refuse'],
  ['targets', 'none', { targets: known([]) }, 'refuse'],
  ['targets', 'not reached', reach(['i-1', AWAY]), 'refuse'],
  ['targets', 'not asked whether it is reached', reach(['i-2', null]), 'refuse'],
  ['targets', 'not reached by a person', { ...person, ...reach(['i-1', AWAY]) }, 'refuse'],
  ['parameters', 'outside the pattern', { parameters: unknown('bad') }, 'refuse'],
  ['autonomy', 'approve', { policy: policy({ autonomy: 'approve' }) }, 'hold'],
  ['autonomy', 'of this cluster', { policy: policy({ autonomyByCluster: { prod: 'shadow' } }) }, 'hold'],
  ['autonomy', 'of another cluster', { policy: policy({ autonomyByCluster: { dev: 'shadow' } }) }, 'pass'],
  ['autonomy', 'of nobody', { policy: null }, 'refuse'],
  ['autonomy', 'of a person', person, 'pass'],
  ['severity', 'unknown', { subject: { ...SUBJECT, severity: 'unknown' } }, 'refuse'],
  ['response-level', '3 and change', { subject: { ...SUBJECT, responseLevel: 3 } }, 'refuse'],
  ['response-level', '3 and read', { subject: { ...SUBJECT, responseLevel: 3 }, ...reads }, 'pass'],
  ['response-level', '2 and change', { subject: { ...SUBJECT, responseLevel: 2 } }, 'pass'],
  ['response-level', 'effect unknown', { runbook: unknown('gone') }, 'refuse'],
  ['stop', 'active', stopUntil(NOW + 1), 'refuse'],
  ['stop', 'expired this very moment', stopUntil(NOW), 'pass'],
  ['maintenance', 'everywhere', windows(windowRecord()), 'refuse'],
  ['maintenance', 'over', windows(windowRecord({ when: { from: NOW - HOUR, until: NOW } })), 'pass'],
  [
    'maintenance',
    'by host name',
    windows(windowRecord({ scope: { cluster: null, host: 'web-1', service: null } })),
    'refuse',
  ],
  [
    'maintenance',
    'by host id',
    windows(windowRecord({ scope: { cluster: null, host: 'i-1', service: null } })),
    'refuse',
  ],
  [
    'maintenance',
    'other host',
    windows(windowRecord({ scope: { cluster: null, host: 'web-2', service: null } })),
    'pass',
  ],
  [
    'maintenance',
    'of its service',
    windows(windowRecord({ scope: { cluster: 'prod', host: null, service: 'redis' } })),
    'refuse',
  ],
  [
    'maintenance',
    'of another service',
    windows(windowRecord({ scope: { cluster: null, host: null, service: 'kafka' } })),
    'pass',
  ],
  [
    'maintenance',
    'of a service on a host that is meant as a whole',
    {
      ...windows(windowRecord({ scope: { cluster: null, host: null, service: 'redis' } })),
      subject: { ...SUBJECT, service: null },
    },
    'refuse',
  ],
  ['maintenance', 'only a freeze', windows(windowRecord({ kind: 'freeze' })), 'pass'],
  ['maintenance', 'in its zone (12:30 in Berlin)', windows(windowRecord({ when: WEEKLY })), 'refuse'],
  ['maintenance', 'in another zone', windows(windowRecord({ when: { ...WEEKLY, zone: 'UTC' } })), 'pass'],
  ['freeze', 'active', windows(windowRecord({ kind: 'freeze' })), 'refuse'],
  ['freeze', 'active and it reads', { ...windows(windowRecord({ kind: 'freeze' })), ...reads }, 'pass'],
  ['freeze', 'only maintenance', windows(windowRecord()), 'pass'],
  ['cooldown', 'warm', claim(cooldownKey('redis-down', 'i-1')), 'refuse'],
  ['cooldown', 'expired', claim(cooldownKey('redis-down', 'i-1'), NOW), 'pass'],
  ['cooldown', 'another host', claim(cooldownKey('redis-down', 'i-2')), 'pass'],
  ['cooldown', 'another policy', claim(cooldownKey('disk', 'i-1')), 'pass'],
  [
    'cooldown',
    'its own',
    { ...claim(cooldownKey('redis-down', 'i-1'), NOW + 1, 'exe_1'), own: { planId: 'plan_1', executionId: 'exe_1' } },
    'pass',
  ],
  ['cooldown', 'run by a person', { ...person, ...claim(cooldownKey('redis-down', 'i-1')) }, 'pass'],
  ['lease', 'taken', claim(leaseKey('i-1')), 'refuse'],
  ['lease', 'of another host', claim(leaseKey('i-2')), 'pass'],
  ['lease', 'expired', claim(leaseKey('i-1'), NOW), 'pass'],
  ['attempts', 'one done', executed({}), 'refuse'],
  ['attempts', 'one on another host', executed({ target: { ...TARGET, hostId: 'i-2' } }), 'pass'],
  ['attempts', 'one refused before sending', executed({ state: 'refused', commandId: null }), 'pass'],
  ['attempts', 'one cancelled while it ran', executed({ state: 'cancelled' }), 'refuse'],
  ['attempts', 'one unknown', executed({ state: 'unknown', commandId: null }), 'refuse'],
  ['attempts', 'two allowed', { ...executed({}), policy: policy({ guards: { ...GUARD_SPEC, attempts: 2 } }) }, 'pass'],
  ['recurrence', 'recorded', withFacts({ recentVerified: known(NOW - 6 * HOUR + 1) }), 'refuse'],
  ['recurrence', 'long ago', withFacts({ recentVerified: known(NOW - 6 * HOUR) }), 'pass'],
  [
    'recurrence',
    'in this incident',
    withFacts({ incident: incident({ plans: [planView({ state: 'verified' })] }) }),
    'refuse',
  ],
  ['recurrence', 'run by a person', { ...person, ...withFacts({ recentVerified: known(NOW) }) }, 'pass'],
  ['running-plan', 'ended', withFacts({ incident: incident({ plans: [planView()] }) }), 'pass'],
  [
    'running-plan',
    'verifying',
    withFacts({ incident: incident({ plans: [planView({ state: 'verifying' })] }) }),
    'refuse',
  ],
  [
    'running-plan',
    'awaiting approval',
    withFacts({ incident: incident({ plans: [planView({ state: 'awaiting-approval' })] }) }),
    'refuse',
  ],
  [
    'running-plan',
    'on other hosts',
    withFacts({
      incident: incident({ plans: [planView({ state: 'running', targets: [{ ...TARGET, hostId: 'i-2' }] })] }),
    }),
    'pass',
  ],
  ['parent', 'open', withFacts({ parentOpen: known(true) }), 'refuse'],
  ['preconditions', 'fails', withFacts({ preconditions: known([{ ...ANSWER, result: 'fails' }]) }), 'refuse'],
  ['preconditions', 'no data', withFacts({ preconditions: known([{ ...ANSWER, result: 'no-data' }]) }), 'refuse'],
  ['preconditions', 'error', withFacts({ preconditions: known([{ ...ANSWER, result: 'error' }]) }), 'refuse'],
  ['preconditions', 'not asked', withFacts({ preconditions: known([]) }), 'refuse'],
  [
    'preconditions',
    'two answers that differ',
    withFacts({
      preconditions: known([
        { ...ANSWER, result: 'holds' },
        { ...ANSWER, result: 'fails' },
      ]),
    }),
    'refuse',
  ],
  [
    'preconditions',
    'none wanted',
    { policy: policy({ preconditions: [] }), ...withFacts({ preconditions: known([]) }) },
    'pass',
  ],
  ['verification', 'absent', { verification: null }, 'refuse'],
  ['verification', 'blank', { verification: { ...policy().verification, expr: ' ' } }, 'refuse'],
  ['verification', 'absent and run by a person', { ...person, verification: null }, 'pass'],
  ['dry-run', 'yes', { dryRun: true }, 'hold'],
];

test.each(cases)('%s: %s', (name, _what, change, verdict) => {
  const reason = ask(name, change);
  expect(reason).toMatchObject({ rule: name, verdict });
  expect(reason.text).not.toBe('');
});

const reads_of: readonly [keyof GuardFacts, readonly GuardName[]][] = [
  ['stop', ['stop']],
  ['windows', ['maintenance', 'freeze']],
  ['demotion', ['autonomy']],
  ['hosts', ['targets', 'blast-radius']],
  ['reach', ['targets']],
  ['claims', ['cooldown', 'lease', 'budget', 'blast-radius']],
  ['parentOpen', ['parent']],
  ['downHosts', ['blast-radius']],
  ['preconditions', ['preconditions']],
  ['recentVerified', ['recurrence']],
];

describe('a guard whose fact is not known refuses', () => {
  test.each(reads_of)('%s', (fact, names) => {
    const reasons = askAll(context({ facts: { ...facts(), [fact]: unknown('the ledger does not answer') } }));
    const refused = reasons.filter(({ verdict }) => verdict === 'refuse');
    expect(refused.map(({ rule }) => rule).toSorted()).toEqual([...names].toSorted());
    for (const { text } of refused) expect(text).toContain('the ledger does not answer');
  });

  test('no targets: nothing that depends on them passes', () => {
    const none = unknown('ambiguous');
    const passed = askAll(context({ targets: none, planTargets: none })).filter(({ verdict }) => verdict === 'pass');
    const names = passed.map(({ rule }) => rule);
    for (const rule of ['targets', 'maintenance', 'freeze', 'lease', 'cooldown', 'budget', 'blast-radius', 'attempts'])
      expect(names).not.toContain(rule);
  });

  test('a guard that breaks refuses', () => {
    const damaged = windowRecord({ when: { days: [1], at: '12:00', zone: 'Mars/Olympus', lasts: MINUTE } });
    const reasons = askAll(context(windows(damaged)));
    expect(reasons.find(({ rule }) => rule === 'maintenance')).toMatchObject({ verdict: 'refuse' });
  });

  test('the demotion of another policy is none of this one', () => {
    const other = known({ key: 'demotion/other/prod', version: 0, value: null });
    expect(ask('autonomy', withFacts({ demotion: other }))).toMatchObject({ verdict: 'refuse' });
  });
});

describe('blast radius', () => {
  const many = (count: number) =>
    HOSTS.slice(0, count).map(({ id, name, cluster }) => ({ hostId: id, hostName: name, cluster }));
  const over = (count: number, change: Partial<GuardFacts> = {}) =>
    ask('blast-radius', { targets: known(many(count)), planTargets: known(many(count)), ...withFacts(change) }).verdict;

  test('20 % of ten hosts are two', () => {
    expect([over(1), over(2), over(3)]).toEqual(['pass', 'pass', 'refuse']);
  });
  test('hosts that are down count, a target that is down counts once, other clusters do not', () => {
    expect(over(1, { downHosts: known(['i-9']) })).toBe('pass');
    expect(over(1, { downHosts: known(['i-9', 'i-8']) })).toBe('refuse');
    expect(over(2, { downHosts: known(['i-1', 'i-2', 'elsewhere']) })).toBe('pass');
  });
  test('hosts that others work on count', () => {
    const claims = known([{ key: slotKey('prod'), holder: 'exe_other', until: NOW + 1 }]);
    expect([over(1, { claims }), over(2, { claims })]).toEqual(['pass', 'refuse']);
  });
});
