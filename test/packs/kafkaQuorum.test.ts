import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runbookOf } from './files.ts';

/** What Kafka's tools say of three nodes, as Kafka 4.3 prints it; '' is a tool that fails. The host is node 3. */
interface Cluster {
  readonly states: Readonly<Record<number, string>>;
  readonly answering: readonly number[];
  /** In-sync replicas of the one partition. */
  readonly isr: string;
  readonly replicas: string;
  readonly least: number;
  readonly quorum: string;
}
const voter = (id: number, behind: number, status: string) =>
  `${id}     \tAAAAAAAAAAAAAAAAAAAAAA\t92          \t0  \t1795229953627     \t${1_795_229_953_627 - behind}        \t${status}  \t\n`;
const QUORUM = `NodeId\tDirectoryId\tLogEndOffset\tLag\tLastFetchTimestamp\tLastCaughtUpTimestamp\tStatus\t\n`;
const WELL: Cluster = {
  states: { 1: 'unfenced', 2: 'unfenced', 3: 'unfenced' },
  answering: [1, 2, 3],
  isr: '3,1,2',
  replicas: '3,1,2',
  least: 2,
  quorum: QUORUM + voter(2, 0, 'Leader') + voter(1, 300, 'Follower') + voter(3, 300, 'Follower'),
};
const DEAD: Cluster = { ...WELL, states: { ...WELL.states, 3: 'fenced' }, answering: [1, 2], isr: '1,2' };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-quorum-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'server.properties'), 'process.roles = broker,controller\nnode.id=3\n');
  writeFileSync(join(folder, 'nightshift.properties'), 'bootstrap.servers=b1:9092,b2:9092\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

function executable(name: string, text: string): void {
  writeFileSync(join(folder, name), `#!/bin/bash\n${text}`);
  chmodSync(join(folder, name), 0o700);
}
const says = (text: string) => (text === '' ? 'echo "no node" >&2; exit 1\n' : `cat <<'END'\n${text}END\n`);

/** Tools that say one thing before the restart and another one after it. */
function tool(name: string, before: string, after: string): void {
  executable(`bin/${name}.sh`, `if [ -e '${folder}/restarted' ]; then\n${says(after)}else\n${says(before)}fi\n`);
}
function topics({ isr, replicas, least }: Cluster): string {
  if (isr === '') return '';
  if (replicas === '') return 'Topic: t\tTopicId: x\tPartitionCount: 0\tReplicationFactor: 0\tConfigs: \n';
  return `Topic: t\tTopicId: x\tPartitionCount: 1\tReplicationFactor: 3\tConfigs: min.insync.replicas=${least}\n\tTopic: t\tPartition: 0\tLeader: 1\tReplicas: ${replicas}\tIsr: ${isr}\tElr: \tLastKnownElr: \n`;
}
const endpoints = ({ states }: Cluster) => {
  const rows = Object.entries(states).map(([id, state]) => `${id}  h${id}  9092  null  ${state}  broker\n`);
  return `Option --config has been deprecated.\nID  HOST  PORT  RACK  STATE  ENDPOINT_TYPE\n${rows.join('')}`;
};
const versions = ({ answering }: Cluster) =>
  [1, 2, 3]
    .map((id) => `h${id}:9092 (id: ${id} rack: null isFenced: false) -> ${answering.includes(id) ? '(' : 'ERROR: x'}\n`)
    .join('');

function run(
  name: string,
  cluster: Partial<Cluster>,
  base: Cluster,
  parameters: Readonly<Record<string, string>> = {},
) {
  const seen = { ...base, ...cluster };
  tool('kafka-cluster', endpoints(seen), endpoints(WELL));
  tool('kafka-broker-api-versions', versions(seen), versions(WELL));
  tool('kafka-metadata-quorum', seen.quorum, WELL.quorum);
  const lagging = seen.isr.length < seen.replicas.length ? '\tTopic: t\tPartition: 0\n' : '';
  executable(
    'bin/kafka-topics.sh',
    `case "$*" in *--under-replicated*) printf '%s' '${lagging}'; exit ;; esac\n` +
      `if [ -e '${folder}/restarted' ]; then\n${says(topics(WELL))}else\n${says(topics(seen))}fi\n`,
  );
  executable(
    'restart',
    `# ${folder}/bin/kafka-server-start.sh ${folder}/server.properties\ntouch '${folder}/restarted'\n`,
  );
  const values = { service: 'kafka', unit: 'kafka', hosts: '3', executionId: 'plan-1', ...parameters };
  const ssm = Object.entries({ ...values, notAfter: `${Date.now() + 60_000}` });
  const { status, stdout, stderr } = spawnSync('bash', ['-c', runbookOf('kafka', name).script], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH ?? '',
      NIGHTSHIFT_MARKERS: join(folder, 'markers'),
      NIGHTSHIFT_RESTART_KAFKA: join(folder, 'restart'),
      ...Object.fromEntries(ssm.map(([key, value]) => [`SSM_${key}`, value])),
    },
  });
  return { status, stdout, stderr, restarted: existsSync(join(folder, 'restarted')) };
}

test('a broker that is away, and lacks nowhere but as itself, is restarted', () => {
  expect(run('restart-broker', {}, DEAD)).toMatchObject({ status: 0, restarted: true });
});
test('so is one that still counts as registered and does not answer, as just after its death', () => {
  expect(run('restart-broker', { answering: [1, 2] }, WELL)).toMatchObject({ status: 0, restarted: true });
});
test('a live follower of a whole cluster is restarted in a rollout, the active controller as its last host', () => {
  expect(run('rolling-restart-step', {}, WELL)).toMatchObject({ status: 0, restarted: true });
  rmSync(join(folder, 'restarted'));
  const leads = { quorum: WELL.quorum.replace('Leader', 'Follower').replace(/Follower {2}\t\n$/, 'Leader  \t\n') };
  expect(run('rolling-restart-step', leads, WELL, { executionId: 'plan-3' })).toMatchObject({
    status: 0,
    restarted: true,
  });
});

const REFUSALS: readonly [string, string, Partial<Cluster>, Cluster, string][] = [
  [
    'another broker is fenced',
    'restart-broker',
    { states: { ...DEAD.states, 2: 'fenced' } },
    DEAD,
    'broker 2 is fenced',
  ],
  ['another broker is silent', 'restart-broker', { answering: [1] }, DEAD, 'broker 2 does not answer'],
  [
    'a replica is on a broker that nobody knows',
    'restart-broker',
    { replicas: '3,1,4', isr: '1' },
    DEAD,
    't-0 has a replica on broker 4, which is not registered',
  ],
  ['a partition lacks another replica too', 'restart-broker', { isr: '1' }, DEAD, 't-0 lacks replica 2'],
  ['a live broker is not down', 'restart-broker', {}, WELL, 'broker 3 is registered and answers'],
  [
    'a partition would fall below min ISR',
    'restart-broker',
    { answering: [1, 2], least: 3 },
    WELL,
    't-0 would have 2 in-sync replicas and needs 3',
  ],
  [
    'the same in a rollout',
    'rolling-restart-step',
    { least: 3 },
    WELL,
    't-0 would have 2 in-sync replicas and needs 3',
  ],
  ['its own replica still catches up', 'rolling-restart-step', { isr: '1,2' }, WELL, 'partitions are under-replicated'],
  [
    'a broker of a rollout is away',
    'rolling-restart-step',
    {},
    DEAD,
    'broker 3 is fenced: a rolling restart is of brokers that are well',
  ],
  [
    'the controllers have no leader',
    'restart-broker',
    { quorum: QUORUM + voter(1, 0, 'Follower') },
    DEAD,
    'the controllers have no leader',
  ],
  [
    'one of the other controllers lags',
    'rolling-restart-step',
    { quorum: QUORUM + voter(2, 0, 'Leader') + voter(1, 60_000, 'Follower') + voter(3, 0, 'Follower') },
    WELL,
    'only 1 of 3 controllers would be left',
  ],
  [
    'it is the only controller',
    'rolling-restart-step',
    { quorum: QUORUM + voter(3, 0, 'Leader') },
    WELL,
    'only 0 of 1 controllers would be left',
  ],
  [
    'it is the active controller and not the last',
    'rolling-restart-step',
    { quorum: QUORUM + voter(3, 0, 'Leader') + voter(1, 0, 'Follower') + voter(2, 0, 'Follower') },
    WELL,
    'the active controller, which is restarted last: it is number 1 of 3',
  ],
  [
    'the partitions cannot be read',
    'restart-broker',
    { isr: '' },
    DEAD,
    'the partitions cannot be read: no data means no',
  ],
  ['the quorum cannot be read', 'restart-broker', { quorum: '' }, DEAD, 'no leader that answers: no data means no'],
  ['no partition is shown', 'restart-broker', { isr: '1', replicas: '' }, DEAD, 'no partition is shown'],
  ['nobody is registered', 'restart-broker', { states: {} }, DEAD, 'no broker is registered'],
];
test.each(REFUSALS)('refused where %s', (_, name, cluster, base, why) => {
  const { status, stderr, restarted } = run(name, cluster, base);
  expect({ status, restarted, stderr }).toEqual({ status: 1, restarted: false, stderr: expect.stringContaining(why) });
});

test('without a properties file or bootstrap servers there is nothing to ask', () => {
  rmSync(join(folder, 'nightshift.properties'));
  expect(run('restart-broker', {}, DEAD).stderr).toContain('names bootstrap.servers');
  rmSync(join(folder, 'server.properties'));
  expect(run('restart-broker', {}, DEAD, { executionId: 'plan-2' }).stderr).toContain('names no properties file');
});
