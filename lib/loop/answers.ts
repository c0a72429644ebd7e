import { load } from './change.ts';
import type { Desk } from './deps.ts';
import type { Operations } from './operations.ts';
import * as people from './people.ts';

/** What a person answers to one incident, and reads to do so. Apart from the rest: whoever takes signed answers needs no more. */
export type Answers = Pick<
  Operations,
  'incident' | 'timeline' | 'acknowledge' | 'comment' | 'close' | 'reopen' | 'approve' | 'reject'
>;

export const createAnswers = (deps: Desk): Answers => ({
  incident: (id) => load(deps, id),
  timeline: async (id) => {
    await load(deps, id);
    return deps.ledger.read(id);
  },
  acknowledge: (id, actor) => people.acknowledge(deps, id, actor),
  comment: (id, text, actor) => people.comment(deps, id, text, actor),
  close: (id, reason, actor) => people.close(deps, id, reason, actor),
  reopen: (id, reason, actor) => people.reopen(deps, id, reason, actor),
  approve: (id, planId, planHash, actor, nonce) =>
    people.approve(deps, id, { planId, planHash, nonce: nonce ?? null }, actor),
  reject: (id, planId, planHash, reason, actor, nonce) =>
    people.reject(deps, id, { planId, planHash, nonce: nonce ?? null }, reason, actor),
});
