import { decideManual } from '../decision/manual.ts';
import { namedTargets } from '../decision/targets.ts';
import type { Actor } from '../model/basic.ts';
import { invalid, refused } from '../model/errors.ts';
import type { Incident, IncidentEvent } from '../model/incident.ts';
import type { PlanTarget } from '../model/plan.ts';
import type { Subject } from '../model/signal.ts';
import { append, type Change, change } from './change.ts';
import type { Desk } from './deps.ts';
import { fact, readFacts, selectorsOfPlace } from './facts.ts';
import type { ManualRun } from './operations.ts';
import { isOver } from './wake.ts';

function subjectOfRun(run: ManualRun, cluster: string): Subject {
  return {
    alertname: `run ${run.runbook} by hand`,
    cluster,
    host: run.hosts.length === 1 ? (run.hosts[0] ?? null) : null,
    service: null,
    team: null,
    severity: 'info',
    responseLevel: 1,
  };
}

/** Bad requests are refused before anything is written: a runbook that is not there is a mistake, not a decision. */
async function check(deps: Desk, run: ManualRun): Promise<void> {
  const { runbooks } = await deps.catalogue.active();
  if (!Object.hasOwn(runbooks, run.runbook))
    throw invalid('run.runbook', `there is no runbook ${run.runbook}`, {
      field: 'runbook',
      expected: Object.keys(runbooks).sort().join(', '),
    });
  if (run.reason.trim() === '')
    throw invalid('run.reason', 'say why it is run', { field: 'reason', expected: 'a sentence' });
}

/** A run by a named person is an incident of its own: the same guards, the same audit, the same record. */
export async function manualRun(deps: Desk, run: ManualRun, actor: Actor): Promise<Incident> {
  await check(deps, run);
  const hosts = await fact(() => deps.inventory.hosts());
  const found = hosts.known ? namedTargets(run.hosts, hosts.value) : hosts;
  if (!found.known)
    throw invalid('run.hosts', found.reason, { field: 'hosts', expected: 'ids or names of the inventory' });
  const subject = subjectOfRun(run, found.value[0]?.cluster ?? 'local');
  const id = deps.ids.next('inc');
  const opened: IncidentEvent[] = [
    {
      type: 'incident.opened',
      key: { cluster: subject.cluster, host: subject.host, service: id },
      subject,
      parent: null,
    },
    { type: 'incident.commented', text: run.reason },
  ];
  await append(deps, null, id, { actor, events: opened });
  // From here on others may write to it too: a message about it that was delivered, a person who answers it.
  return change(deps, id, (incident) => decided(deps, incident, run, found.value, actor));
}

/** Everything is read anew each time, so that what the guards say is about what is so when it is written. */
async function decided(
  deps: Desk,
  incident: Incident,
  run: ManualRun,
  targets: readonly PlanTarget[],
  actor: Actor,
): Promise<Change | null> {
  // Written already, by a write whose answer was lost: never twice.
  if (incident.decisions.length > 0) return null;
  if (isOver(incident))
    throw refused(
      'run.closed',
      `incident ${incident.id} of this run was closed before it was decided: nothing is sent`,
    );
  const bundle = await deps.catalogue.active();
  const selectors = selectorsOfPlace(deps, incident, {});
  const facts = await readFacts(deps, { incident: null, policy: null, targets, selectors });
  const decision = decideManual({
    ...run,
    ids: { decisionId: deps.ids.next('dec'), planId: deps.ids.next('plan') },
    bundle,
    actor,
    subject: incident.subject,
    selector: selectors.selector,
    facts,
    sha256: deps.sha256,
  });
  return { actor, events: [{ type: 'decision.made', decision, fingerprint: null, approveBy: deps.clock.now() }] };
}
