import type { Precondition } from '../../model/catalogue.ts';
import type { Reason } from '../../model/plan.ts';
import type { GuardContext } from '../context.ts';
import type { PreconditionAnswer } from '../facts.ts';
import { ifKnown, pass, refuse } from '../reasons.ts';

/** Every one must hold. No data, no answer and no question asked mean no. */
export const preconditions = ({ facts, policy }: GuardContext): Reason =>
  ifKnown('preconditions', facts.preconditions, (answers) => {
    const asked = policy?.preconditions ?? [];
    const missing = asked.flatMap((one) => problem(one, answers));
    if (missing.length > 0) return refuse('preconditions', missing.join('; '));
    const held = answers.map(({ id, text }) => `${id}: ${text}`).join('; ');
    return pass('preconditions', asked.length === 0 ? 'the policy has none' : held);
  });

function problem({ id, why }: Precondition, answers: readonly PreconditionAnswer[]): string[] {
  const own = answers.filter((answer) => answer.id === id);
  if (own.length === 0) return [`${id} was not asked (${why})`];
  return own
    .filter(({ result }) => result !== 'holds')
    .map(({ result, text }) => `${id} ${SAID[result]}: ${text} (${why})`);
}

const SAID: Readonly<Record<PreconditionAnswer['result'], string>> = {
  holds: 'holds',
  fails: 'does not hold',
  'no-data': 'has no data',
  error: 'could not be asked',
};
