import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KafkaCluster } from './kafkaCluster.ts';
import { until } from './processes.ts';
import { Tier } from './tier.ts';

/** As an operator writes them: the shipped policy for a dead broker, by itself. */
const POLICIES = `policies:
  - name: restart-dead-broker
    match: 'alertname="KafkaBrokerDown"'
    runbooks: [{ name: restart-broker }]
    targets: { from: alert-host }
    autonomy: auto
    preconditions:
      - { id: still-down, expr: 'up{$selector}', is: "== 0", why: its agent answers }
      - { id: seen-from-here, expr: 'count by (cluster) (up{$others} == 1)', is: ">= 1", why: nobody answers }
    verification: { expr: 'kafka_server_kafkaserver_brokerstate{$selector}', is: "== 3", stabilisation: 2s, within: 60s }
    guards: { cooldown: 1s, attempts: 1, blastRadius: { hosts: 1, percent: 100 }, recurrence: 1h }
`;

let kafka: KafkaCluster;
let tier: Tier;
beforeAll(async () => {
  kafka = await KafkaCluster.start();
  kafka.topic('orders', '--partitions', '6', '--replication-factor', '3');
  tier = await Tier.start({ ...kafka, targets: kafka.targets, hosts: kafka.hosts, policies: POLICIES });
  await until('every agent to be scraped', async () =>
    (await tier.query('count(up{job="kafka"} == 1)')) === 3 ? true : null,
  );
});
afterAll(async () => {
  await tier?.stop();
  kafka?.stop();
});

test('a killed broker is noticed, restarted within the guards, and proven well', async () => {
  kafka.kill(3);
  const closed = await tier.incident(
    'k3',
    'KafkaBrokerDown',
    ({ state }) => state === 'closed' || state === 'escalated',
  );
  expect(await tier.output(closed)).toContain('broker 3 is back and in sync everywhere');
  expect(closed.plans[0]).toMatchObject({ state: 'verified', runbook: 'restart-broker' });
  expect(closed.plans[0]?.executions[0]?.verification).toMatchObject({ result: 'verified', after: 3 });
  expect(kafka.restarts(3)).toBe(1);
  expect(kafka.isWhole()).toBe(true);
});
