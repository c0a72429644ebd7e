import { claimKeys } from '../decision/claims.ts';
import {
  downInInventory,
  type Fact,
  type GuardFacts,
  known,
  type PreconditionAnswer,
  unknown,
} from '../decision/facts.ts';
import { demotionKey, STOP_KEY, WINDOWS_KEY } from '../decision/keys.ts';
import { answerOf, unanswered } from '../decision/preconditions.ts';
import { HOST_DOWN, isHostDown } from '../incidents/subject.ts';
import { fillSelector } from '../language/placeholders.ts';
import { type Selectors, selectorsFor } from '../language/selectors.ts';
import type { Labels } from '../model/basic.ts';
import type { Policy, Precondition } from '../model/catalogue.ts';
import { describe, failed } from '../model/errors.ts';
import type { Host } from '../model/host.ts';
import type { DemotionRecord, Incident, PlanView, StopRecord, WindowRecord } from '../model/incident.ts';
import type { PlanTarget } from '../model/plan.ts';
import type { RunbookRunner } from '../ports/runner.ts';
import { lastCure } from './cures.ts';
import type { Desk } from './deps.ts';

/** An answer, or why there is none: a guard whose fact could not be read refuses, so nothing is swallowed here. */
export async function fact<T>(ask: () => Promise<T>): Promise<Fact<T>> {
  try {
    return known(await ask());
  } catch (error) {
    return unknown(describe(error));
  }
}

/** What follows from an answer, where there is one. */
const factOf = <T, U>(from: Fact<T>, follow: (value: T) => U): Fact<U> =>
  from.known ? known(follow(from.value)) : from;

export interface Asked {
  readonly incident: Incident | null;
  readonly policy: Policy | null;
  readonly targets: readonly PlanTarget[];
  /** Filled into the preconditions. */
  readonly selectors: Selectors;
}

/** Whoever has a runner asks it what it reaches; on AWS those who answer people have none. */
type Asker = Desk & { readonly runner?: Pick<RunbookRunner, 'reaches'> };

/** Reads everything the guards look at, strongly consistent, just before they are asked. */
export async function readFacts(deps: Asker, asked: Asked): Promise<GuardFacts> {
  const now = deps.clock.now();
  const { incident, policy, targets } = asked;
  const cluster = targets[0]?.cluster ?? incident?.key.cluster ?? '';
  const keys = targets.flatMap((target) => claimKeys(policy, target, now));
  const [stop, windows, demotion, hosts, claims, said, preconditions, recentVerified] = await Promise.all([
    fact(() => deps.ledger.record<StopRecord>(STOP_KEY)),
    fact(() => deps.ledger.record<readonly WindowRecord[]>(WINDOWS_KEY)),
    fact(() => deps.ledger.record<DemotionRecord>(demotionKey(policy?.name ?? 'manual', cluster))),
    fact(() => deps.inventory.hosts()),
    fact(() => deps.ledger.claims([...new Set(keys)], now)),
    fact(() => saidDown(deps, incident)),
    fact(() => answers(deps, policy?.preconditions ?? [], asked.selectors)),
    fact(async () => (incident === null ? null : lastCure(deps, incident))),
  ]);
  const rule = policy?.targets;
  const order = rule?.from === 'service' ? rule.last : undefined;
  const last = order === undefined ? undefined : await fact(() => hostsOf(deps, order, asked.selectors));
  const reach = hosts.known ? await reachOf(deps, hosts.value, targets) : hosts;
  const parentOpen = factOf(said, (value) => isSaidDown(incident, targets, value));
  const downHosts = hosts.known ? factOf(said, (value) => downOf(hosts.value, value)) : hosts;
  return {
    now,
    stop,
    windows,
    demotion,
    hosts,
    claims,
    parentOpen,
    downHosts,
    preconditions,
    recentVerified,
    incident,
    ...(last !== undefined && { last }),
    ...(reach !== undefined && { reach }),
  };
}

/** What the runner says of each target, by its id. */
async function reachOf({ runner }: Asker, hosts: readonly Host[], targets: readonly PlanTarget[]) {
  if (runner?.reaches === undefined) return undefined;
  const wanted = new Set(targets.map(({ hostId }) => hostId));
  return fact(async () => {
    const answers = new Map<string, string | null>();
    for (const host of hosts.filter(({ id }) => wanted.has(id)))
      answers.set(host.id, (await runner.reaches?.(host)) ?? null);
    return answers;
  });
}

/** The hosts that a query's series are of, by every label that may name one. */
async function hostsOf(deps: Desk, expr: string, selectors: Selectors): Promise<readonly string[]> {
  if (deps.metrics === null) throw failed('metrics.absent', 'no Prometheus is configured');
  const series = await deps.metrics.instant(fillSelector(expr, selectors));
  const names = deps.settings.labels.host;
  return series.flatMap(({ labels }) => names.flatMap((name) => labels[name] ?? []));
}

/** A host of ours is said to be down, by whatever incident and since whenever; what is itself about that is not held up by it. */
function isSaidDown(incident: Incident | null, targets: readonly PlanTarget[], said: ReadonlySet<string>): boolean {
  if (incident === null || incident.firstSignal === null) return false;
  const own = incident.subject.alertname !== HOST_DOWN && isHostDown(incident);
  const hosts = [incident.key.host, ...targets.flatMap(({ hostId, hostName }) => [hostId, hostName])];
  return own || hosts.some((host) => host !== null && said.has(host));
}

const PAGE = 200;

/** As incidents name them: the hosts that an open one, but this, says are down. */
async function saidDown(deps: Desk, incident: Incident | null): Promise<ReadonlySet<string>> {
  const said = new Set<string>();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Desk['ledger']['list']>> = await deps.ledger.list({
      alertname: HOST_DOWN,
      state: ['open', 'acknowledged', 'escalated'],
      limit: PAGE,
      ...(cursor !== null && { cursor }),
    });
    for (const { id, host } of page.items) if (id !== incident?.id && host !== null) said.add(host);
    cursor = page.next;
  } while (cursor !== null);
  return said;
}

/** Hosts the inventory cannot reach and hosts that an open incident says are down. */
export async function hostsDown(deps: Desk, hosts: readonly Host[]): Promise<readonly string[]> {
  return downOf(hosts, await saidDown(deps, null));
}

function downOf(hosts: readonly Host[], said: ReadonlySet<string>): readonly string[] {
  const named = hosts.filter(({ id, name }) => said.has(id) || said.has(name));
  return [...new Set([...downInInventory(hosts), ...named.map(({ id }) => id)])];
}

async function answers(deps: Desk, preconditions: readonly Precondition[], selectors: Selectors) {
  return Promise.all(preconditions.map((precondition) => answer(deps, precondition, selectors)));
}

/** No data means no; a query that cannot be asked means no as well, and says which it was. */
async function answer(deps: Desk, precondition: Precondition, selectors: Selectors): Promise<PreconditionAnswer> {
  try {
    if (deps.metrics === null) throw failed('metrics.absent', 'no Prometheus is configured');
    return answerOf(precondition, await deps.metrics.instant(fillSelector(precondition.expr, selectors)));
  } catch (error) {
    return unanswered(precondition, error);
  }
}

/** What `$selector` and its kin stand for; the cluster only where the alert carries one itself. */
export function selectorsOfPlace(deps: Desk, incident: Incident, labels: Labels): Selectors {
  const { cluster, host, service } = incident.key;
  const said = deps.settings.labels.cluster.some((name) => Object.hasOwn(labels, name));
  return selectorsFor({ cluster: said ? cluster : null, host, service }, deps.settings.labels, labels);
}

/** What `$selector` stands for in the proof of one host of a plan: the mended host, which in a rollout is not always the alert's. */
export function selectorOfTarget(deps: Desk, incident: Incident, plan: PlanView, target: PlanTarget): string {
  const { host } = incident.key;
  if (host === null || host === target.hostId || host === target.hostName) return plan.selector;
  // Hosts are told by the kind of name by which the alert told its own.
  const byName = plan.targets.some(({ hostId, hostName }) => hostName === host && hostId !== host);
  const named = byName ? target.hostName : target.hostId;
  const key = { ...incident.key, host: named };
  return selectorsOfPlace(deps, { ...incident, key }, incident.firstSignal?.labels ?? {}).selector;
}
