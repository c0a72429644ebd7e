import { describe, expect, test } from '@jest/globals';
import { decide } from '../../lib/decision/decide.ts';
import { type GuardFacts, known, unknown } from '../../lib/decision/facts.ts';
import { leaseKey } from '../../lib/decision/keys.ts';
import { decideManual, type ManualInput } from '../../lib/decision/manual.ts';
import { conditionsFor, type RecheckInput, recheckAtSending } from '../../lib/decision/recheck.ts';
import type { PlanView } from '../../lib/model/incident.ts';
import {
  bundle,
  decideInput,
  execution,
  facts,
  HOSTS,
  HOUR,
  host,
  incident,
  NOW,
  planView,
  policy,
  runbook,
  SUBJECT,
  sha256,
  TARGET,
  windowRecord,
} from './fixtures.ts';

const made = (autonomy: 'auto' | 'approve' = 'auto'): PlanView => {
  const { plan } = decide(decideInput({ bundle: bundle([policy({ autonomy })]) }));
  if (plan === null) throw new Error('the fixture decides a plan');
  return { ...planView({ state: 'dispatching', executions: [] }), ...plan };
};
const PLAN = made();
const LEASE = { key: leaseKey('i-1'), holder: 'exe_1', until: NOW + 1 };
const STOP = known({ key: 'stop', version: 4, value: { until: NOW + HOUR, reason: '', by: 'ops' } });

const input = (change: Partial<RecheckInput> = {}, world: Partial<GuardFacts> = {}): RecheckInput => ({
  facts: facts({ claims: known([LEASE]), incident: incident({ plans: [change.plan ?? PLAN] }), ...world }),
  bundle: bundle(),
  plan: PLAN,
  target: TARGET,
  executionId: 'exe_1',
  moment: 'sending',
  approval: null,
  by: { name: 'nightshift', via: 'system' },
  sha256,
  ...change,
});
/** The rules that refuse. */
const against = (change: Partial<RecheckInput> = {}, world: Partial<GuardFacts> = {}) => {
  const { reasons, ok } = recheckAtSending(input(change, world));
  const rules = reasons.filter(({ verdict }) => verdict !== 'pass').map(({ rule }) => rule);
  expect(ok).toBe(rules.length === 0);
  return rules;
};

describe('at the moment of sending', () => {
  test('nothing changed: ok', () => expect(against()).toEqual([]));
  test('at the intent the lease must be free, with the command in hand it must be held', () => {
    expect(against({ moment: 'intent' }, { claims: known([]) })).toEqual([]);
    expect(against({ moment: 'sending' }, { claims: known([]) })).toEqual(['lease']);
    expect(against({}, { claims: known([{ ...LEASE, until: NOW }]) })).toEqual(['lease']);
    expect(against({ moment: 'intent' }, { claims: known([{ ...LEASE, holder: 'exe_2' }]) })).toEqual(['lease']);
  });
  test('stop, window, precondition and parent are asked again', () => {
    expect(against({}, { stop: STOP })).toEqual(['stop']);
    expect(against({}, { windows: known({ key: 'windows', version: 1, value: [windowRecord()] }) })).toEqual([
      'maintenance',
    ]);
    expect(against({}, { preconditions: known([{ id: 'quorum', result: 'no-data', text: '' }]) })).toEqual([
      'preconditions',
    ]);
    expect(against({}, { parentOpen: unknown('down') })).toEqual(['parent']);
  });
  test.each([
    ['is gone', [] as const],
    ['is offline', [host({ state: 'offline' })]],
    ['has another name', [host({ name: 'db-1' })]],
    ['is in another cluster', [host({ cluster: 'dev' })]],
    ['is younger than the plan', [host({ launchedAt: PLAN.decidedAt })]],
    ['is there twice', [host(), host()]],
  ])('a host that %s gets nothing', (_what, hosts) => {
    expect(against({}, { hosts: known(hosts) })).toContain('targets');
  });
  test('a host that the runner does not reach gets nothing', () => {
    expect(against({}, { reach: known(new Map([['i-1', null]])) })).toEqual([]);
    expect(against({}, { reach: known(new Map([['i-1', 'it is another machine']])) })).toEqual(['targets']);
    expect(against({}, { reach: unknown('the runner does not answer') })).toEqual(['targets']);
  });
  test('a host that the plan does not name gets nothing', () => {
    expect(against({ target: { ...TARGET, hostId: 'i-2', hostName: 'web-2' } })).toContain('targets');
  });
  test('a runbook that changed since is not sent', () => {
    expect(against({ bundle: bundle([policy()], [runbook({ hash: 'new' })]) })).toContain('runbook');
  });
  test('a plan that differs from its hash is not sent', () => {
    expect(against({ plan: { ...PLAN, parameters: { service: 'sshd' } } })).toEqual(['plan']);
  });
  test('a dry run is not sent', () => expect(against({ plan: { ...PLAN, dryRun: true } })).toContain('dry-run'));
  test('its own execution is no attempt against itself, another is', () => {
    const withOne = (id: string): PlanView => ({ ...PLAN, executions: [execution({ id, state: 'intent' })] });
    expect(against({ plan: withOne('exe_1') })).toEqual([]);
    expect(against({ plan: withOne('exe_0') })).toEqual(['attempts']);
  });
});

describe('approval', () => {
  const approve = made('approve');
  const careful = { bundle: bundle([policy({ autonomy: 'approve' })]), plan: approve };
  const demotion = (to: 'suggest') =>
    known({
      key: 'demotion/redis-down/prod',
      version: 1,
      value: { policy: 'redis-down', cluster: 'prod', to, reason: '', at: NOW },
    });

  test('must be there and be of this plan', () => {
    expect(against(careful)).toEqual(['autonomy']);
    expect(against({ ...careful, approval: { by: 'ops', planHash: 'other' } })).toEqual(['autonomy']);
    expect(against({ ...careful, approval: { by: 'ops', planHash: approve.hash } })).toEqual([]);
  });
  test('is still needed when the policy was raised since', () => {
    expect(against({ plan: approve })).toEqual(['autonomy']);
  });
  test('is needed after a demotion, and is none against shadow', () => {
    expect(against({}, { demotion: demotion('suggest') })).toEqual(['autonomy']);
    const shadowed = bundle([policy({ autonomy: 'shadow' })]);
    expect(against({ bundle: shadowed, approval: { by: 'ops', planHash: PLAN.hash } })).toEqual(['autonomy']);
  });
  test('a policy that is gone sends nothing', () => expect(against({ bundle: bundle([]) })).toContain('autonomy'));
});

describe('conditions', () => {
  test('what was read, and the lease', () => {
    expect(conditionsFor(facts(), PLAN, TARGET, 'exe_1')).toEqual([
      { type: 'record-version', key: 'stop', version: 4 },
      { type: 'record-version', key: 'windows', version: 7 },
      { type: 'record-version', key: 'demotion/redis-down/prod', version: 0 },
      { type: 'claim-held', key: 'lease/host/i-1', holder: 'exe_1' },
    ]);
  });
  test('a manual run has no demotion', () => {
    expect(conditionsFor(facts(), { policy: null }, TARGET, 'exe_1')).toHaveLength(3);
  });
  test('what is not known is no condition: nothing is sent', () => {
    const blind = facts({ stop: unknown('down') });
    expect(() => conditionsFor(blind, PLAN, TARGET, 'exe_1')).toThrow(
      expect.objectContaining({ code: 'decision.facts', field: 'stop' }),
    );
  });
});

describe('by hand', () => {
  const OPS = { name: 'ops', via: 'cli' } as const;
  const manual = (change: Partial<ManualInput> = {}, world: Partial<GuardFacts> = {}) =>
    decideManual({
      ids: { decisionId: 'dec_1', planId: 'plan_1' },
      bundle: bundle(),
      actor: OPS,
      runbook: 'restart',
      hosts: ['web-1'],
      parameters: { service: 'redis' },
      dryRun: false,
      subject: SUBJECT,
      selector: '',
      facts: { ...facts({ preconditions: known([]), ...world }), incident: null },
      sha256,
      ...change,
    });
  const refusing = (decision: ReturnType<typeof manual>) =>
    decision.reasons.filter(({ verdict }) => verdict === 'refuse').map(({ rule }) => rule);

  test('runs in the name of the person, whatever bounds the machine', () => {
    const decision = manual({ subject: { ...SUBJECT, severity: 'unknown' } }, { recentVerified: known(NOW) });
    expect(decision).toMatchObject({
      outcome: 'run',
      policy: null,
      by: OPS,
      plan: { policy: null, autonomy: 'auto', verification: null },
    });
  });
  test.each([
    ['stop', {}, { stop: STOP }],
    ['maintenance', {}, { windows: known({ key: 'windows', version: 1, value: [windowRecord()] }) }],
    ['freeze', {}, { windows: known({ key: 'windows', version: 1, value: [windowRecord({ kind: 'freeze' })] }) }],
    ['lease', {}, { claims: known([{ ...LEASE, holder: 'exe_9' }]) }],
    ['blast-radius', { hosts: HOSTS.slice(0, 4).map(({ id }) => id) }, {}],
    ['response-level', { subject: { ...SUBJECT, responseLevel: 3 } }, {}],
    ['parameters', { parameters: { service: '$(reboot)' } }, {}],
    ['runbook', { runbook: 'nothing' }, {}],
    ['targets', { hosts: ['nobody'] }, {}],
  ] as const)('%s holds for everybody', (rule, change, world) => {
    const decision = manual(change, world);
    expect(decision.outcome).toBe('refuse');
    expect(refusing(decision)).toContain(rule);
  });
  test('a dry run tells and sends nothing', () => {
    expect(manual({ dryRun: true })).toMatchObject({ outcome: 'shadow', plan: { dryRun: true } });
  });
  test('its plan passes the same check at sending', () => {
    const { plan } = manual();
    if (plan === null) throw new Error('the fixture decides a plan');
    const view = { ...planView({ executions: [] }), ...plan };
    expect(against({ plan: view, by: OPS }, { preconditions: known([]) })).toEqual([]);
    expect(against({ plan: view, by: OPS }, { preconditions: known([]), stop: STOP })).toEqual(['stop']);
  });
});
