import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Incident } from '../../lib/model/incident.ts';
import { type Gate, openGate } from '../real/gate.ts';
import { until } from '../real/processes.ts';
import { redisPolicy } from '../real/redis.ts';
import type { AwsFault } from '../servers/awsProxy.ts';
import { type PagerdutyServer, startPagerduty } from '../servers/pagerduty.ts';
import { type SlackMessage, type SlackServer, startSlack } from '../servers/slack.ts';
import type { Fault } from '../servers/ssm/faults.ts';
import { acted } from '../servers/ssm/ledger.ts';
import { Deployment } from './deployment.ts';
import { bucketTexts, ledgerTexts, resources, waiting } from './kept.ts';
import { clusterOf, Site } from './site.ts';

/** What goes wrong between SendCommand and its end, a host each. */
const FAULTS: Readonly<Record<string, readonly Omit<Fault, 'instanceId'>[]>> = {
  throttled: [{ kind: 'throttle', times: 2 }],
  failing: [{ kind: 'error' }],
  reset: [{ kind: 'reset' }],
  'failing-after': [{ kind: 'error-after' }],
  'reset-after': [{ kind: 'reset-after' }],
  'hanging-after': [{ kind: 'hang-after' }],
  duplicate: [{ kind: 'duplicate', ms: 500 }],
  late: [{ kind: 'late', ms: 4_000 }],
  invisible: [{ kind: 'invisible', ms: 5_000 }],
  'lost-event': [{ kind: 'lost-event', times: 9 }],
  'repeated-event': [{ kind: 'repeated-event', times: 9 }],
  'unread-answer': [
    { kind: 'reset', operation: 'GetCommandInvocation', times: 2 },
    { kind: 'throttle', operation: 'ListCommands', times: 2 },
  ],
};
const AWS_FAULTS: readonly AwsFault[] = ['conflict', 'throttle', 'error', 'reset', 'error-after', 'reset-after'];

const PLANTED = {
  token: `xoxb-${'planted'}-in-the-configuration`,
  signing: `signing-${'planted'}-in-the-configuration`,
  output: `planted-${'in'}-the-output`,
  label: `planted-${'in'}-a-label`,
  annotation: `planted-${'in'}-an-annotation`,
};

/** Without a proof. */
const ENDED: readonly string[] = ['unknown', 'failed', 'refused'];

const names = ['heard', 'lost', 'asked', 'by-hand', ...Object.keys(FAULTS)];

let site: Site;
let stack: Deployment;
let slack: SlackServer;
let pagerduty: PagerdutyServer;
let gate: Gate;

const policyOf = (name: string) =>
  redisPolicy({
    name: `restart-${name}`,
    of: `,cluster="${clusterOf(name)}"`,
    port: site.redisPort(name),
    autonomy: name === 'asked' ? 'approve' : 'auto',
    within: 60,
    guards: 'cooldown: 1s, attempts: 1, blastRadius: { hosts: 10, percent: 100 }, recurrence: 1h',
  });
const settings = () => `prometheus: { url: '${site.prometheus}' }
alertmanager: { url: '${site.alertmanager}' }
closeAfter: 2s
channels:
  chat:
    kind: slack
    url: ${slack.url}/api
    channel: C0INCIDENTS
    token: ssm:/nightshift/test/slack-token
    signingSecret: ssm:/nightshift/test/slack-signing-secret
  pager:
    kind: pagerduty
    url: ${pagerduty.url}
    routingKey: ssm:/nightshift/test/pagerduty-key
    webhookSecret: ssm:/nightshift/test/pagerduty-secret
routes:
  - { match: '', severity: [], team: '', channels: [chat, pager], fallback: [] }
watch: { packs: [redis] }
`;

beforeAll(async () => {
  slack = await startSlack({ token: PLANTED.token, signingSecret: PLANTED.signing });
  pagerduty = await startPagerduty();
  site = await Site.open(names, `echo password=${PLANTED.output}; echo the token is ${PLANTED.token}`);
  const machines = names.map(async (name) => {
    const environment = { NIGHTSHIFT_RESTART_REDIS: await site.restart(name) };
    return { name, cluster: clusterOf(name), services: ['redis'], environment };
  });
  stack = await Deployment.start({
    settings: settings(),
    policies: `policies:\n${names.map(policyOf).join('')}`,
    machines: await Promise.all(machines),
    secrets: {
      'slack-token': PLANTED.token,
      'slack-signing-secret': PLANTED.signing,
      'pagerduty-key': 'R0TEST0000000000000000000000TEST',
      'pagerduty-secret': 'pagerduty-webhook-secret',
    },
  });
  process.stdout.write(`deployed in ${stack.deployed.seconds.toFixed(0)} s\n`);
  gate = await openGate(0, stack.url);
  await site.start(stack.instances, gate.url);
}, 300_000);
afterAll(async () => {
  await site?.stop();
  await gate?.close();
  await stack?.stop();
  await Promise.all([slack?.close(), pagerduty?.close()]);
});

async function incident(name: string, satisfies: (one: Incident) => boolean, within = 120_000): Promise<Incident> {
  let last = 'none';
  const ask = async () => {
    const query = `cluster=${clusterOf(name)}`;
    const { items } = await stack.api<{ items: readonly { id: string; cluster: string }[] }>(`/api/incidents?${query}`);
    const all = await Promise.all(items.map(({ id }) => stack.api<Incident>(`/api/incidents/${id}`)));
    last = JSON.stringify(all.map(({ state, plans, decisions }) => ({ state, plans, decisions: decisions.at(-1) })));
    return all.find(satisfies) ?? null;
  };
  return until(`an incident of ${name}`, ask, within).catch((error: Error) => {
    throw new Error(`${error.message}; there is ${last}`);
  });
}
const closed = ({ state }: Incident) => state === 'closed';
const startsOf = async (name: string) => {
  const all = await stack.ssm.ledger();
  return acted(all.filter(({ instanceId }) => instanceId === stack.instances.get(name)));
};

describe('the deployed stack', () => {
  test("takes a real Alertmanager's webhook, restarts the service on its host, proves the cure and closes", async () => {
    site.kill('heard');
    const seen = await incident('heard', closed);
    expect(seen.firstSignal?.source).toBe('alertmanager');
    expect(seen.plans).toMatchObject([{ state: 'verified', executions: [{ state: 'succeeded', exitCode: 0 }] }]);
    expect(seen.plans[0]?.executions[0]?.verification).toMatchObject({ result: 'verified', before: 0, after: 1 });
    expect(await startsOf('heard')).toHaveLength(1);
    expect(await site.restarts('heard')).toBe(1);
  }, 180_000);

  test('a lost webhook is found by reconciliation', async () => {
    gate.lose(
      ({ status, alerts }) => status === 'firing' && alerts.some(({ labels }) => labels.cluster === clusterOf('lost')),
    );
    site.kill('lost');
    const seen = await incident('lost', closed, 180_000);
    expect(seen.firstSignal?.source).toBe('reconciliation');
    expect(seen.plans).toMatchObject([{ state: 'verified' }]);
    gate.lose(null);
  }, 240_000);

  test('under faults at every step nothing runs twice, and each ends proven or with a person told', async () => {
    for (const [name, faults] of Object.entries(FAULTS)) {
      const instanceId = stack.instances.get(name) ?? '';
      for (const fault of faults)
        await stack.ssm.addFaults(fault.operation === undefined ? { ...fault, instanceId } : fault);
    }
    for (const kind of AWS_FAULTS) {
      stack.proxy.add({ operation: 'DynamoDB.TransactWriteItems', kind, times: 3 });
      if (kind === 'conflict') continue;
      stack.proxy.add({ operation: 'S3.PUT', kind, times: 1 }, { operation: 'DynamoDB.Query', kind, times: 1 });
    }
    stack.proxy.add({ operation: 'SQS.SendMessageBatch', kind: 'partial', times: 3 });
    site.kill(...Object.keys(FAULTS));
    const ends = [];
    for (const name of Object.keys(FAULTS)) {
      const settled = ({ state, plans }: Incident) =>
        state === 'closed' || state === 'escalated' || ENDED.includes(plans[0]?.state ?? 'none');
      const seen = await incident(name, settled, 300_000);
      const [plan] = seen.plans;
      ends.push({ name, plans: seen.plans.length, state: plan?.state, starts: (await startsOf(name)).length });
      // Refused: SSM said that it took nothing.
      expect(['verified', 'failed', 'unknown', 'refused']).toContain(plan?.state);
      if (plan?.state !== 'verified') {
        await until(
          `a page about ${name}`,
          () => pagerduty.events.find(({ dedup_key }) => dedup_key === seen.id) ?? null,
        );
      }
    }
    process.stdout.write(`${ends.map(({ name, state, starts }) => `${name} ${state} (${starts})`).join(', ')}\n`);
    expect(ends.filter(({ starts }) => starts > 1)).toEqual([]);
    for (const name of Object.keys(FAULTS)) expect(await site.restarts(name)).toBeLessThanOrEqual(1);
  }, 600_000);

  test("a person's button in Slack runs it through the HTTP API, once", async () => {
    site.kill('asked');
    const asking = await incident('asked', ({ plans }) => plans[0]?.state === 'awaiting-approval');
    expect(await startsOf('asked')).toEqual([]);
    const asks = (message: SlackMessage) =>
      JSON.stringify(message).includes(asking.id) && JSON.stringify(message.blocks).includes('nightshift.approve');
    const message = await until('the question', () => slack.messages.find(asks) ?? null);
    const press = async (signature?: string) => {
      const { body, headers } = slack.press(message, 'nightshift.approve', Date.now());
      const sent = signature === undefined ? headers : { ...headers, 'x-slack-signature': signature };
      return (await fetch(`${stack.url}/callbacks/slack`, { method: 'POST', headers: sent, body })).status;
    };
    const forged = `v0=${createHmac('sha256', 'not-the-secret').update('v0').digest('hex')}`;
    expect(await press(forged)).toBe(401);
    expect(await press()).toBe(200);
    expect(await press()).toBe(409);
    const seen = await incident('asked', closed);
    expect(seen.plans).toMatchObject([{ state: 'verified', approvedBy: 'oncall (U0ONCALL)' }]);
    expect(await startsOf('asked')).toHaveLength(1);
  }, 240_000);

  test('a runbook by hand: a rehearsal starts nothing, then it runs, then its guard refuses', async () => {
    const invoke = async (dryRun: boolean) => {
      const parameters = { service: 'redis', port: String(site.redisPort('by-hand')) };
      const data = { runbook: 'restart-redis', targets: ['by-hand'], parameters, dryRun, by: 'ada', reason: 'a test' };
      const { said } = await stack.osls('invoke', '-f', 'runbook', '-d', JSON.stringify(data));
      return JSON.parse(said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1)) as {
        outcome: string;
        executions: { state: string; exitCode: number | null; reason: string | null }[];
      };
    };
    expect(await invoke(true)).toMatchObject({ outcome: 'shadow', executions: [] });
    expect(await startsOf('by-hand')).toEqual([]);
    // Redis is up: the script itself asserts that there is nothing to mend.
    expect((await invoke(false)).executions).toMatchObject([{ state: 'failed', exitCode: 1 }]);
    expect(await startsOf('by-hand')).toHaveLength(1);
  }, 240_000);

  test('a poisonous message ends among the dead letters, which an alarm watches', async () => {
    const sqs = stack.client((config) => new SQSClient(config));
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'nightshift-test-signals.fifo' }));
    await sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: 'no signal',
        MessageGroupId: 'poison',
        MessageDeduplicationId: 'poison-1',
      }),
    );
    await until('the dead letter', async () => ((await waiting(stack, 'dead.fifo')) > 0 ? true : null));
    const cloudwatch = stack.client((config) => new CloudWatchClient(config));
    const { MetricAlarms } = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNames: ['nightshift-test-poison'] }),
    );
    expect(MetricAlarms).toMatchObject([{ MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 0 }]);
    sqs.destroy();
    cloudwatch.destroy();
  }, 240_000);

  test('the watch list is scored each minute', async () => {
    const scored = await until(
      'scored series',
      async () => {
        const answer = await fetch(`${stack.url}/metrics/watches`, {
          headers: { authorization: 'Bearer the-api-token-of-a-test' },
        });
        const text = await answer.text();
        return /^nightshift_anomaly_score\{/m.test(text) ? text : null;
      },
      150_000,
    );
    expect(scored).toContain('redis');
  }, 240_000);

  test('what was planted is nowhere: not in logs, the ledger, the buckets, nor in what people were sent', async () => {
    await site.raise(
      { alertname: 'Planted', severity: 'critical', cluster: 'c-planted', password: PLANTED.label },
      { summary: `login with token=${PLANTED.annotation} failed` },
    );
    await incident('planted', ({ outbox }: Incident & { outbox?: unknown }) => outbox !== null);
    await until('the message', () => slack.messages.find((one) => JSON.stringify(one).includes('Planted')) ?? null);
    const everything = [
      await readFile(join(stack.folder, 'ministack.log'), 'utf8'),
      JSON.stringify(slack.messages),
      JSON.stringify(pagerduty.events),
      ...(await ledgerTexts(stack)),
      ...(await bucketTexts(stack)),
    ].join('\n');
    expect(everything).toContain('restart-redis');
    expect(everything).toContain('PING before');
    for (const [where, secret] of Object.entries(PLANTED))
      expect({ where, found: everything.includes(secret) }).toEqual({ where, found: false });
  }, 240_000);

  test('removal leaves what the outputs name, and nothing else', async () => {
    const outputs = ['RetainedTable', 'RetainedDataBucket', 'RetainedAuditBucket'];
    const named = await Promise.all(outputs.map((name) => stack.output(name)));
    expect((await resources(stack)).length).toBeGreaterThan(25);
    const { said } = await stack.osls('remove');
    process.stdout.write(said);
    expect(await resources(stack)).toEqual(named.toSorted());
  }, 240_000);
});
