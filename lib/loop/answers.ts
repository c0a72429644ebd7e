import { refused } from '../model/errors.ts';
import { type NonceRecord, nonceKey } from './announce.ts';
import { load } from './change.ts';
import type { Deps } from './deps.ts';
import type { Operations } from './operations.ts';
import * as people from './people.ts';
import { CONFIGURATION } from './setRecord.ts';

/** What a person answers to one incident, and reads to do so. Apart from the rest: whoever takes signed answers needs no more. */
export type Answers = Pick<
  Operations,
  'incident' | 'timeline' | 'acknowledge' | 'comment' | 'close' | 'reopen' | 'approve' | 'reject' | 'spendNonce'
>;

async function spendNonce(deps: Deps, nonce: string, planHash: string): Promise<void> {
  const key = nonceKey(nonce);
  const { version, value } = await deps.ledger.record<NonceRecord>(key);
  const good = value !== null && !value.spent && value.planHash === planHash && deps.clock.now() < value.expiresAt;
  if (!good) throw refused('approval.nonce', 'this button is spent, expired or of another plan', { field: 'nonce' });
  await deps.ledger.append({
    stream: CONFIGURATION,
    expectedVersion: (await deps.ledger.head(CONFIGURATION)).version,
    at: deps.clock.now(),
    actor: { name: 'nightshift', via: 'system' },
    events: [
      { type: 'record.set', key: `nonce of ${value.planId}`, value: 'spent', reason: 'an approval button was pressed' },
    ],
    records: [{ key, expectedVersion: version, value: { ...value, spent: true } }],
  });
}

export const createAnswers = (deps: Deps): Answers => ({
  incident: (id) => load(deps, id),
  timeline: async (id) => {
    await load(deps, id);
    return deps.ledger.read(id);
  },
  acknowledge: (id, actor) => people.acknowledge(deps, id, actor),
  comment: (id, text, actor) => people.comment(deps, id, text, actor),
  close: (id, reason, actor) => people.close(deps, id, reason, actor),
  reopen: (id, reason, actor) => people.reopen(deps, id, reason, actor),
  approve: (id, plan, hash, actor) => people.approve(deps, id, plan, hash, actor),
  reject: (id, plan, hash, reason, actor) => people.reject(deps, id, plan, hash, reason, actor),
  spendNonce: (nonce, planHash) => spendNonce(deps, nonce, planHash),
});
