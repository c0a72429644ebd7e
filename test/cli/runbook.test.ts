import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Decision } from '../../lib/model/plan.ts';
import type { Runbook } from '../../lib/model/runbook.ts';
import { ScriptedOperations } from '../api/scriptedOperations.ts';
import { bundle, incident } from '../decision/fixtures.ts';
import { type Stage, stage } from './nightshift.ts';

let on: Stage;
beforeAll(async () => {
  on = await stage();
});
afterAll(() => on.close());

test('a run by hand that is refused tells by which rule', async () => {
  const { operations } = on.harness;
  const refused: Decision = {
    ...(new ScriptedOperations().incidentNow.decisions[0] as Decision),
    outcome: 'refuse',
    plan: null,
    reasons: [
      { rule: 'stop', verdict: 'pass', text: 'no stop is in force' },
      { rule: 'freeze', verdict: 'refuse', text: 'freeze window win_1 by ada: weekend' },
      { rule: 'outcome', verdict: 'refuse', text: 'refused by freeze' },
    ],
  };
  const run = jest
    .spyOn(operations, 'run')
    .mockResolvedValue(incident({ id: 'inc_run', plans: [], decisions: [refused] }));
  try {
    const { code, out } = await on.run(['runbook', 'run', 'restart', '--host', 'web-1', '--reason', 'stuck']);
    expect([code, out]).toEqual([
      1,
      'inc_run: refused\n  ✗ freeze  freeze window win_1 by ada: weekend\nfollow it with: nightshift why inc_run\n',
    ]);
  } finally {
    run.mockRestore();
  }
});

test('the list names what the caller gives, and not what the sender does', async () => {
  const { operations } = on.harness;
  const made = bundle();
  const [runbook] = Object.values(made.runbooks) as [Runbook];
  const named = (name: string, given: string | null = null) => ({
    name,
    type: 'String' as const,
    description: '',
    allowedPattern: null,
    allowedValues: null,
    default: given,
  });
  const parameters = [named('service'), named('wait', '5'), named('executionId'), named('notAfter')];
  const listed = jest
    .spyOn(operations, 'bundle')
    .mockResolvedValue({ ...made, runbooks: { [runbook.name]: { ...runbook, parameters } } });
  try {
    const { out } = await on.run(['runbook', 'list']);
    expect(out).toMatch(/ service \[wait\] /);
    expect(out).not.toMatch(/executionId|notAfter/);
  } finally {
    listed.mockRestore();
  }
});
