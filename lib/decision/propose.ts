import { checkParameters } from '../language/parameters.ts';
import type { Labels, Millis } from '../model/basic.ts';
import type { Bundle, Policy } from '../model/catalogue.ts';
import { describe } from '../model/errors.ts';
import type { Host } from '../model/host.ts';
import type { ExecutionView, Incident } from '../model/incident.ts';
import type { PlanTarget, Reason } from '../model/plan.ts';
import type { Runbook } from '../model/runbook.ts';
import type { Subject } from '../model/signal.ts';
import { type Fact, known, unknown } from './facts.ts';
import { selectPolicy } from './selectPolicy.ts';
import { leadersLast, resolveTargets } from './targets.ts';

type Values = Readonly<Record<string, string>>;

/** The action in question, before anybody asked whether it may be done. */
export interface Proposal {
  readonly policy: Policy | null;
  /** Why this policy. */
  readonly reasons: readonly Reason[];
  readonly targets: Fact<readonly PlanTarget[]>;
  readonly runbook: Fact<Runbook>;
  /** Checked, defaults filled in, without `executionId` and `notAfter`: those belong to each sending. */
  readonly parameters: Fact<Values>;
}

export interface ProposalInput {
  readonly bundle: Bundle;
  readonly labels: Labels;
  readonly subject: Subject;
  /** When the episode began, milliseconds. */
  readonly startsAt: Millis;
  readonly hosts: Fact<readonly Host[]>;
  readonly incident: Incident;
  /** Hosts that come last, for a policy that asks for it; absent until they were asked for. */
  readonly last?: Fact<readonly string[]>;
}

/** What would be done about this alert, on which hosts: from it the loop knows which facts to read. */
export function propose(input: ProposalInput): Proposal {
  const { policy, reasons } = selectPolicy(input.bundle, input.labels, input.subject);
  if (policy === null) {
    const none = unknown('no policy matches');
    return { policy, reasons, targets: none, runbook: none, parameters: none };
  }
  const { hosts, subject, labels, startsAt } = input;
  const found = hosts.known ? resolveTargets(policy, subject, labels, startsAt, hosts.value) : hosts;
  const targets = found.known && input.last !== undefined ? leadersLast(found.value, input.last) : found;
  const step = nextStep(policy, input.incident, targets);
  const runbook = step.known ? runbookOf(input.bundle, step.value.name) : step;
  const parameters = filledIn(step, runbook, labels);
  return { policy, reasons, targets, runbook, parameters };
}

/** Whether a command may have reached the host. What was refused or cancelled before sending did nothing there. */
export const mayHaveRun = ({ state, commandId }: ExecutionView): boolean =>
  state !== 'refused' && !(state === 'cancelled' && commandId === null);

/** Executions of this incident on any of the hosts; on every host where those are not known. */
export function executionsOn(
  incident: Incident | null,
  targets: Fact<readonly PlanTarget[]>,
): readonly ExecutionView[] {
  const all = incident?.plans.flatMap(({ executions }) => executions).filter(mayHaveRun) ?? [];
  if (!targets.known) return all;
  return all.filter(({ target }) => targets.value.some(({ hostId }) => hostId === target.hostId));
}

type Step = Policy['runbooks'][number];

/** The first runbook of the policy that this incident has not seen on these hosts. */
function nextStep(policy: Policy, incident: Incident, targets: Fact<readonly PlanTarget[]>): Fact<Step> {
  const done = new Set(executionsOn(incident, targets).map(({ runbook }) => runbook));
  const step = policy.runbooks.find(({ name }) => !done.has(name));
  if (step !== undefined) return known(step);
  return unknown(`every runbook of ${policy.name} was tried in this incident: ${[...done].join(', ')}`);
}

export function runbookOf(bundle: Bundle, name: string): Fact<Runbook> {
  const runbook = Object.hasOwn(bundle.runbooks, name) ? bundle.runbooks[name] : undefined;
  return runbook === undefined ? unknown(`there is no runbook ${name}`) : known(runbook);
}

function filledIn(step: Fact<Step>, runbook: Fact<Runbook>, labels: Labels): Fact<Values> {
  if (!step.known) return step;
  return runbook.known ? valuesOf(runbook.value, step.value.parameters, labels) : runbook;
}

function valuesOf(runbook: Runbook, wanted: Step['parameters'], labels: Labels): Fact<Values> {
  const values: [string, string][] = [];
  for (const [name, from] of Object.entries(wanted)) {
    const value = typeof from === 'string' ? from : Object.hasOwn(labels, from.label) ? labels[from.label] : undefined;
    if (value === undefined) return unknown(`${name} comes from a label the alert does not have`);
    values.push([name, value]);
  }
  return checkedValues(runbook, Object.fromEntries(values));
}

/** The values as the runbook's own patterns take them. */
export function checkedValues(runbook: Runbook, values: Values): Fact<Values> {
  try {
    return known(checkParameters(runbook, values));
  } catch (error) {
    return unknown(describe(error));
  }
}
