import {
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  type EC2Client,
  type Instance,
  type InstanceStatus,
} from '@aws-sdk/client-ec2';
import { DescribeInstanceInformationCommand, type InstanceInformation, type SSMClient } from '@aws-sdk/client-ssm';
import type { Host } from '../../model/host.ts';
import type { Inventory } from '../../ports/edges.ts';
import { asked } from './errors.ts';

/** The first agent that hands parameters over as environment variables; an older one would put them into the script's text. */
const AGENT = [3, 3, 2746, 0];
const PAGE = 50;

export interface Ec2InventoryOptions {
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
  /** Only instances with this tag and value are hosts: what is not tagged for Nightshift does not exist for it. */
  readonly managed: { readonly tag: string; readonly value: string };
}

/**
 * EC2 instances tagged for Nightshift. `Name` names a host, `nightshift:cluster` its cluster, `nightshift:services` its services
 * (separated by commas or spaces). Online is an instance that runs, whose agent answers and is new enough; why one is not
 * stands in the label `nightshift_unreachable`. Status checks are told in the label `ec2_status`, volumes in `ec2_volumes`.
 */
export function ec2Inventory(options: Ec2InventoryOptions): Inventory {
  return { hosts: () => asked('inventory', () => hosts(options)) };
}

async function hosts({ ec2, ssm, managed }: Ec2InventoryOptions): Promise<readonly Host[]> {
  const instances = await instancesOf(ec2, managed);
  const ids = instances.map(({ InstanceId = '' }) => InstanceId);
  if (ids.length === 0) return [];
  const [agents, checks] = await Promise.all([agentsOf(ssm, ids), checksOf(ec2, ids)]);
  return instances.map((instance) => {
    const id = instance.InstanceId ?? '';
    return hostOf(instance, agents.get(id), checks.get(id));
  });
}

async function instancesOf(ec2: EC2Client, { tag, value }: Ec2InventoryOptions['managed']): Promise<Instance[]> {
  const found: Instance[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: `tag:${tag}`, Values: [value] },
          { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
        ],
        ...(NextToken !== undefined && { NextToken }),
      }),
    );
    found.push(...(page.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

const slices = (ids: readonly string[]) =>
  Array.from({ length: Math.ceil(ids.length / PAGE) }, (_, at) => ids.slice(at * PAGE, (at + 1) * PAGE));

async function agentsOf(ssm: SSMClient, ids: readonly string[]): Promise<ReadonlyMap<string, InstanceInformation>> {
  const pages = await Promise.all(slices(ids).map((Values) => agentsAmong(ssm, Values)));
  return new Map(pages.flat().map((one) => [one.InstanceId ?? '', one]));
}

/** A page may bring less than was asked for, and the rest is on the next. */
async function agentsAmong(ssm: SSMClient, Values: string[]): Promise<InstanceInformation[]> {
  const found: InstanceInformation[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ssm.send(
      new DescribeInstanceInformationCommand({
        Filters: [{ Key: 'InstanceIds', Values }],
        MaxResults: PAGE,
        ...(NextToken !== undefined && { NextToken }),
      }),
    );
    found.push(...(page.InstanceInformationList ?? []));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

async function checksOf(ec2: EC2Client, ids: readonly string[]): Promise<ReadonlyMap<string, InstanceStatus>> {
  const pages = await Promise.all(
    slices(ids).map((InstanceIds) =>
      ec2.send(new DescribeInstanceStatusCommand({ InstanceIds, IncludeAllInstances: true })),
    ),
  );
  return new Map(
    pages.flatMap(({ InstanceStatuses }) => InstanceStatuses ?? []).map((one) => [one.InstanceId ?? '', one]),
  );
}

function hostOf(instance: Instance, agent: InstanceInformation | undefined, checks: InstanceStatus | undefined): Host {
  const tags = Object.fromEntries((instance.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
  const id = instance.InstanceId ?? '';
  const reach = reachOf(instance, agent);
  const volumes = (instance.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.VolumeId ?? []);
  return {
    id,
    name: tags.Name || instance.PrivateDnsName || id,
    cluster: tags['nightshift:cluster'] || 'default',
    addresses: addressesOf(instance),
    services: (tags['nightshift:services'] ?? '').split(/[,\s]+/).filter((one) => one !== ''),
    labels: {
      ...tags,
      ...(checks?.SystemStatus?.Status !== undefined && {
        ec2_status: `system ${checks.SystemStatus.Status}, instance ${checks.InstanceStatus?.Status ?? 'unknown'}`,
      }),
      ...(volumes.length > 0 && { ec2_volumes: volumes.join(' ') }),
      ...(reach.why !== null && { nightshift_unreachable: reach.why }),
    },
    state: reach.state,
    launchedAt: instance.LaunchTime === undefined ? null : new Date(instance.LaunchTime).getTime(),
    restart: {},
  };
}

function addressesOf({ PrivateIpAddress, PrivateDnsName, NetworkInterfaces }: Instance): readonly string[] {
  const others = (NetworkInterfaces ?? []).flatMap(({ PrivateIpAddresses }) =>
    (PrivateIpAddresses ?? []).map((one) => one.PrivateIpAddress),
  );
  const known = [PrivateIpAddress, PrivateDnsName, ...others].filter((one) => one !== undefined && one !== '');
  return [...new Set(known as string[])];
}

function reachOf(
  { State }: Instance,
  agent: InstanceInformation | undefined,
): { state: Host['state']; why: string | null } {
  if (State?.Name !== 'running')
    return { state: 'offline', why: `the instance is ${State?.Name ?? 'in no known state'}` };
  if (agent === undefined) return { state: 'unknown', why: 'no SSM agent has registered' };
  if (agent.PingStatus !== 'Online')
    return { state: 'offline', why: `the SSM agent is ${agent.PingStatus ?? 'silent'}` };
  if (!isNewEnough(agent.AgentVersion ?? '')) {
    return { state: 'unknown', why: `the SSM agent is ${agent.AgentVersion}, older than ${AGENT.join('.')}` };
  }
  return { state: 'online', why: null };
}

/** Part by part as numbers; a version that is none is too old. */
export function isNewEnough(version: string): boolean {
  const parts = version.split('.').map(Number);
  if (parts.length === 0 || parts.some((part) => !Number.isInteger(part))) return false;
  const at = AGENT.findIndex((wanted, index) => (parts[index] ?? 0) !== wanted);
  return at === -1 || (parts[at] ?? 0) > (AGENT[at] ?? 0);
}
