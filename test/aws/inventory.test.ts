import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTagsCommand, EC2Client, RunInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ec2Inventory } from '../../lib/adapters/aws/inventory.ts';
import type { Host } from '../../lib/model/host.ts';
import type { SsmHost } from '../servers/ssm/hosts.ts';
import { type SsmServer, startSsm } from '../servers/ssm/server.ts';
import { CREDENTIALS, type Ministack, REGION, startMinistack } from './ministack.ts';

let aws: Ministack;
let ssm: SsmServer;
let ec2: EC2Client;
const folder = mkdtempSync(join(tmpdir(), 'nightshift-inventory-'));
/** Name → instance id. */
const ids = new Map<string, string>();
let hosts: ReadonlyMap<string, Host>;

async function launch(name: string, tags: Readonly<Record<string, string>>): Promise<string> {
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({ ImageId: 'ami-12345678', InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }),
  );
  const id = Instances[0]?.InstanceId ?? '';
  const Tags = Object.entries({ Name: name, ...tags }).map(([Key, Value]) => ({ Key, Value }));
  await ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
  ids.set(name, id);
  return id;
}

const client = () => new SSMClient({ endpoint: ssm.endpoint, region: REGION, credentials: CREDENTIALS });
const inventory = (value = 'managed') => ec2Inventory({ ec2, ssm: client(), managed: { tag: 'nightshift', value } });

beforeAll(async () => {
  aws = await startMinistack();
  ec2 = new EC2Client({ endpoint: aws.endpoint, region: REGION, credentials: CREDENTIALS });
  ssm = await startSsm({ pageSize: 5 });
  const managed = { nightshift: 'managed', 'nightshift:cluster': 'prod', 'nightshift:services': 'redis, kafka-broker' };
  const agents: Readonly<Record<string, Partial<SsmHost> | null>> = {
    ready: {},
    away: { pingStatus: 'ConnectionLost' },
    old: { agentVersion: '3.3.2745.0' },
    bare: null,
    stopped: {},
    ...Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`many-${at}`, {}])),
  };
  for (const [name, agent] of Object.entries(agents)) {
    const instanceId = await launch(name, managed);
    if (agent !== null) ssm.hosts.put({ instanceId, folder: join(folder, name), ...agent });
  }
  const stranger = await launch('stranger', { nightshift: 'no' });
  ssm.hosts.put({ instanceId: stranger, folder: join(folder, 'stranger') });
  await ec2.send(new StopInstancesCommand({ InstanceIds: [ids.get('stopped') ?? ''] }));
  hosts = new Map((await inventory().hosts()).map((host) => [host.name, host]));
});
afterAll(async () => {
  ec2.destroy();
  await ssm.close();
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the inventory of EC2 and SSM', () => {
  test('tells a host by its tags', () => {
    expect(hosts.get('ready')).toMatchObject({
      id: ids.get('ready'),
      cluster: 'prod',
      services: ['redis', 'kafka-broker'],
      state: 'online',
      restart: {},
    });
    const ready = hosts.get('ready');
    expect(ready?.addresses.some((address) => /^\d+\.\d+\.\d+\.\d+$/.test(address))).toBe(true);
    expect(Date.now() - (ready?.launchedAt ?? 0)).toBeLessThan(600_000);
    expect(ready?.labels.nightshift_unreachable).toBeUndefined();
  });

  test.each([
    ['away', 'offline', /ConnectionLost/],
    ['old', 'unknown', /3\.3\.2745\.0, older than 3\.3\.2746\.0/],
    ['bare', 'unknown', /no SSM agent/],
    ['stopped', 'offline', /stop/],
  ])('%s is %s, and says why', (name, state, why) => {
    expect(hosts.get(name)?.state).toBe(state);
    expect(hosts.get(name)?.labels.nightshift_unreachable).toMatch(why);
  });

  test('an instance that is not tagged for Nightshift does not exist', async () => {
    expect(hosts.has('stranger')).toBe(false);
    expect(await inventory('nobody').hosts()).toEqual([]);
  });

  test('finds every agent, also where SSM tells them on many pages', () => {
    const many = [...hosts.values()].filter(({ name }) => name.startsWith('many-'));
    expect(many.map(({ state }) => state)).toEqual(Array.from({ length: 12 }, () => 'online'));
  });

  test('status checks are told', () => {
    expect(hosts.get('ready')?.labels.ec2_status).toMatch(/^system \S+, instance \S+$/);
  });

  test('without SSM there is no inventory, and not an empty one', async () => {
    ssm.faults.add({ kind: 'error', operation: 'DescribeInstanceInformation', times: 99 });
    await expect(inventory().hosts()).rejects.toMatchObject({ kind: 'failed', code: 'inventory.unavailable' });
    ssm.faults.clear();
  });
});
