import { anyFiring } from '../incidents/episodes.ts';
import { livePlan } from '../incidents/plans.ts';
import { stateDeadline } from '../incidents/states.ts';
import type { Millis } from '../model/basic.ts';
import type { Incident, PlanView } from '../model/incident.ts';
import type { Settings } from '../model/settings.ts';
import { labelsOf } from '../notification/notices.ts';
import { chainFor, routeFor } from '../notification/routing.ts';

/** Steps of the chain that serves the team of this incident's route. */
export function chainOf(incident: Incident, settings: Settings) {
  const route = routeFor(settings, incident.subject, incident.severity, labelsOf(incident, settings.externalLabels));
  return chainFor(settings, route.team);
}

export const deadlineOf = (incident: Incident, settings: Settings): Millis | null =>
  stateDeadline(incident, {
    answerWithin: settings.answerWithin,
    closeAfter: settings.closeAfter,
    steps: chainOf(incident, settings).map(({ after }) => after),
  });

/** The first firing episode nobody has decided about, oldest first. */
export function undecided(incident: Incident) {
  return (
    incident.episodes.find(({ fingerprint, endsAt }) => endsAt === null && !incident.decided.includes(fingerprint)) ??
    null
  );
}

function planDue(plan: PlanView, settings: Settings, now: Millis): Millis {
  if (plan.state === 'awaiting-approval' || plan.state === 'proposed') return plan.approveBy;
  if (plan.state === 'running') return now + settings.runner.poll;
  return now;
}

export const isOver = (incident: Incident): boolean => incident.state === 'closed' || incident.state === 'resolved';

/** A state that wants work at once, or null. */
function workDue(incident: Incident, settings: Settings, now: Millis): Millis | null {
  const plan = livePlan(incident);
  if (plan !== null) return planDue(plan, settings, now);
  if (isOver(incident)) return null;
  if (incident.diagnosis === 'wanted' && incident.firstSignal !== null) return now;
  if (undecided(incident) !== null) return now;
  const wantsEnd = incident.firstSignal === null ? incident.decisions.length > 0 : !anyFiring(incident.episodes);
  return wantsEnd ? now : null;
}

/** When the incident must be looked at next: the earliest of its work, its held page and its state's deadline. `again` puts the work off. */
export function wakeAt(incident: Incident, settings: Settings, now: Millis, again?: Millis): Millis | null {
  const times = [again ?? workDue(incident, settings, now), incident.pageHeldUntil, deadlineOf(incident, settings)];
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
