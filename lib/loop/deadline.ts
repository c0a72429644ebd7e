import { anyFiring } from '../incidents/episodes.ts';
import { livePlan } from '../incidents/plans.ts';
import type { Incident, IncidentEvent } from '../model/incident.ts';
import type { Change } from './change.ts';
import type { Deps } from './deps.ts';
import { chainOf, deadlineOf, isOver } from './wake.ts';

/** Nothing fires any more and nothing is being done: the trouble is over. */
export function settle(incident: Incident): Change | null {
  if (isOver(incident) || livePlan(incident) !== null) return null;
  if (incident.firstSignal === null) return endOfRun(incident);
  if (anyFiring(incident.episodes)) return null;
  return { events: [{ type: 'incident.resolved', reason: 'every alert of it is resolved' }] };
}

/** A page that was held for a cure goes out when the time is up, whatever the cure is doing. */
export function releasePage(deps: Deps, incident: Incident): Change | null {
  const until = incident.pageHeldUntil;
  if (until === null || deps.clock.now() < until) return null;
  return { events: [{ type: 'page.released', reason: 'the page was held as long as it may be' }] };
}

/** Nobody approved in time: the plan is cancelled and a person is told that it was. */
export function expireApproval(deps: Deps, incident: Incident): Change | null {
  const plan = livePlan(incident);
  const waits = plan !== null && (plan.state === 'awaiting-approval' || plan.state === 'proposed');
  if (!waits || deps.clock.now() < plan.approveBy) return null;
  return { events: [{ type: 'plan.moved', planId: plan.id, to: 'cancelled', reason: 'nobody approved it in time' }] };
}

/** The state's own deadline, as the table of states says: up the escalation chain, or closed. */
export function reachDeadline(deps: Deps, incident: Incident): Change | null {
  const due = deadlineOf(incident, deps.settings);
  if (due === null || deps.clock.now() < due) return null;
  if (incident.state === 'resolved') return { events: [{ type: 'incident.closed', reason: 'resolved and quiet' }] };
  return { events: [escalation(deps, incident, 'not answered in time')] };
}

/** One step further up the chain; at its end the last step is asked again. */
export function escalation(deps: Deps, incident: Incident, reason: string): IncidentEvent {
  const last = Math.max(0, chainOf(incident, deps.settings).length - 1);
  const step = incident.state === 'escalated' ? Math.min(incident.escalation.step + 1, last) : 0;
  return { type: 'incident.escalated', step, reason };
}

/** A run by hand has no alert to wait for: its incident ends with its plan, well or badly. */
function endOfRun(incident: Incident): Change | null {
  const decision = incident.decisions.at(-1);
  if (decision === undefined) return null;
  const plan = incident.plans.at(-1);
  return {
    events: [
      { type: 'incident.closed', reason: plan === undefined ? decision.outcome : `the run ended ${plan.state}` },
    ],
  };
}
