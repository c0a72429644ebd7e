import type { JsonValue } from '../model/basic.ts';
import type { Reason } from '../model/plan.ts';
import type { Fact } from './facts.ts';

const reason =
  (verdict: Reason['verdict']) =>
  (rule: string, text: string, facts?: JsonValue): Reason =>
    facts === undefined ? { rule, verdict, text } : { rule, verdict, text, facts };

export const pass = reason('pass');
export const refuse = reason('refuse');
/** Neither for nor against: it waits for a person, or nothing is to be sent. */
export const hold = reason('hold');

/** Asks only when the fact is known, refuses otherwise: here every guard fails closed. */
export function ifKnown<T>(rule: string, fact: Fact<T>, ask: (value: T) => Reason): Reason {
  return fact.known ? ask(fact.value) : refuse(rule, `cannot be told: ${fact.reason}`);
}

export const refusals = (reasons: readonly Reason[]): readonly Reason[] =>
  reasons.filter(({ verdict }) => verdict === 'refuse');
