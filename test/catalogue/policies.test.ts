import { describe, expect, test } from '@jest/globals';
import { parsePolicies } from '../../lib/catalogue/policies.ts';
import fc from '../setup/fastCheck.ts';
import { policies, replaced } from './fixture.ts';

const parse = (text: string) => parsePolicies(text, 'policies/demo.yaml', { pack: 'policies' });

describe('parsePolicies', () => {
  test('fills in the careful defaults', () => {
    expect(parse(policies).map(({ policy }) => policy)).toEqual([
      {
        name: 'restart-demo',
        pack: 'policies',
        match: [
          { label: 'alertname', op: '=', value: 'DemoDown' },
          { label: 'severity', op: '=~', value: 'critical|warning' },
        ],
        runbooks: [{ name: 'restart-demo', parameters: { unit: 'demo' } }],
        targets: { from: 'alert-host' },
        autonomy: 'shadow',
        autonomyByCluster: {},
        preconditions: [{ id: 'others-up', expr: 'min(demo_up{$others})', op: '==', value: 1, why: 'One at a time.' }],
        verification: { expr: 'demo_up{$selector}', op: '==', value: 1, stabilisation: 5_000, within: 120_000 },
        guards: {
          cooldown: 1_800_000,
          attempts: 1,
          budget: [{ scope: 'host', per: 'hour', max: 2 }],
          blastRadius: { hosts: 1, percent: 25 },
          approvalDeadline: 900_000,
          dryRun: false,
          recurrence: 21_600_000,
        },
        file: 'policies/demo.yaml',
      },
    ]);
  });

  test('an empty file has no policies', () => {
    expect(parse('')).toEqual([]);
    expect(parse('# nothing yet\n')).toEqual([]);
  });

  test('takes what is written in full', () => {
    const [written] = parse(
      `${policies}    targets: { from: service, service: demo, max: 3 }
    autonomy: approve
    autonomyByCluster: { staging: auto }
    guards: { cooldown: 1h, attempts: 1, budget: [{ scope: all, per: day, max: 9 }], blastRadius: { percent: 10 }, dryRun: true }
`,
    );
    expect(written?.policy).toMatchObject({
      targets: { from: 'service', service: 'demo', max: 3 },
      autonomy: 'approve',
      autonomyByCluster: { staging: 'auto' },
      guards: {
        cooldown: 3_600_000,
        budget: [{ scope: 'all', per: 'day', max: 9 }],
        blastRadius: { hosts: 1, percent: 10 },
        dryRun: true,
      },
    });
  });
});

/** Passage, replacement, code, field, line, and what the message must tell. */
const refusals: [string, string, string, string, number, string][] = [
  ['match:', 'macth:', 'policy.unknown', 'policies[0].macth', 3, 'did you mean match?'],
  [
    'verification:',
    'guards: { cooldwon: 1h }\n    verification:',
    'policy.unknown',
    'policies[0].guards.cooldwon',
    8,
    'did you mean cooldown?',
  ],
  ['policies:', 'polices:', 'policy.unknown', 'polices', 1, 'did you mean policies?'],
  ['unit: demo', 'unit: 5', 'policy.shape', 'policies[0].runbooks[0].parameters.unit', 5, 'text'],
  [
    'unit: demo',
    'unit: { lable: service }',
    'policy.unknown',
    'policies[0].runbooks[0].parameters.unit.lable',
    5,
    'did you mean label?',
  ],
  ['name: restart-demo', 'name: Restart Demo', 'policy.shape', 'policies[0].name', 2, 'a-z'],
  ['is: "== 1" }\n', 'is: "1" }\n', 'policy.shape', 'policies[0].verification.is', 8, '"== 1"'],
  ['"== 1", why', '1, why', 'policy.shape', 'policies[0].preconditions[0].is', 7, 'comparison'],
  ['severity=~"critical|warning"', 'severity=~"("', 'policy.match', 'policies[0].match', 3, 'RE2'],
  [
    'alertname="DemoDown", severity=~"critical|warning"',
    'team!="a"',
    'policy.match',
    'policies[0].match',
    3,
    'every alert',
  ],
  ['demo_up{$selector}', 'demo_up{', 'policy.promql', 'policies[0].verification.expr', 8, 'ends too early'],
  ['demo_up{$selector}', 'demo_up{$selectr}', 'policy.promql', 'policies[0].verification.expr', 8, '$selectr'],
  ['demo_up{$selector}', 'demo_up{}', 'policy.verification', 'policies[0].verification.expr', 8, 'mended'],
  [
    'demo_up{$selector}',
    'rate(demo_up{$selector}[5m])',
    'policy.verification',
    'policies[0].verification.expr',
    8,
    '300 s',
  ],
  [
    'demo_up{$selector}',
    'demo_up{$selector} offset 1m',
    'policy.verification',
    'policies[0].verification.expr',
    8,
    'offset',
  ],
  [
    'demo_up{$selector}',
    'rate(demo_up{$selector}[2m])',
    'policy.verification',
    'policies[0].verification.within',
    8,
    'longest window',
  ],
  ['"== 1" }\n', '"== 1", within: 5min }\n', 'policy.shape', 'policies[0].verification.within', 8, 'duration'],
  [
    'verification:',
    'guards: { attempts: 2 }\n    verification:',
    'policy.attempts',
    'policies[0].guards.attempts',
    8,
    'never the same',
  ],
  [
    'verification:',
    'guards: { budget: [] }\n    verification:',
    'policy.shape',
    'policies[0].guards.budget',
    8,
    'limit',
  ],
  [
    'verification:',
    'guards: { blastRadius: { percent: 0 } }\n    verification:',
    'policy.shape',
    'policies[0].guards.blastRadius.percent',
    8,
    'more than 0',
  ],
  [
    'verification:',
    'targets: { from: everywhere }\n    verification:',
    'policy.shape',
    'policies[0].targets.from',
    8,
    'accepted forms',
  ],
  ['verification:', 'autonomy: full\n    verification:', 'policy.shape', 'policies[0].autonomy', 8, 'accepted values'],
  ['verification:', 'name: again\n    verification:', 'policy.yaml', '', 8, 'unique'],
  ['unit: demo', 'unit: *demo', 'policy.yaml', '', 5, 'demo'],
];

describe('a policy that is not right', () => {
  test.each(refusals)('%s → %s', (passage, by, code, field, line, told) => {
    const text = replaced(policies, passage, by);
    const error = refusalOf(() => parse(text));
    expect(error).toMatchObject({ kind: 'input', code });
    expect(error.message).toContain(`policies/demo.yaml:${line}: `);
    expect(error.message).toContain(told);
    expect(error.field ?? '').toBe(field);
  });

  test('a name twice is refused at the second', () => {
    const error = refusalOf(() => parse(policies + policies.replace('policies:\n', '')));
    expect(error).toMatchObject({ code: 'policy.duplicate', field: 'policies[1].name' });
    expect(error.message).toContain('policies/demo.yaml:9: ');
  });

  test('a missing field is told at its parent', () => {
    const text = policies.slice(0, policies.indexOf('    verification'));
    expect(refusalOf(() => parse(text))).toMatchObject({ code: 'policy.shape', field: 'policies[0].verification' });
  });
});

interface Refusal {
  readonly message: string;
  readonly field?: string;
  readonly kind: string;
}

function refusalOf(act: () => unknown): Refusal {
  try {
    act();
  } catch (error) {
    return error as Refusal;
  }
  throw new Error('was not refused');
}

describe('any text', () => {
  const passages = [
    ...policies.split(/(?<=[\s:,{}[\]"'$])/),
    '*a',
    '&a',
    '!!js',
    '|',
    '>',
    '- ',
    '\t',
    '\n',
    '? ',
    '__proto__: ',
    '"',
    '{',
    '[',
    '0x',
    'null',
  ];

  test('is policies or an input error', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...passages), { maxLength: 40 }), (parts) =>
        answered(() => parse(parts.join(''))),
      ),
      { numRuns: 1_500 },
    );
  });

  test('a policy with passages cut out, doubled or swapped, too', () => {
    const pieces = policies.split(/(?<=[\s:,{}[\]"'$])/);
    fc.assert(
      fc.property(fc.nat(pieces.length - 1), fc.nat(pieces.length - 1), fc.constantFrom(...passages), (from, to, by) =>
        answered(() => parse([...pieces.slice(0, from), by, ...pieces.slice(to)].join(''))),
      ),
      { numRuns: 1_500 },
    );
  });

  function answered(act: () => unknown): boolean {
    try {
      act();
      return true;
    } catch (error) {
      return (error as Refusal).kind === 'input';
    }
  }
});
