import { executionId, intent, nextTarget } from '../action/executions.ts';
import { livePlan } from '../incidents/plans.ts';
import { append, type Change, change, load } from '../loop/change.ts';
import { claimsOf, releaseOf } from '../loop/claims.ts';
import { cureRecord } from '../loop/cures.ts';
import { escalation, expireApproval, releasePage, settle } from '../loop/deadline.ts';
import { decide } from '../loop/decide.ts';
import type { Deps } from '../loop/deps.ts';
import { isOver, undecided } from '../loop/wake.ts';
import type { Millis } from '../model/basic.ts';
import { isNightshiftError } from '../model/errors.ts';
import type { Incident, PlanView } from '../model/incident.ts';
import type { PlanTarget, Verification } from '../model/plan.ts';

/** Steps one call may take, so that a fault can never spin. */
const STEPS = 40;

/**
 * Carries an incident as far as it goes now, without acting: there is no step here that sends. A plan that would have run
 * counts as run, spends its claims, and is proven by what was recorded: see `proof`.
 */
export async function advance(deps: Deps, id: string): Promise<Incident> {
  let incident = await load(deps, id);
  for (let count = 0; count < STEPS; count += 1) {
    const before = incident.version;
    const plan = livePlan(incident);
    incident =
      plan?.state === 'dispatching'
        ? await countAsRun(deps, incident, plan)
        : await change(deps, id, (current) => nextChange(deps, current));
    if (incident.version === before) return incident;
  }
  return incident;
}

async function nextChange(deps: Deps, incident: Incident): Promise<Change | null> {
  const page = releasePage(deps, incident);
  if (page !== null) return page;
  const plan = livePlan(incident);
  if (plan !== null) return expireApproval(deps, incident) ?? (await proof(deps, incident, plan));
  if (!isOver(incident) && undecided(incident) !== null) return decide(deps, incident);
  return settle(incident) ?? quiet(deps, incident);
}

function quiet(deps: Deps, { state, resolvedAt }: Incident): Change | null {
  if (state !== 'resolved' || deps.clock.now() < (resolvedAt ?? 0) + deps.settings.closeAfter) return null;
  return { events: [{ type: 'incident.closed', reason: 'resolved and quiet' }] };
}

/** Nobody can know how long it would have taken: host and place are taken for as long as the policy gives the proof. */
const provenWithin = ({ verification }: PlanView) =>
  verification === null ? 0 : verification.stabilisation + verification.within;

async function countAsRun(deps: Deps, incident: Incident, plan: PlanView): Promise<Incident> {
  const target = nextTarget(plan);
  if (target === null || plan.dryRun) return end(deps, incident, plan, 'shadowed', 'nothing would have been sent');
  try {
    return await append(deps, incident, incident.id, await ran(deps, plan, target));
  } catch (error) {
    if (!isNightshiftError(error) || error.code !== 'ledger.claim') throw error;
    return end(deps, incident, plan, 'refused', `somebody else holds ${error.field ?? 'a claim'}`);
  }
}

async function ran(deps: Deps, plan: PlanView, target: PlanTarget): Promise<Change> {
  const id = executionId(plan, target);
  const until = deps.clock.now() + provenWithin(plan);
  const others = plan.targets.length - plan.executions.length - 1;
  const claims = await claimsOf(deps, plan, target, id);
  const place = /^(lease|slot)\//;
  const reason = 'counted as run: a backtest sends nothing';
  return {
    take: claims
      // One host of a rollout after the other: only the last one's place is still taken when the rollout is proven.
      .filter(({ key }) => others === 0 || !place.test(key))
      .map((claim) => (place.test(claim.key) ? { ...claim, until } : claim)),
    events: [
      { ...intent(plan, target, deps.clock.now(), null), to: 'succeeded', reason },
      ...(others > 0 ? [] : [{ type: 'plan.moved' as const, planId: plan.id, to: 'verifying' as const, reason }]),
    ],
  };
}

const end = (deps: Deps, incident: Incident, plan: PlanView, to: 'shadowed' | 'refused', reason: string) =>
  append(deps, incident, incident.id, {
    events: [
      { type: 'plan.moved', planId: plan.id, to, reason },
      ...(to === 'refused' ? [escalation(deps, incident, `${plan.runbook} would not have run: ${reason}`)] : []),
    ],
  });

/**
 * A backtest cannot know what the cure would have done. The recorded end of the alert stands in for the proof where it came
 * within the policy's time for it; where it did not, the proof is inconclusive. It never fails, so that no policy is demoted.
 */
async function proof(deps: Deps, incident: Incident, plan: PlanView): Promise<Change | null> {
  if (plan.state !== 'verifying') return null;
  const fingerprint = await decidedFor(deps, incident, plan);
  const fires = incident.episodes.some((one) => one.endsAt === null && one.fingerprint === fingerprint);
  if (fires && deps.clock.now() < plan.since + provenWithin(plan)) return null;
  const to = fires ? 'inconclusive' : 'verified';
  const reason = fires
    ? 'the alert fired on in what was recorded'
    : 'in what was recorded the alert ended within the time for the proof';
  const last = plan.executions.at(-1);
  if (last === undefined) return null;
  const made = { type: 'verification.made' as const, planId: plan.id, executionId: last.id };
  const policy = (await deps.catalogue.active()).policies.find(({ name }) => name === plan.policy);
  return {
    release: releaseOf(last),
    events: [
      { ...made, verification: verificationOf(deps, plan, to, reason) },
      { type: 'plan.moved', planId: plan.id, to, reason },
      ...(fires ? [escalation(deps, incident, `${plan.runbook}: ${reason}`)] : []),
    ],
    records: fires || policy === undefined ? [] : [await cureRecord(deps, incident, policy.guards.recurrence)],
  };
}

function verificationOf(deps: Deps, plan: PlanView, result: Verification['result'], reason: string): Verification {
  const expr = plan.verification?.expr ?? '';
  return { result, at: deps.clock.now(), expr, reason, before: null, after: null, freshFrom: null };
}

async function decidedFor(deps: Deps, { id }: Incident, plan: PlanView): Promise<string | null> {
  for (const { event } of await deps.ledger.read(id))
    if (event.type === 'decision.made' && event.decision.plan?.id === plan.id) return event.fingerprint;
  return null;
}

/** When time alone changes an incident next, milliseconds; null where only a signal does. */
export function dueOf(incident: Incident, closeAfter: number): Millis | null {
  const plan = livePlan(incident);
  const times: (Millis | null)[] = [incident.pageHeldUntil];
  if (plan?.state === 'verifying') times.push(plan.since + provenWithin(plan));
  else if (plan !== null) times.push(plan.approveBy);
  if (incident.state === 'resolved') times.push((incident.resolvedAt ?? 0) + closeAfter);
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
