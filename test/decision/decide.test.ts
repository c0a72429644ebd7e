import { describe, expect, test } from '@jest/globals';
import { decide } from '../../lib/decision/decide.ts';
import { type GuardFacts, known, unknown } from '../../lib/decision/facts.ts';
import { GUARD_NAMES } from '../../lib/decision/guards.ts';
import { cooldownKey, leaseKey } from '../../lib/decision/keys.ts';
import { planHash } from '../../lib/decision/plan.ts';
import { answerOf } from '../../lib/decision/preconditions.ts';
import { propose } from '../../lib/decision/propose.ts';
import { selectPolicy } from '../../lib/decision/selectPolicy.ts';
import { parseMatchers } from '../../lib/language/matchers.ts';
import { AUTONOMIES } from '../../lib/model/basic.ts';
import fc from '../setup/fastCheck.ts';
import {
  bundle,
  decideInput,
  facts,
  GUARD_SPEC,
  HOUR,
  incident,
  LABELS,
  NOW,
  planView,
  policy,
  runbook,
  SUBJECT,
  sha256,
  windowRecord,
} from './fixtures.ts';

const at = (autonomy: (typeof AUTONOMIES)[number], change: Partial<GuardFacts> = {}) =>
  decide(decideInput({ bundle: bundle([policy({ autonomy })]), facts: facts(change) }));
const STOPPED = known({ key: 'stop', version: 1, value: { until: NOW + HOUR, reason: 'storm', by: 'ops' } });

describe('outcomes', () => {
  test('everything content and auto: run, with a sealed plan', () => {
    const decision = decide(decideInput());
    expect(decision).toMatchObject({
      id: 'dec_1',
      at: NOW,
      outcome: 'run',
      policy: 'redis-down',
      bundleHash: 'bundle-hash',
    });
    expect(decision.plan).toMatchObject({
      id: 'plan_1',
      runbook: 'restart',
      parameters: { service: 'redis' },
      autonomy: 'auto',
      selector: 'instance_id="i-1"',
      dryRun: false,
      targets: [{ hostId: 'i-1' }],
    });
    expect(decision.plan && planHash(decision.plan, sha256)).toBe(decision.plan?.hash);
    expect(decision.reasons.at(-1)).toMatchObject({ rule: 'outcome', text: 'runs restart on web-1' });
  });
  test.each([
    ['observe', 'observe', 'observe'],
    ['shadow', 'shadow', 'shadow'],
    ['suggest', 'suggest', 'refuse'],
    ['approve', 'approve', 'refuse'],
    ['auto', 'run', 'refuse'],
  ] as const)('%s: %s, under a stop %s', (autonomy, free, stopped) => {
    expect([at(autonomy).outcome, at(autonomy, { stop: STOPPED }).outcome]).toEqual([free, stopped]);
  });
  test('a shadow says what it would have done', () => {
    expect(at('shadow').reasons.at(-1)?.text).toBe('would have run restart on web-1');
    expect(at('shadow', { stop: STOPPED }).reasons.at(-1)?.text).toBe('would have refused: stop');
  });
  test('a host that the runner does not reach is refused with its words, and a shadow foresees it', () => {
    const away = 'host i-1 is not this machine: this Nightshift acts only on a host named ops-1';
    const reach = known(new Map([['i-1', away]]));
    const { outcome, reasons } = at('auto', { reach });
    expect(outcome).toBe('refuse');
    const against = reasons.filter(({ verdict }) => verdict === 'refuse').map(({ rule, text }) => `${rule}: ${text}`);
    expect(against).toEqual([`targets: ${away}`, 'outcome: refused by targets']);
    expect(at('shadow', { reach }).reasons.at(-1)?.text).toBe('would have refused: targets');
  });
  test('a demotion lowers auto and leaves shadow alone', () => {
    const value = { policy: 'redis-down', cluster: 'prod', to: 'suggest', reason: 'it did not cure', at: NOW } as const;
    const demotion = known({ key: 'demotion/redis-down/prod', version: 1, value });
    expect([at('auto', { demotion }).outcome, at('shadow', { demotion }).outcome]).toEqual(['suggest', 'shadow']);
    expect(at('auto', { demotion }).plan?.autonomy).toBe('suggest');
  });
  test('a dry run sends nothing', () => {
    const dry = bundle([policy({ guards: { ...GUARD_SPEC, dryRun: true } })]);
    expect(decide(decideInput({ bundle: dry }))).toMatchObject({ outcome: 'shadow', plan: { dryRun: true } });
  });
  test('no policy: the decision says so', () => {
    const decision = decide(decideInput({ bundle: bundle([]) }));
    expect(decision).toMatchObject({ outcome: 'no-policy', plan: null, policy: null });
    expect(decision.reasons).toMatchObject([
      { rule: 'policy', verdict: 'refuse', text: 'no policy matches RedisDown' },
    ]);
  });
  test('no host: refused without a plan, and every guard is still asked', () => {
    const decision = decide(decideInput({ labels: { ...LABELS, instance_id: 'i-99' } }));
    expect(decision).toMatchObject({ outcome: 'refuse', plan: null });
    expect(decision.reasons.filter(({ verdict }) => verdict === 'refuse').length).toBeGreaterThan(1);
  });
});

describe('the policy', () => {
  const named = (name: string, match: string) => policy({ name, match: parseMatchers(match) });
  test('the first that matches, with those that came near and the number of the others', () => {
    const policies = [
      named('critical', 'alertname="RedisDown",severity="critical"'),
      named('other', 'alertname="DiskFull"'),
      named('chosen', 'alertname=~"Redis.*"'),
      named('late', 'alertname="RedisDown"'),
    ];
    const { policy: found, reasons } = selectPolicy(bundle(policies), LABELS, SUBJECT);
    expect(found?.name).toBe('chosen');
    expect(reasons.map(({ verdict, text }) => [verdict, text])).toEqual([
      ['hold', 'critical does not match: severity="critical" (it is "warning")'],
      ['pass', 'chosen is the first that matches RedisDown; 1 other policy does not match'],
    ]);
  });
  test('at most twenty near ones are told', () => {
    const policies = Array.from({ length: 30 }, (_, index) => named(`p${index}`, 'alertname="RedisDown",a="b"'));
    const { policy: found, reasons } = selectPolicy(bundle(policies), LABELS, SUBJECT);
    expect([found, reasons.length]).toEqual([null, 21]);
    expect(reasons.at(-1)?.text).toContain('10 other policies');
  });
});

describe('runbook and parameters', () => {
  const two = policy({
    guards: { ...GUARD_SPEC, attempts: 3 },
    runbooks: [
      { name: 'restart', parameters: { service: 'redis' } },
      { name: 'failover', parameters: { service: 'redis' } },
    ],
  });
  const both = bundle([two], [runbook(), runbook({ name: 'failover' })]);
  const failed = planView({ state: 'failed' });

  test('a further attempt is the next runbook', () => {
    expect(
      decide(decideInput({ bundle: both, facts: facts({ incident: incident({ plans: [failed] }) }) })).plan?.runbook,
    ).toBe('failover');
  });
  test('when every one was tried there is none', () => {
    const plans = [
      failed,
      planView({ id: 'p2', executions: failed.executions.map((one) => ({ ...one, runbook: 'failover' })) }),
    ];
    const decision = decide(decideInput({ bundle: both, facts: facts({ incident: incident({ plans }) }) }));
    expect(decision.outcome).toBe('refuse');
    expect(decision.reasons.find(({ rule }) => rule === 'runbook')?.text).toContain(
      'every runbook of redis-down was tried',
    );
  });
  test.each([
    ['a label that is missing', {}, 'comes from a label'],
    ['a value outside its pattern', { service: 'redis; reboot' }, 'parameter.value'],
    ['a line end', { service: 'redis\n' }, 'parameter.value'],
  ])('%s refuses', (_what, labels, said) => {
    const decision = decide(decideInput({ labels: { alertname: 'RedisDown', instance_id: 'i-1', ...labels } }));
    expect(decision.outcome).toBe('refuse');
    expect(decision.reasons.find(({ rule }) => rule === 'parameters')?.text).toContain(said);
  });
  test('a policy cannot set what belongs to a sending', () => {
    const runbooks = [{ name: 'restart', parameters: { service: 'redis', executionId: 'x' } }];
    expect(decide(decideInput({ bundle: bundle([policy({ runbooks })]) })).outcome).toBe('refuse');
  });
  test('an unknown runbook refuses', () => {
    expect(decide(decideInput({ bundle: bundle([policy()], []) })).outcome).toBe('refuse');
  });
  test('propose tells the loop the same hosts and runbook before the facts are read', () => {
    const input = decideInput();
    const proposal = propose({ ...input, hosts: input.facts.hosts, incident: input.facts.incident });
    expect(proposal.targets).toEqual(known(decide(input).plan?.targets));
    expect(proposal.runbook).toEqual(known(runbook()));
  });
});

test.each([
  ['>=', [1, 2], 'holds'],
  ['>=', [1, 0], 'fails'],
  ['>=', [], 'no-data'],
  ['!=', [Number.NaN], 'fails'],
  ['==', [1], 'holds'],
] as const)('a precondition %s 1 over %j: %s', (op, values, result) => {
  const series = values.map((v) => ({ labels: {}, samples: [{ t: 0, v }] }));
  expect(answerOf({ id: 'q', expr: 'up', op, value: 1, why: '' }, series).result).toBe(result);
});

const FACTS = [
  'stop',
  'windows',
  'demotion',
  'hosts',
  'claims',
  'parentOpen',
  'downHosts',
  'preconditions',
  'recentVerified',
] as const;

/** Each one alone is a reason not to act. */
const AGAINST: readonly Partial<GuardFacts>[] = [
  { stop: STOPPED },
  { windows: known({ key: 'windows', version: 1, value: [windowRecord()] }) },
  { windows: known({ key: 'windows', version: 1, value: [windowRecord({ kind: 'freeze' })] }) },
  { claims: known([{ key: leaseKey('i-1'), holder: 'x', until: NOW + 1 }]) },
  { claims: known([{ key: cooldownKey('redis-down', 'i-1'), holder: 'x', until: NOW + 1 }]) },
  { parentOpen: known(true) },
  { downHosts: known(['i-8', 'i-9']) },
  { preconditions: known([]) },
  { recentVerified: known(NOW - HOUR) },
  { incident: incident({ plans: [planView({ state: 'running' })] }) },
  ...FACTS.map((name) => ({ [name]: unknown('down') })),
];
const against = fc.subarray([...AGAINST], { minLength: 1 });
const level = fc.constantFrom(...AUTONOMIES);

describe('whatever is known', () => {
  test.each(FACTS)('with %s unknown nothing runs, at any level', (name) => {
    for (const autonomy of AUTONOMIES)
      expect(at(autonomy, { [name]: unknown('down') }).outcome).not.toMatch(/run|approve|suggest/);
  });
  test('one fact against it is enough, and no further fact makes it run', () => {
    fc.assert(
      fc.property(level, fc.shuffledSubarray([...AGAINST], { minLength: 1 }), (autonomy, list) => {
        const change = Object.assign({}, ...list) as Partial<GuardFacts>;
        return ['observe', 'shadow', 'refuse'].includes(at(autonomy, change).outcome);
      }),
    );
  });
  test('under a stop nothing ever runs', () => {
    fc.assert(
      fc.property(level, against, fc.integer({ min: 1, max: 1e12 }), (autonomy, list, more) => {
        const value = { until: NOW + more, reason: '', by: '' };
        const stop = known({ key: 'stop', version: 1, value });
        return at(autonomy, { ...Object.assign({}, ...list), stop }).outcome !== 'run';
      }),
    );
  });
  test('every decision carries exactly one reason of every guard', () => {
    fc.assert(
      fc.property(level, against, fc.constantFrom('i-1', 'i-99'), (autonomy, list, instance) => {
        const given = { bundle: bundle([policy({ autonomy })]), labels: { ...LABELS, instance_id: instance } };
        const decision = decide(decideInput({ ...given, facts: facts(Object.assign({}, ...list)) }));
        const rules = decision.reasons.map(({ rule }) => rule);
        expect(rules).toEqual(['policy', ...GUARD_NAMES, 'outcome']);
      }),
    );
  });
});
