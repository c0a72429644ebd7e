import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cloudwatchFigures } from '../../lib/adapters/aws/cloudwatch.ts';
import { CREDENTIALS, type Ministack, REGION, startMinistack } from './ministack.ts';
import { INSTANCE } from './ssmHost.ts';

let aws: Ministack;
let client: CloudWatchClient;
beforeAll(async () => {
  aws = await startMinistack();
  client = new CloudWatchClient({ endpoint: aws.endpoint, region: REGION, credentials: CREDENTIALS });
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

/** A whole minute, half an hour ago. */
const START = Math.floor(Date.now() / 60_000) * 60_000 - 1_800_000;

async function put(
  Namespace: string,
  MetricName: string,
  dimension: readonly [string, string],
  values: readonly number[],
) {
  const [Name, Value] = dimension;
  const MetricData = values.map((value, at) => ({
    MetricName,
    Dimensions: [{ Name, Value }],
    Timestamp: new Date(START + at * 60_000),
    Value: value,
  }));
  await client.send(new PutMetricDataCommand({ Namespace, MetricData }));
}

test("CloudWatch tells a host's credits and its volume's balance, and nothing of others", async () => {
  await put('AWS/EC2', 'CPUCreditBalance', ['InstanceId', INSTANCE], [30, 20, 10, 0]);
  await put('AWS/EC2', 'CPUCreditBalance', ['InstanceId', 'i-0ffffffffffffffff'], [500]);
  await put('AWS/EBS', 'BurstBalance', ['VolumeId', 'vol-1'], [100, 40]);
  await put('AWS/SQS', 'ApproximateAgeOfOldestMessage', ['QueueName', 'signals.fifo'], [1, 900]);
  const host = {
    id: INSTANCE,
    name: 'db1',
    cluster: 'main',
    addresses: [],
    services: [],
    labels: { ec2_volumes: 'vol-1' },
    state: 'online' as const,
    launchedAt: 0,
    restart: {},
  };
  const cloud = cloudwatchFigures({ client, inventory: { hosts: async () => [host] } });
  const about = { host: 'db1', labels: { queue_name: 'signals.fifo' } };
  const figures = await cloud.figures(about, START - 60_000, START + 600_000);
  const told = figures.map(({ indicator, series }) => [indicator.id, series[0]?.samples.map(({ v }) => v)]);
  expect(Object.fromEntries(told)).toEqual({
    ec2_CPUCreditBalance: [30, 20, 10, 0],
    ebs_BurstBalance: [100, 40],
    sqs_ApproximateAgeOfOldestMessage: [1, 900],
  });
  expect(figures[0]?.series[0]?.samples[0]?.t).toBe(START / 1000);
});
