import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Started, until } from './processes.ts';
import { SparkCluster } from './sparkCluster.ts';
import { Tier } from './tier.ts';

/** As an operator writes them: the shipped policies, by themselves and without long waits. */
const POLICIES = `policies:
  - name: restart-dead-worker
    match: 'alertname="SparkWorkerDown"'
    runbooks: [{ name: restart-worker }]
    targets: { from: alert-host }
    autonomy: auto
    preconditions:
      - { id: still-down, expr: 'up{$selector}', is: "== 0", why: its agent answers }
      - { id: master-alive, expr: 'max by (cluster) (up{service="spark-master",$cluster})', is: "== 1", why: no master }
    verification: { expr: 'up{$selector}', is: "== 1", stabilisation: 2s, within: 60s }
    guards: { cooldown: 1s, attempts: 1, blastRadius: { hosts: 1, percent: 100 }, recurrence: 0s }
  - name: restart-dead-master
    match: 'alertname="SparkMasterDown"'
    runbooks: [{ name: restart-master }]
    targets: { from: alert-host }
    autonomy: auto
    preconditions:
      - { id: still-down, expr: 'up{$selector}', is: "== 0", why: its agent answers }
    verification: { expr: 'up{$selector}', is: "== 1", stabilisation: 2s, within: 60s }
    guards: { cooldown: 1s, attempts: 1, blastRadius: { hosts: 1, percent: 100 }, recurrence: 0s }
`;

let spark: SparkCluster;
let tier: Tier;
let driver: Started | null = null;
beforeAll(async () => {
  spark = await SparkCluster.start();
  tier = await Tier.start({ folder: spark.folder, hosts: spark.hosts, targets: spark.targets, policies: POLICIES });
  await until('every agent to be scraped', async () =>
    (await tier.query('count(up{job=~"spark-(master|worker)"} == 1)')) === 3 ? true : null,
  );
});
afterAll(async () => {
  await tier?.stop();
  await driver?.stop('SIGKILL');
  spark?.stop();
});

test('a killed worker is noticed, restarted within the guards, registered again and proven well', async () => {
  spark.kill('one');
  const closed = await tier.incident('one', 'SparkWorkerDown', ({ state }) => state === 'closed');
  expect(closed.plans[0]).toMatchObject({ state: 'verified', runbook: 'restart-worker' });
  expect(closed.plans[0]?.executions[0]?.verification).toMatchObject({ result: 'verified', before: 0, after: 1 });
  expect(await tier.output(closed)).toContain('the worker is registered again');
  expect([spark.restarts('master'), spark.restarts('one'), spark.restarts('two')]).toEqual([0, 1, 0]);
  expect((await spark.alive()).toSorted()).toEqual([spark.ui('one'), spark.ui('two')].toSorted());
});

test('whatever the pack asks has an answer while a streaming query runs', async () => {
  driver = spark.submit();
  await until('the query to process rows', async () =>
    ((await tier.query('spark_streaming_processed_rows_per_second')) ?? 0) > 0 ? true : null,
  );
  const hostOf = (service: string) => (service === 'spark-worker' ? 'one' : service.replace('spark-', ''));
  expect(await tier.unanswered('spark', hostOf)).toEqual([]);
});

test('diagnostics name every process and worker, and hold its threads where jstack is', async () => {
  const { code, text } = await tier.byHand('collect-spark-diagnostics', 'one');
  expect(code).toBe(0);
  for (const process of ['deploy.master.Master', 'deploy.worker.Worker', 'deploy.SparkSubmit'])
    expect(text).toContain(process);
  expect(text).toMatch(/java.lang.Thread.State|jstack is not installed/);
});

test('a worker is decommissioned while its work has a place elsewhere, and the last one is not', async () => {
  expect(await tier.byHand('restart-worker', 'two')).toMatchObject({
    code: 1,
    text: expect.stringContaining('it is not down'),
  });
  expect(await tier.byHand('decommission-worker', 'two')).toMatchObject({ code: 0 });
  expect(await spark.alive()).toEqual([spark.ui('one')]);
  await until('rows to be processed by the other worker', async () =>
    ((await tier.query('sum(spark_worker_executors{host="one"})')) ?? 0) > 0 ? true : null,
  );
  const refused = await tier.byHand('decommission-worker', 'one');
  expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('no other worker is alive') });
  spark.kill('two');
  spark.begin('two');
  await until('two workers', async () => ((await spark.alive()).length === 2 ? true : null));
  // That it was down may have been seen: what is done about it would hold up what is done about the master.
  await until('three agents that answer, and no alert', async () => {
    const answering = await tier.query('count(up{job=~"spark-(master|worker)"} == 1)');
    return answering === 3 && (await tier.query('count(ALERTS{alertname="SparkWorkerDown"})')) === null ? true : null;
  });
  await tier.idle();
});

test('a killed master is noticed and restarted, and its workers register again', async () => {
  await driver?.stop('SIGKILL');
  spark.kill('master');
  const closed = await tier.incident('master', 'SparkMasterDown', ({ state }) => state === 'closed', 150_000);
  expect(closed.plans[0]).toMatchObject({ state: 'verified', runbook: 'restart-master' });
  expect(await tier.output(closed)).toMatch(/the master is alive with [12] workers/);
  expect(spark.restarts('master')).toBe(1);
  await until('both workers', async () => ((await spark.alive()).length === 2 ? true : null));
});
