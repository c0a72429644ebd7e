import { livePlan } from '../incidents/plans.ts';
import { nextState } from '../incidents/states.ts';
import type { Actor } from '../model/basic.ts';
import { invalid, refused } from '../model/errors.ts';
import type { Incident, IncidentEvent, PlanView } from '../model/incident.ts';
import { type NonceRecord, nonceKey } from './announce.ts';
import { change, type RecordChange } from './change.ts';
import type { Desk } from './deps.ts';

const TEXT = 4_000;

function text(field: string, value: string): string {
  const trimmed = value.trim();
  if (trimmed === '' || trimmed.length > TEXT)
    throw invalid('incident.text', `${field} must be 1 to ${TEXT} characters`, {
      field,
      expected: `1 to ${TEXT} characters`,
    });
  return trimmed;
}

function guard(incident: Incident, event: 'acknowledged' | 'closed' | 'reopened'): void {
  if (nextState(incident.state, event) === null)
    throw refused('incident.state', `an incident that is ${incident.state} cannot be ${event}`, { field: 'state' });
}

export const acknowledge = (deps: Desk, id: string, actor: Actor): Promise<Incident> =>
  change(deps, id, (incident) => {
    guard(incident, 'acknowledged');
    return { actor, events: [{ type: 'incident.acknowledged' }] };
  });

export const comment = (deps: Desk, id: string, words: string, actor: Actor): Promise<Incident> =>
  change(deps, id, () => ({ actor, events: [{ type: 'incident.commented', text: text('text', words) }] }));

/** A plan under way is finished or halted first: closing never hides a command that may still run. */
export const close = (deps: Desk, id: string, reason: string, actor: Actor): Promise<Incident> =>
  change(deps, id, (incident) => {
    guard(incident, 'closed');
    const plan = livePlan(incident);
    const busy = plan !== null && ['dispatching', 'running', 'verifying'].includes(plan.state);
    if (busy)
      throw refused('incident.busy', `plan ${plan.id} is ${plan.state}; close the incident when it has ended`, {
        field: 'state',
      });
    const cancelled: IncidentEvent[] =
      plan === null
        ? []
        : [{ type: 'plan.moved', planId: plan.id, to: 'cancelled', reason: 'the incident was closed' }];
    return { actor, events: [...cancelled, { type: 'incident.closed', reason: text('reason', reason) }] };
  });

export const reopen = (deps: Desk, id: string, reason: string, actor: Actor): Promise<Incident> =>
  change(deps, id, (incident) => {
    guard(incident, 'reopened');
    return { actor, events: [{ type: 'incident.reopened', reason: text('reason', reason) }] };
  });

/** The plan that waits for a person, exactly as that person saw it. */
function waiting(incident: Incident, planId: string, planHash: string): PlanView {
  const plan = livePlan(incident);
  if (plan === null || plan.id !== planId)
    throw refused('approval.plan', `plan ${planId} does not wait for approval`, { field: 'planId' });
  if (plan.state !== 'awaiting-approval' && plan.state !== 'proposed')
    throw refused('approval.state', `plan ${planId} is ${plan.state}`, {
      field: 'planId',
      expected: 'awaiting-approval',
    });
  if (plan.hash !== planHash)
    throw refused('approval.hash', 'the plan is not the one that was shown', {
      field: 'planHash',
      expected: plan.hash,
    });
  return plan;
}

/** What a pressed button carries, spent with the answer that it gives: both are written, or neither is and it can be pressed again. */
async function spent(deps: Desk, nonce: string | null, planHash: string): Promise<readonly RecordChange[]> {
  if (nonce === null) return [];
  const key = nonceKey(nonce);
  const { version, value } = await deps.ledger.record<NonceRecord>(key);
  const good = value !== null && !value.spent && value.planHash === planHash && deps.clock.now() < value.expiresAt;
  if (!good) throw refused('approval.nonce', 'this button is spent, expired or of another plan', { field: 'nonce' });
  return [{ key, expectedVersion: version, value: { ...value, spent: true } }];
}

/** What is answered, as the person who answers saw it. */
export interface Answered {
  readonly planId: string;
  readonly planHash: string;
  /** Of a button; null where the person is known by a token of their own. */
  readonly nonce: string | null;
}

export const approve = (
  deps: Desk,
  id: string,
  { planId, planHash, nonce }: Answered,
  actor: Actor,
): Promise<Incident> =>
  change(deps, id, async (incident) => {
    const records = await spent(deps, nonce, planHash);
    const plan = waiting(incident, planId, planHash);
    if (deps.clock.now() >= plan.approveBy)
      throw refused('approval.late', `the time to approve plan ${planId} is over`, { field: 'planId' });
    return { actor, records, events: [{ type: 'plan.approved', planId, planHash }] };
  });

export const reject = (deps: Desk, id: string, { planId, planHash, nonce }: Answered, reason: string, actor: Actor) =>
  change(deps, id, async (incident) => {
    const records = await spent(deps, nonce, planHash);
    waiting(incident, planId, planHash);
    return { actor, records, events: [{ type: 'plan.rejected', planId, planHash, reason: text('reason', reason) }] };
  });
