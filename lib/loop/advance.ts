import { livePlan } from '../incidents/plans.ts';
import { describe } from '../model/errors.ts';
import type { Incident, PlanView } from '../model/incident.ts';
import { type Change, change, isRaced, load } from './change.ts';
import { expireApproval, reachDeadline, releasePage, settle } from './deadline.ts';
import { decide } from './decide.ts';
import type { Deps } from './deps.ts';
import { diagnose, diagnoseJoined } from './diagnose.ts';
import { dispatch } from './dispatch.ts';
import { poll } from './poll.ts';
import { prove } from './prove.ts';
import { deadlineOf, isOver, undecided } from './wake.ts';

/** Steps one call may take, so that a fault in the table can never spin. */
const STEPS = 40;
const RETRY = 5_000;

/** What a plan's state asks for next. */
async function workOnPlan(deps: Deps, incident: Incident, plan: PlanView): Promise<Change | null> {
  switch (plan.state) {
    case 'running':
      return poll(deps, incident, plan);
    case 'verifying':
      return prove(deps, incident, plan);
    // Who is asked reads the evidence.
    case 'awaiting-approval':
    case 'proposed':
      return diagnoseJoined(deps, incident);
    default:
      return null;
  }
}

/** The stages in the order in which a trouble passes through them; the first that has something to do does it. */
async function nextChange(deps: Deps, incident: Incident): Promise<Change | null> {
  const page = releasePage(deps, incident);
  if (page !== null) return page;
  const plan = livePlan(incident);
  // Before the plan's own work: a command that takes its time always has some.
  if (plan !== null)
    return expireApproval(deps, incident) ?? reachDeadline(deps, incident) ?? (await workOnPlan(deps, incident, plan));
  if (!isOver(incident) && incident.firstSignal !== null) {
    if (incident.diagnosis === 'wanted') return diagnose(deps, incident);
    if (undecided(incident) !== null) return decide(deps, incident);
    const joined = await diagnoseJoined(deps, incident);
    if (joined !== null) return joined;
  }
  return settle(incident) ?? reachDeadline(deps, incident);
}

/**
 * Carries an incident as far as it can go now. Level-triggered: what is to be done follows from the folded state alone, so that
 * it may be called at any time, again, after a crash, by any worker; the expected version lets one of them win.
 */
export async function advance(deps: Deps, id: string): Promise<Incident> {
  let incident = await load(deps, id);
  for (let count = 0; count < STEPS; count += 1) {
    const before = incident.version;
    try {
      incident = (await sendIfDue(deps, incident)) ?? (await step(deps, id));
      if (incident.version === before) return incident;
    } catch (error) {
      // Another worker or a person was faster, and nothing of this step was written: the next goes on from theirs.
      if (!isRaced(error)) throw error;
      incident = await load(deps, id);
    }
  }
  return incident;
}

const step = (deps: Deps, id: string): Promise<Incident> => change(deps, id, (current) => nextChange(deps, current));

/** Sending writes for itself: what was won by a conditional write must be done by the one who won it. */
async function sendIfDue(deps: Deps, incident: Incident): Promise<Incident | null> {
  const plan = livePlan(incident);
  // A page or an escalation that is due goes out first.
  const due = [incident.pageHeldUntil, deadlineOf(incident, deps.settings)];
  const waits = due.some((at) => at !== null && at <= deps.clock.now());
  return plan?.state === 'dispatching' && !waits ? dispatch(deps, incident, plan) : null;
}

/** A step that fails leaves the incident as it was; it is due again a little later, and a person can see why. */
export async function advanceSafely(deps: Deps, id: string): Promise<void> {
  try {
    await deps.turns(id, () => advance(deps, id));
  } catch (error) {
    deps.log.error('an incident could not be advanced', { incident: id, error: describe(error) });
    deps.timers.wakeAt(deps.clock.now() + RETRY);
  }
}
