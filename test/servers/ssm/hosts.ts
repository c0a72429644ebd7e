import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { refusal } from './errors.ts';
import { type Input, items, page, texts } from './input.ts';

/** A machine with an SSM agent. Its scripts run here, below its folder. */
export interface SsmHost {
  readonly instanceId: string;
  /** Its own; made when it is missing. */
  readonly folder: string;
  readonly agentVersion?: string;
  readonly pingStatus?: 'Online' | 'ConnectionLost' | 'Inactive';
  readonly name?: string;
  readonly address?: string;
  /** PATH, HOME and NIGHTSHIFT_* of what the scripts see. */
  readonly environment?: Readonly<Record<string, string>>;
}
export type KnownHost = Required<SsmHost>;

export interface Hosts {
  readonly all: readonly KnownHost[];
  get(instanceId: string): KnownHost | undefined;
  /** A new one, or other facts about a known one. */
  put(host: Partial<SsmHost> & Pick<SsmHost, 'instanceId'>): void;
  remove(instanceId: string): void;
  readonly operations: Readonly<Record<string, (input: Input) => unknown>>;
}

const INSTANCE = /^(?:i-(?:[0-9a-f]{8}|[0-9a-f]{17})|mi-[0-9a-f]{17})$/;
const KEYS = ['InstanceIds', 'AgentVersion', 'PingStatus', 'PlatformTypes', 'ResourceType'] as const;

/** `pageSize` is the most that one answer brings: the service may always bring less than was asked for. */
export function ssmHosts(first: readonly SsmHost[], pageSize: number): Hosts {
  const hosts = new Map<string, KnownHost>();
  const put: Hosts['put'] = (host) => {
    if (!INSTANCE.test(host.instanceId)) throw new Error(`not the id of an instance: ${host.instanceId}`);
    const before = hosts.get(host.instanceId);
    const folder = host.folder ?? before?.folder;
    if (folder === undefined) throw new Error(`host ${host.instanceId} needs a folder`);
    mkdirSync(join(folder, 'work'), { recursive: true });
    hosts.set(host.instanceId, { ...DEFAULTS, ...before, ...host, folder });
  };
  for (const host of first) put(host);
  return {
    get all() {
      return [...hosts.values()];
    },
    get: (instanceId) => hosts.get(instanceId),
    put,
    remove: (instanceId) => void hosts.delete(instanceId),
    operations: {
      DescribeInstanceInformation(input) {
        const found = [...hosts.values()].filter((host) =>
          items(input, 'Filters').every((filter) => matches(host, filter)),
        );
        const one = page(input, found, pageSize, 5);
        const { NextToken } = one;
        return { InstanceInformationList: one.items.map(shown), ...(NextToken !== undefined && { NextToken }) };
      },
    },
  };
}

const DEFAULTS = {
  agentVersion: '3.3.4268.0',
  pingStatus: 'Online',
  name: '',
  address: '127.0.0.1',
  environment: {},
} as const;

function matches(host: KnownHost, filter: Input): boolean {
  const key = KEYS.find((known) => known === filter.Key);
  if (key === undefined) throw refusal('InvalidFilterKey', `The filter key ${String(filter.Key)} is not valid.`);
  const wanted = texts(filter, 'Values', 100) ?? [];
  const has = {
    InstanceIds: host.instanceId,
    AgentVersion: host.agentVersion,
    PingStatus: host.pingStatus,
    PlatformTypes: 'Linux',
    ResourceType: 'EC2Instance',
  }[key];
  return wanted.includes(has);
}

const shown = ({ instanceId, pingStatus, agentVersion, address, name }: KnownHost) => ({
  InstanceId: instanceId,
  PingStatus: pingStatus,
  LastPingDateTime: Date.now() / 1000,
  AgentVersion: agentVersion,
  IsLatestVersion: false,
  PlatformType: 'Linux',
  PlatformName: 'Amazon Linux',
  PlatformVersion: '2023',
  ResourceType: 'EC2Instance',
  IPAddress: address,
  ComputerName: name,
});
