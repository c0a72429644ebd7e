import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KafkaCluster, NODES, type Node } from './kafkaCluster.ts';
import { acknowledgedOf, startWriter, storedIn } from './kafkaWriter.ts';
import { until } from './processes.ts';
import { planOf, Tier } from './tier.ts';

/** As an operator writes them: the shipped policies of a dead broker and of a rollout, by themselves and without long waits. Broker 2 has nobody. */
const POLICIES = `policies:
  - name: restart-dead-broker
    match: 'alertname="KafkaBrokerDown",host="k3"'
    runbooks: [{ name: restart-broker }]
    targets: { from: alert-host }
    autonomy: auto
    preconditions:
      - { id: still-down, expr: 'up{$selector}', is: "== 0", why: its agent answers }
      - { id: seen-from-here, expr: 'count by (cluster) (up{$others} == 1)', is: ">= 1", why: nobody answers }
    verification: { expr: 'kafka_server_kafkaserver_brokerstate{$selector}', is: "== 3", stabilisation: 2s, within: 60s }
    guards: { cooldown: 1s, attempts: 1, budget: [{ scope: host, per: hour, max: 9 }], blastRadius: { hosts: 1, percent: 100 }, recurrence: 0s }
  - name: roll-brokers
    match: 'alertname="KafkaRestartRequired"'
    runbooks: [{ name: rolling-restart-step }]
    targets:
      from: service
      service: kafka
      max: 9
      last: kafka_controller_kafkacontroller_activecontrollercount{$cluster} == 1
    autonomy: auto
    preconditions:
      - id: all-in-sync
        expr: sum by (cluster) (kafka_server_replicamanager_underreplicatedpartitions{service="kafka",$cluster})
        is: "== 0"
        why: a replica is missing
    verification: { expr: 'time() - process_start_time_seconds{$selector}', is: "< 120", stabilisation: 2s, within: 60s }
    guards: { cooldown: 1s, attempts: 1, blastRadius: { hosts: 9, percent: 100 }, recurrence: 0s }
`;

let kafka: KafkaCluster;
let tier: Tier;
let writer: ReturnType<typeof startWriter> | undefined;
/** What configuration management would write beside the node exporter. */
let required: Server;
let restartRequired = 0;
beforeAll(async () => {
  kafka = await KafkaCluster.start();
  kafka.topic('orders', '--partitions', '6', '--replication-factor', '3');
  required = createServer((_, response) => response.end(`kafka_restart_required ${restartRequired}\n`));
  await new Promise<void>((done) => required.listen(0, '127.0.0.1', done));
  const address = `127.0.0.1:${(required.address() as AddressInfo).port}`;
  const targets = [...kafka.targets, { job: 'node', address, host: 'k1', cluster: 'real' }];
  tier = await Tier.start({ folder: kafka.folder, hosts: kafka.hosts, targets, policies: POLICIES });
  await until('every agent to be scraped', async () =>
    (await tier.query('count(up{job="kafka"} == 1)')) === 3 ? true : null,
  );
});
afterAll(async () => {
  // A writer that nobody stopped would hold the run for ever.
  await writer?.stop();
  await tier?.stop();
  required?.close();
  kafka?.stop();
});

test('a killed broker is noticed, restarted within the guards, and proven well', async () => {
  kafka.kill(3);
  const closed = await tier.incident('k3', 'KafkaBrokerDown', ({ state }) => state === 'closed');
  expect(closed.plans[0]).toMatchObject({ state: 'verified', runbook: 'restart-broker' });
  expect(closed.plans[0]?.executions[0]?.verification).toMatchObject({ result: 'verified', after: 3 });
  expect(await tier.output(closed)).toContain('broker 3 is back and in sync everywhere');
  expect(NODES.map((node) => kafka.restarts(node))).toEqual([0, 0, 1]);
  expect(kafka.isWhole()).toBe(true);
});

test('a rolling restart keeps every partition at min ISR, the controller last, and no acknowledged message is lost', async () => {
  await until('a whole cluster', () => kafka.isWhole());
  const leader = kafka.leader();
  const before = NODES.map((node) => kafka.restarts(node));
  const started = startWriter(kafka, 'orders');
  writer = started;
  await until('the first acknowledgements', () => (acknowledgedOf(started).length > 500 ? true : null));
  restartRequired = 1;
  const rolled = await tier.incident(
    'k1',
    'KafkaRestartRequired',
    (incident) => planOf(incident, 'rolling-restart-step')?.state === 'verified',
    400_000,
  );
  restartRequired = 0;
  const plan = planOf(rolled, 'rolling-restart-step');
  expect(plan?.executions.map(({ verification }) => verification?.result)).toEqual([
    'verified',
    'verified',
    'verified',
  ]);
  expect(plan?.executions.at(-1)?.target.hostId).toBe(`k${leader}`);
  expect(NODES.map((node, at) => kafka.restarts(node) - (before[at] ?? 0))).toEqual([1, 1, 1]);
  // The brokers' own count, looked at each second over the whole rollout.
  expect(await tier.query('max(max_over_time(kafka_server_replicamanager_underminisrpartitioncount[10m]))')).toBe(0);
  expect(
    await tier.query('max(max_over_time(kafka_server_replicamanager_underreplicatedpartitions[10m]))'),
  ).toBeGreaterThan(0);
  await started.stop();
  const acknowledged = acknowledgedOf(started);
  expect(started.refused()).toEqual([]);
  const all = storedIn(kafka, 'orders');
  const stored = new Set(all);
  expect(acknowledged.length).toBeGreaterThan(5_000);
  expect(acknowledged.filter((value) => !stored.has(value))).toEqual([]);
  // Idempotent: none twice either.
  expect(all).toHaveLength(stored.size);
  // Three restarts in a row, each proven: as long as is waited for them above, and some.
}, 480_000);

test('leaders that the rollout moved are given back, once', async () => {
  expect(await tier.byHand('preferred-leader-election', 'k1')).toMatchObject({
    code: 0,
    text: expect.stringMatching(/preferred broker: [1-9][\s\S]*preferred broker: 0/),
  });
  const again = await tier.byHand('preferred-leader-election', 'k1');
  expect(again).toMatchObject({ code: 1, text: expect.stringContaining('there is nothing to do') });
});

test('a live broker is left alone: where it is not down, where a partition has only it, where it leads the controllers', async () => {
  const before = NODES.map((node) => kafka.restarts(node));
  const leader = kafka.leader();
  const follower = NODES.find((node) => node !== leader) ?? leader;
  const refused = async (runbook: string, node: Node, parameters: Readonly<Record<string, string>>, why: string) =>
    expect(await tier.byHand(runbook, `k${node}`, parameters)).toMatchObject({
      code: 1,
      text: expect.stringContaining(`refused: ${why}`),
    });
  await refused('restart-broker', 3, {}, 'broker 3 is registered and answers: it is not down');
  await refused('rolling-restart-step', leader, {}, 'this is the active controller, which is restarted last');
  kafka.topic('lonely', '--replica-assignment', String(follower));
  const short = 'lonely-0 would have 0 in-sync replicas and needs';
  await refused('rolling-restart-step', follower, { hosts: '1' }, short);
  kafka.ask('kafka-topics', '--delete', '--topic', 'lonely');
  expect(NODES.map((node) => kafka.restarts(node))).toEqual(before);
});

test('whatever the pack asks has an answer, and diagnostics tell brokers, quorum and groups', async () => {
  // Neither the kafka exporter nor the lag exporter runs here.
  const away = ['kafka-consumer-lag', 'kafka-consumer-rate', 'kafka-consumer-late'];
  // The controller's own alert is on the host that leads.
  const leader = `k${kafka.leader()}`;
  expect(await tier.unanswered('kafka', () => leader, away)).toEqual([]);
  const { code, text } = await tier.byHand('collect-kafka-diagnostics', 'k2');
  expect(code).toBe(0);
  for (const told of ['unfenced', 'LeaderId', 'Follower', '== consumer-groups', '== processes', '== done'])
    expect(text).toContain(told);
  expect(text).not.toContain('no answer');
});

test('with a second broker away the runbook refuses on the host, says who is away, and people are told', async () => {
  await until('a whole cluster', () => kafka.isWhole());
  const before = NODES.map((node) => kafka.restarts(node));
  kafka.kill(2);
  kafka.kill(3);
  const refused = await tier.incident('k3', 'KafkaBrokerDown', ({ state }) => state === 'escalated');
  const [execution, ...others] = refused.plans.flatMap(({ executions }) => executions);
  expect(others).toEqual([]);
  expect(execution).toMatchObject({ state: 'failed', exitCode: 1 });
  expect(await tier.output(refused)).toMatch(
    /refused: broker 2 (is fenced|does not answer): another broker is away already/,
  );
  expect(refused.paged).toBe(true);
  expect(NODES.map((node) => kafka.restarts(node))).toEqual(before);
});
