import type { Labels, Millis } from '../model/basic.ts';
import type { Policy, TargetRule } from '../model/catalogue.ts';
import type { Host } from '../model/host.ts';
import type { PlanTarget } from '../model/plan.ts';
import type { Subject } from '../model/signal.ts';
import { type Fact, known, unknown } from './facts.ts';

type Hosts = Fact<readonly Host[]>;

/**
 * The hosts a policy means, or why they cannot be told: a name that nothing has or two have, an address that is not one
 * running host's alone, a host of another cluster than the alert's, or one that commands cannot reach.
 */
export function resolveTargets(
  policy: Pick<Policy, 'targets'>,
  subject: Subject,
  labels: Labels,
  startsAt: Millis,
  hosts: readonly Host[],
): Fact<readonly PlanTarget[]> {
  const found =
    policy.targets.from === 'service'
      ? ofService(policy.targets, subject, hosts)
      : ofAlert(subject, labels, startsAt, hosts);
  return reachable(found);
}

function ofService(rule: Extract<TargetRule, { from: 'service' }>, subject: Subject, hosts: readonly Host[]): Hosts {
  const serving = hosts.filter(
    ({ cluster, services }) => cluster === subject.cluster && services.includes(rule.service),
  );
  if (serving.length === 0) return unknown(`no host of cluster ${subject.cluster} has the service ${rule.service}`);
  // By id, so that a second look at the same inventory means the same hosts in the same order.
  return known(serving.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, rule.max));
}

function ofAlert(subject: Subject, labels: Labels, startsAt: Millis, hosts: readonly Host[]): Hosts {
  const instanceId = labels.instance_id ?? '';
  // A host that the alert names by id is that host or none: looking further could find another machine.
  if (instanceId !== '') return onlyOne(byId(hosts, instanceId), subject, `instance_id ${instanceId}`);
  const name = subject.host ?? '';
  const named = name === '' ? [] : hosts.filter((host) => host.id === name || host.name === name);
  if (named.length > 0) return onlyOne(named, subject, `host ${name}`);
  const address = addressOf(labels.instance ?? '');
  if (address === '') return unknown(name === '' ? 'the alert names no host' : `no host is called ${name}`);
  return ofAddress(address, subject, startsAt, hosts);
}

const byId = (hosts: readonly Host[], id: string) => hosts.filter((host) => host.id === id);

function onlyOne(found: readonly Host[], subject: Subject, what: string): Hosts {
  if (found.length === 0) return unknown(`no host has ${what}`);
  const here = found.filter(({ cluster }) => cluster === subject.cluster);
  if (here.length === 1) return known(here);
  if (here.length > 1) return unknown(`${here.length} hosts have ${what}`);
  const clusters = [...new Set(found.map(({ cluster }) => cluster))].join(', ');
  return unknown(`${what} is in cluster ${clusters} and the alert in ${subject.cluster}`);
}

/** An address is an identity only while one running host has it, and only for what began after that host did. */
function ofAddress(address: string, subject: Subject, startsAt: Millis, hosts: readonly Host[]): Hosts {
  const having = hosts.filter(({ addresses, state }) => state !== 'offline' && addresses.includes(address));
  if (having.length === 0) return unknown(`no running host has the address ${address}`);
  if (having.length > 1) return unknown(`${having.length} running hosts have the address ${address}`);
  const young = having.find(({ launchedAt }) => launchedAt !== null && launchedAt >= startsAt);
  if (young !== undefined) return unknown(`${young.name} got the address ${address} after the trouble began`);
  return onlyOne(having, subject, `address ${address}`);
}

/** `10.0.0.5:9100`, `[fd00::5]:9100` or a bare address or name. */
function addressOf(instance: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(instance);
  if (bracketed !== null) return bracketed[1] ?? '';
  return instance.replace(/^([^:]*):\d+$/, '$1');
}

function reachable(found: Hosts): Fact<readonly PlanTarget[]> {
  if (!found.known) return found;
  const away = found.value.filter(({ state }) => state !== 'online');
  if (away.length > 0) return unknown(away.map(({ name, state }) => `${name} is ${state}`).join(', '));
  if (found.value.length === 0) return unknown('the policy allows no host at all');
  return known(found.value.map(targetOf));
}

/** The hosts of `last` after the others, each in its order. Nobody of them among the targets is no answer, and no data means no. */
export function leadersLast(
  targets: readonly PlanTarget[],
  last: Fact<readonly string[]>,
): Fact<readonly PlanTarget[]> {
  if (!last.known) return unknown(`which host comes last is not known: ${last.reason}`);
  const leads = ({ hostId, hostName }: PlanTarget) => last.value.includes(hostId) || last.value.includes(hostName);
  if (!targets.some(leads)) return unknown('which host comes last is not known: none of them was found');
  return known([...targets.filter((target) => !leads(target)), ...targets.filter(leads)]);
}

export const targetOf = ({ id, name, cluster }: Host): PlanTarget => ({ hostId: id, hostName: name, cluster });

/** Hosts as a person names them, by id or name, each once. */
export function namedTargets(names: readonly string[], hosts: readonly Host[]): Fact<readonly PlanTarget[]> {
  const found: Host[] = [];
  for (const name of names) {
    const having = hosts.filter((host) => host.id === name || host.name === name);
    const [host] = having;
    if (host === undefined) return unknown(`no host is called ${name}`);
    if (having.length > 1) return unknown(`${having.length} hosts are called ${name}`);
    if (!found.includes(host)) found.push(host);
  }
  return found.length === 0 ? unknown('no host is named') : reachable(known(found));
}
