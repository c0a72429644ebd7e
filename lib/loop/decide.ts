import { decide as decideOn } from '../decision/decide.ts';
import { propose } from '../decision/propose.ts';
import { subjectOf } from '../incidents/subject.ts';
import type { Episode, Incident, IncidentEvent } from '../model/incident.ts';
import type { Decision } from '../model/plan.ts';
import type { Change } from './change.ts';
import { escalation } from './deadline.ts';
import type { Deps } from './deps.ts';
import { fact, readFacts, selectorsOfPlace } from './facts.ts';
import { undecided } from './wake.ts';

const APPROVAL = 15 * 60_000;

/** Decides about the oldest firing that nobody has decided about. The decision is kept, whatever it is. */
export async function decide(deps: Deps, incident: Incident): Promise<Change | null> {
  const episode = undecided(incident);
  if (episode === null) return null;
  const { decision, approveWithin } = await decisionFor(deps, incident, episode);
  const made: IncidentEvent = {
    type: 'decision.made',
    decision,
    fingerprint: episode.fingerprint,
    approveBy: deps.clock.now() + approveWithin,
  };
  return { events: [made, ...consequences(deps, incident, decision)] };
}

async function decisionFor(deps: Deps, incident: Incident, episode: Episode) {
  const bundle = await deps.catalogue.active();
  const { labels, startsAt } = episode;
  const subject = subjectOf(labels, deps.settings.labels);
  const selectors = selectorsOfPlace(deps, incident, labels);
  const hosts = await fact(() => deps.inventory.hosts());
  const proposal = propose({ bundle, labels, subject, startsAt, hosts, incident });
  const targets = proposal.targets.known ? proposal.targets.value : [];
  const facts = await readFacts(deps, { incident, policy: proposal.policy, targets, selectors });
  const ids = { decisionId: deps.ids.next('dec'), planId: deps.ids.next('plan') };
  const decision = decideOn({
    ids,
    bundle,
    labels,
    subject,
    startsAt,
    selector: selectors.selector,
    facts: { ...facts, incident },
    sha256: deps.sha256,
  });
  return { decision, approveWithin: proposal.policy?.guards.approvalDeadline ?? APPROVAL };
}

/** While a cure is under way the page is held, at most `pageHold`; in every other case it goes out now. */
function consequences(deps: Deps, incident: Incident, decision: Decision): IncidentEvent[] {
  if (decision.outcome === 'run' && incident.state === 'open') {
    const until = incident.openedAt + deps.settings.pageHold;
    return incident.paged || until <= deps.clock.now()
      ? []
      : [{ type: 'page.held', until, reason: 'a cure is under way' }];
  }
  const again = decision.reasons.some(({ rule, verdict }) => rule === 'recurrence' && verdict === 'refuse');
  if (decision.outcome === 'refuse' && incident.state !== 'escalated')
    return [
      escalation(deps, incident, again ? 'it fired again after a verified cure' : 'no automatic cure was allowed'),
    ];
  if (incident.pageHeldUntil === null) return [];
  return [{ type: 'page.released', reason: `no cure is under way: ${decision.outcome}` }];
}
