import type { Reason } from '../../model/plan.ts';
import type { GuardContext } from '../context.ts';
import { ifKnown, pass, refuse } from '../reasons.ts';

/** An alert whose weight nobody told is for a person. */
export function severity({ subject, manual }: GuardContext): Reason {
  if (manual !== null) return pass('severity', `weighed by ${manual.name}`);
  if (subject.severity === 'unknown') return refuse('severity', 'the severity is unknown: this is for a person');
  return pass('severity', subject.severity);
}

/** Level 3 is an emergency: evidence is collected and nothing is changed. */
export const responseLevel = ({ subject, runbook }: GuardContext): Reason =>
  ifKnown('response-level', runbook, ({ name, effect }) =>
    subject.responseLevel === 3 && effect !== 'read'
      ? refuse('response-level', `level 3 runs only what reads, and ${name} changes the host`)
      : pass('response-level', `level ${subject.responseLevel}, ${effect}`),
  );

/** A host that is gone is one trouble; its services are not mended one by one. */
export const parent = ({ facts }: GuardContext): Reason =>
  ifKnown('parent', facts.parentOpen, (open) =>
    open
      ? refuse('parent', `the host itself is down: incident ${facts.incident?.parent ?? 'above this one'} is open`)
      : pass('parent', 'no host-down incident is above this one'),
  );
