import { CloudWatchClient, GetMetricDataCommand, type GetMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { cloudwatchFigures } from '../../../lib/adapters/aws/cloudwatch.ts';
import type { Host } from '../../../lib/model/host.ts';

const mock = mockClient(CloudWatchClient);
beforeEach(() => {
  mock.reset();
});

const FROM = 1_700_000_000_000;
const TO = FROM + 3_600_000;
const host = (id: string, name: string, labels = {}): Host => ({
  id,
  name,
  cluster: 'main',
  addresses: [],
  services: [],
  labels,
  state: 'online',
  launchedAt: 0,
  restart: {},
});
const HOSTS = [
  host('i-0a', 'db1', { ec2_volumes: 'vol-1 vol-2' }),
  host('i-0b', 'twin'),
  host('i-0c', 'twin'),
  host('i-0d', 'db1x'),
];
const cloud = (hosts = async () => HOSTS as readonly Host[]) =>
  cloudwatchFigures({ client: new CloudWatchClient({ region: 'eu-central-1' }), inventory: { hosts } });
const about = (name: string | null, labels = {}) => ({ host: name, labels });

const queries = () => mock.commandCalls(GetMetricDataCommand)[0]?.args[0].input.MetricDataQueries ?? [];
const asked = () =>
  queries().map(({ MetricStat: stat }) => `${stat?.Metric?.MetricName} ${stat?.Metric?.Dimensions?.[0]?.Value}`);
/** Answers each question about this metric. */
const answer = (name: string, result: object) =>
  mock.on(GetMetricDataCommand).callsFake(({ MetricDataQueries = [] }: GetMetricDataCommandInput) => ({
    MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: stat }) =>
      stat?.Metric?.MetricName === name
        ? { Id, StatusCode: 'Complete', ...result }
        : { Id, StatusCode: 'Complete', Timestamps: [], Values: [] },
    ),
  }));

describe('CloudWatch as evidence', () => {
  test('asks once, for the instance and its volumes', async () => {
    answer('CPUCreditBalance', { Timestamps: [new Date(FROM), new Date(FROM + 300_000)], Values: [12, 0] });
    const figures = await cloud().figures(about('db1'), FROM, TO);
    expect(figures).toEqual([
      {
        indicator: expect.objectContaining({ id: 'ec2_CPUCreditBalance', pack: 'aws', direction: 'low' }),
        problem: null,
        series: [
          {
            labels: { __name__: 'CPUCreditBalance', InstanceId: 'i-0a' },
            samples: [
              { t: FROM / 1000, v: 12 },
              { t: FROM / 1000 + 300, v: 0 },
            ],
          },
        ],
      },
    ]);
    expect(mock.commandCalls(GetMetricDataCommand)).toHaveLength(1);
    expect(asked()).toEqual(
      expect.arrayContaining(['StatusCheckFailed_System i-0a', 'BurstBalance vol-1', 'BurstBalance vol-2']),
    );
    expect(mock.commandCalls(GetMetricDataCommand)[0]?.args[0].input).toMatchObject({
      StartTime: new Date(FROM),
      EndTime: new Date(TO),
    });
  });

  test('of a function and a queue that the alert names', async () => {
    answer('Errors', { Timestamps: [new Date(FROM)], Values: [3] });
    const labels = { function_name: 'nightshift-triage', queue_name: 'nightshift-signals.fifo' };
    const [errors] = await cloud().figures(about(null, labels), FROM, TO);
    expect(errors).toMatchObject({ indicator: { id: 'lambda_Errors' }, series: [{ samples: [{ v: 3 }] }] });
    expect(asked()).toContain('ApproximateAgeOfOldestMessage nightshift-signals.fifo');
    expect(asked().some((one) => one.endsWith('i-0a'))).toBe(false);
  });

  test.each([
    ['of no host', about(null)],
    ['of a host that nobody knows', about('db9')],
    ['of a name that two hosts have', about('twin')],
    ['of an id that is not in the inventory, whatever its name', about('nobody', { instance_id: 'i-0z' })],
  ])('asks nothing %s', async (_, subject) => {
    expect(await cloud().figures(subject, FROM, TO)).toEqual([]);
    expect(mock.calls()).toEqual([]);
  });

  test('takes the instance that the alert names by id', async () => {
    answer('CPUCreditBalance', { Timestamps: [new Date(FROM)], Values: [1] });
    await cloud().figures(about('twin', { instance_id: 'i-0c' }), FROM, TO);
    expect(asked()).toContain('CPUCreditBalance i-0c');
  });

  test('joins what comes in parts over pages, in the order of time', async () => {
    const part = (at: number, StatusCode: 'PartialData' | 'Complete') => ({
      MetricDataResults: [{ Id: 'm0', StatusCode, Timestamps: [new Date(FROM + at)], Values: [at] }],
    });
    mock
      .on(GetMetricDataCommand)
      .resolvesOnce({ ...part(60_000, 'PartialData'), NextToken: 'more' })
      .resolvesOnce(part(0, 'Complete'));
    const figures = await cloud().figures(about('db1'), FROM, TO);
    expect(figures.flatMap(({ series }) => series[0]?.samples.map(({ v }) => v))).toEqual([0, 60_000]);
    expect(mock.commandCalls(GetMetricDataCommand)[1]?.args[0].input.NextToken).toBe('more');
  });

  test('a figure that may not be read is told', async () => {
    answer('BurstBalance', { StatusCode: 'Forbidden' });
    const figures = await cloud().figures(about('db1'), FROM, TO);
    expect(figures.map(({ problem }) => problem)).toEqual([
      'CloudWatch: Forbidden for vol-1',
      'CloudWatch: Forbidden for vol-2',
    ]);
  });

  test('an outage is a failure', async () => {
    mock.on(GetMetricDataCommand).rejects(Object.assign(new Error('no'), { name: 'InternalServiceFault' }));
    await expect(cloud().figures(about('db1'), FROM, TO)).rejects.toMatchObject({
      kind: 'failed',
      code: 'cloud.unavailable',
    });
  });
});
