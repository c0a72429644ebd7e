import { describe, expect, test } from '@jest/globals';
import { compile } from '../../lib/catalogue/compile.ts';
import { parsePack } from '../../lib/catalogue/pack.ts';
import { parsePolicies } from '../../lib/catalogue/policies.ts';
import { demoPack, packWith, policies, replaced, sha256 } from './fixture.ts';

const own = (text: string) => parsePolicies(text, 'policies/own.yaml', { pack: 'policies' });
const bundleOf = (files: Record<string, string>, user = '') =>
  compile([parsePack(files, 'demo', sha256)], own(user), sha256);

describe('a whole pack', () => {
  test('compiles', () => {
    const bundle = bundleOf(demoPack);
    expect(bundle.packs).toEqual([
      {
        name: 'demo',
        title: 'Demo',
        services: ['demo'],
        indicators: [
          {
            id: 'demo-up',
            pack: 'demo',
            title: 'Answers',
            expr: 'demo_up{$selector}',
            unit: '',
            direction: 'low',
            normal: '1',
          },
        ],
        alerts: [
          {
            alert: 'DemoDown',
            pack: 'demo',
            expr: 'demo_up == 0',
            for: 60_000,
            severity: 'critical',
            automation: { policy: 'restart-demo' },
          },
          {
            alert: 'DemoSlow',
            pack: 'demo',
            expr: 'rate(demo_seconds_sum[5m]) > 1',
            for: 0,
            severity: 'warning',
            automation: { none: 'It mends itself.' },
          },
        ],
      },
    ]);
    expect(bundle.policies.map(({ name, file }) => [name, file])).toEqual([
      ['restart-demo', 'packs/demo/policies.yaml'],
    ]);
    expect(bundle.runbooks['restart-demo']).toMatchObject({ pack: 'demo', effect: 'change', minutesSaved: 10 });
  });

  test('has a hash of its content alone', () => {
    const { hash } = bundleOf(demoPack);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(bundleOf({ ...demoPack, 'pack.yaml': `# a comment\n${demoPack['pack.yaml']}` }).hash).toBe(hash);
    expect(bundleOf(packWith('policies.yaml', '"== 1" }\n', '"== 1", within: 3m }\n')).hash).not.toBe(hash);
  });
});

describe("the user's policies", () => {
  test('come first, and one of the same name takes the place', () => {
    const user = `${policies}    autonomy: auto\n${replaced(policies, 'name: restart-demo', 'name: also').replace('policies:\n', '')}`;
    expect(bundleOf(demoPack, user).policies.map(({ name, autonomy, file }) => [name, autonomy, file])).toEqual([
      ['restart-demo', 'auto', 'policies/own.yaml'],
      ['also', 'shadow', 'policies/own.yaml'],
    ]);
  });

  test.each([
    [
      '{ name: restart-demo,',
      '{ name: restart-dmo,',
      'policy.runbook',
      'runbooks[0].name',
      'did you mean restart-demo?',
    ],
    ['unit: demo', 'unti: demo', 'policy.parameter', 'runbooks[0].parameters.unti', 'did you mean unit?'],
    ['unit: demo', 'unit: "a; rm -rf /"', 'policy.parameter', 'runbooks[0].parameters.unit', 'does not take'],
    ['unit: demo', 'unit: demo, how: firm', 'policy.parameter', 'runbooks[0].parameters.how', 'does not take'],
    ['unit: demo', 'how: hard', 'policy.parameter', 'runbooks[0].parameters.unit', 'needs unit'],
    [
      'unit: demo',
      'unit: demo, executionId: x',
      'policy.parameter',
      'runbooks[0].parameters.executionId',
      'takes no executionId',
    ],
  ])('%s → %s is refused in its file', (passage, by, code, field, told) => {
    const user = replaced(policies, passage, by);
    expect(() => bundleOf(demoPack, user)).toThrow(
      expect.objectContaining({
        kind: 'input',
        code,
        field: `policies[0].${field}`,
        message: expect.stringMatching(/^policies\/own\.yaml:5: /),
      }),
    );
    expect(() => bundleOf(demoPack, user)).toThrow(told);
  });

  test('a value that comes from a label waits for its value', () => {
    const user = replaced(policies, 'unit: demo', 'unit: { label: service }');
    expect(bundleOf(demoPack, user).policies[0]?.runbooks[0]?.parameters).toEqual({ unit: { label: 'service' } });
  });

  test('one name in two files is refused', () => {
    const twice = [...own(policies), ...parsePolicies(policies, 'policies/second.yaml', { pack: 'policies' })];
    expect(() => compile([parsePack(demoPack, 'demo', sha256)], twice, sha256)).toThrow(
      expect.objectContaining({
        code: 'policy.duplicate',
        message: expect.stringMatching(/^policies\/second\.yaml:2: .*policies\/own\.yaml/),
      }),
    );
  });
});

type File = keyof typeof demoPack;
const gaps: [string, File, string, string, string, string, string][] = [
  [
    'an alert without coverage',
    'pack.yaml',
    '  - { alert: DemoDown, policy: restart-demo }\n',
    '',
    'pack.coverage',
    'packs/demo/rules.yaml:4: ',
    'DemoDown is not covered',
  ],
  [
    'coverage of no alert',
    'pack.yaml',
    'alert: DemoDown',
    'alert: DemoDwon',
    'pack.coverage',
    'packs/demo/pack.yaml:8: ',
    'did you mean DemoDown?',
  ],
  [
    'coverage twice',
    'pack.yaml',
    'alert: DemoSlow',
    'alert: DemoDown',
    'pack.coverage',
    'packs/demo/pack.yaml:9: ',
    'covered twice',
  ],
  [
    'an unknown policy',
    'pack.yaml',
    'policy: restart-demo',
    'policy: restart-dem',
    'pack.coverage',
    'packs/demo/pack.yaml:8: ',
    'did you mean restart-demo?',
  ],
  [
    'a policy for another alert',
    'policies.yaml',
    'alertname="DemoDown"',
    'alertname="DemoSlow"',
    'pack.coverage',
    'packs/demo/pack.yaml:8: ',
    'can never match DemoDown',
  ],
  [
    'a policy for another severity',
    'policies.yaml',
    'severity=~"critical|warning"',
    'severity="info"',
    'pack.coverage',
    'packs/demo/pack.yaml:8: ',
    'can never match',
  ],
  [
    'no automation without a reason',
    'pack.yaml',
    ', reason: It mends itself.',
    '',
    'pack.shape',
    'packs/demo/pack.yaml:9: ',
    'coverage[1].reason',
  ],
  [
    'a severity that routing does not know',
    'rules.yaml',
    'severity: warning',
    'severity: page',
    'pack.shape',
    'packs/demo/rules.yaml:11: ',
    'severity',
  ],
  [
    'a response level that is a number',
    'rules.yaml',
    'response_level: "2"',
    'response_level: 2',
    'pack.shape',
    'packs/demo/rules.yaml:7: ',
    'in quotes',
  ],
  [
    'an alert without a description',
    'rules.yaml',
    'description: it is slow, ',
    '',
    'pack.shape',
    'packs/demo/rules.yaml:12: ',
    'description',
  ],
  [
    'a rule that does not parse',
    'rules.yaml',
    'demo_up == 0',
    'demo_up ==',
    'pack.rules',
    'packs/demo/rules.yaml:5: ',
    'ends too early',
  ],
  [
    'a misspelt field of a rule',
    'rules.yaml',
    'for: 1m',
    'fro: 1m',
    'pack.unknown',
    'packs/demo/rules.yaml:6: ',
    'did you mean for?',
  ],
  [
    'an alert that no test sees fire',
    'rules.test.yaml',
    'DemoDown, exp_alerts: [{ exp_labels: {} }]',
    'DemoDown',
    'pack.tests',
    'packs/demo/rules.yaml:4: ',
    'fire',
  ],
  [
    'an alert that no test sees silent',
    'rules.test.yaml',
    '      - { eval_time: 6m, alertname: DemoSlow }\n',
    '',
    'pack.tests',
    'packs/demo/rules.yaml:9: ',
    'silent',
  ],
  [
    'a policy that acts as shipped',
    'policies.yaml',
    '    runbooks:',
    '    autonomy: auto\n    runbooks:',
    'pack.autonomy',
    'packs/demo/policies.yaml:4: ',
    'does not act by itself',
  ],
  [
    'an indicator of all hosts',
    'pack.yaml',
    'demo_up{$selector}',
    'demo_up',
    'pack.indicator',
    'packs/demo/pack.yaml:6: ',
    'other hosts',
  ],
  [
    'a name that is not the folder',
    'pack.yaml',
    'name: demo',
    'name: dmo',
    'pack.name',
    'packs/demo/pack.yaml:1: ',
    'folder',
  ],
  [
    'a misspelt field of the pack',
    'pack.yaml',
    'scrape:',
    'scarpe:',
    'pack.unknown',
    'packs/demo/pack.yaml:4: ',
    'did you mean scrape?',
  ],
  [
    'an effect that is none',
    'runbooks/restart-demo.meta.yaml',
    'change',
    'write',
    'pack.shape',
    'packs/demo/runbooks/restart-demo.meta.yaml:1: ',
    'effect',
  ],
];

describe('the coverage contract fails on', () => {
  test.each(gaps)('%s', (_name, file, passage, by, code, place, told) => {
    const act = () => bundleOf(packWith(file, passage, by));
    expect(act).toThrow(expect.objectContaining({ kind: 'input', code, message: expect.stringContaining(place) }));
    expect(act).toThrow(new RegExp(told.replace(/[?$[\]]/g, '\\$&')));
  });
});

describe('the files of a pack', () => {
  test.each([
    ['dashboard.json', 'dashbord.json', 'did you mean dashboard.json?'],
    ['README.md', null, 'packs/demo/README.md is missing'],
    ['runbooks/restart-demo.meta.yaml', null, 'stands alone'],
    ['runbooks/restart-demo.meta.yaml', 'runbooks/other.meta.yaml', 'stands alone'],
  ])('%s as %s is refused', (path, renamed, told) => {
    const { [path as File]: text, ...rest } = demoPack;
    expect(() => parsePack(renamed === null ? rest : { ...rest, [renamed]: text }, 'demo', sha256)).toThrow(told);
  });

  test('a pack without policies and runbooks is a pack', () => {
    const files = {
      ...packWith('pack.yaml', 'policy: restart-demo', 'automation: none, reason: nothing to do'),
      'policies.yaml': '',
    };
    expect(bundleOf(files).policies).toEqual([]);
  });

  test('a runbook has one pack', () => {
    const second = { ...demoPack, 'pack.yaml': replaced(demoPack['pack.yaml'], 'name: demo', 'name: twin') };
    const packs = [parsePack(demoPack, 'demo', sha256), parsePack(second, 'twin', sha256)];
    expect(() => compile(packs, [], sha256)).toThrow(expect.objectContaining({ code: 'pack.runbook' }));
  });
});
