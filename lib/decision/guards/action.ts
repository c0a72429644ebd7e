import type { PlanTarget, Reason } from '../../model/plan.ts';
import type { GuardContext } from '../context.ts';
import { hold, ifKnown, pass, refuse } from '../reasons.ts';

export const runbook = (context: GuardContext): Reason =>
  ifKnown('runbook', context.runbook, ({ name, effect }) => pass('runbook', `${name}, which is a ${effect} runbook`));

export const targets = (context: GuardContext): Reason =>
  ifKnown('targets', context.facts.hosts, () =>
    ifKnown('targets', context.targets, (found) => {
      const names = found.map(({ hostName, hostId }) => `${hostName} (${hostId})`).join(', ');
      if (names === '') return refuse('targets', 'there is no target');
      return ifReached(context, found, pass('targets', names));
    }),
  );

/** Asked here as well as at the sending: a shadow would otherwise promise what is then refused. */
function ifReached({ facts: { reach } }: GuardContext, found: readonly PlanTarget[], said: Reason): Reason {
  if (reach === undefined) return said;
  return ifKnown('targets', reach, (answers) => {
    const away = found.flatMap(({ hostId }) => answerOf(answers, hostId) ?? []);
    return away.length === 0 ? said : refuse('targets', away.join('; '));
  });
}

function answerOf(answers: ReadonlyMap<string, string | null>, hostId: string): string | null {
  const answer = answers.get(hostId);
  return answer === undefined ? `it was not asked whether ${hostId} is reached` : answer;
}

export const parameters = (context: GuardContext): Reason =>
  ifKnown('parameters', context.parameters, (values) =>
    pass('parameters', 'every parameter is within its pattern', values),
  );

/** What cannot be proven is not begun. Whoever runs something by hand judges it. */
export function verification({ verification, manual }: GuardContext): Reason {
  if (manual !== null) return pass('verification', `${manual.name} judges the outcome`);
  const expr = verification?.expr.trim() ?? '';
  if (expr === '') return refuse('verification', 'there is no query to prove the cure');
  return pass('verification', `proven by ${expr} ${verification?.op} ${verification?.value}`);
}

/** A dry run is the whole decision; only nothing is sent. */
export const dryRun = ({ dryRun: dry }: GuardContext): Reason =>
  dry ? hold('dry-run', 'a dry run: nothing is sent') : pass('dry-run', 'not a dry run');
