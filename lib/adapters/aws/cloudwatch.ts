import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import type { Labels, Millis } from '../../model/basic.ts';
import type { Host } from '../../model/host.ts';
import type { CloudFigure, CloudMetrics, CloudSubject } from '../../ports/cloud.ts';
import type { Inventory } from '../../ports/edges.ts';
import { asked } from './errors.ts';
import { FIGURES, type Figure } from './figures.ts';

/** Seconds. EC2's own figures come each five minutes without detailed monitoring, and are then given as often as they are. */
const PERIOD = 60;
/** More volumes of one host than these are not looked at: each figure asked for costs. */
const MOST_VOLUMES = 8;

export interface CloudwatchOptions {
  readonly client: CloudWatchClient;
  /** Says which instance a name means, and which volumes it has (label `ec2_volumes`). */
  readonly inventory: Inventory;
}

interface Question {
  readonly figure: Figure;
  readonly value: string;
}

/**
 * CloudWatch as a source of evidence: one GetMetricData for everything about a host, a function (label `function_name`) and a
 * queue (`queue_name`).
 */
export function cloudwatchFigures(options: CloudwatchOptions): CloudMetrics {
  return {
    figures: (about, from, to) =>
      asked('cloud', async () => {
        const questions = questionsOf(await dimensionsOf(about, options.inventory));
        return questions.length === 0 ? [] : ask(options.client, questions, from, to);
      }),
  };
}

type Dimensions = Readonly<Record<Figure['dimension'], readonly string[]>>;

async function dimensionsOf({ host, labels }: CloudSubject, inventory: Inventory): Promise<Dimensions> {
  const found = host === null ? null : hostOf(host, labels, await inventory.hosts());
  const volumes = (found?.labels.ec2_volumes ?? '').split(' ').filter((one) => one !== '');
  return {
    InstanceId: found === null ? [] : [found.id],
    VolumeId: volumes.slice(0, MOST_VOLUMES),
    FunctionName: one(labels.function_name),
    QueueName: one(labels.queue_name),
  };
}

const one = (value: string | undefined) => (value === undefined || value === '' ? [] : [value]);

/** By the id that the alert carries, else by a name that only one host has: another machine's figures would mislead. */
function hostOf(name: string, labels: Labels, hosts: readonly Host[]): Host | null {
  const id = labels.instance_id ?? name;
  const byId = hosts.find((host) => host.id === id);
  if (byId !== undefined) return byId;
  const named = hosts.filter((host) => host.name === name);
  return named.length === 1 ? (named[0] ?? null) : null;
}

const questionsOf = (dimensions: Dimensions): readonly Question[] =>
  FIGURES.flatMap((figure) => dimensions[figure.dimension].map((value) => ({ figure, value })));

async function ask(
  client: CloudWatchClient,
  questions: readonly Question[],
  from: Millis,
  to: Millis,
): Promise<readonly CloudFigure[]> {
  const results: MetricDataResult[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new GetMetricDataCommand({
        MetricDataQueries: questions.map(queryOf),
        StartTime: new Date(from),
        EndTime: new Date(to),
        ScanBy: 'TimestampAscending',
        ...(NextToken !== undefined && { NextToken }),
      }),
    );
    results.push(...(page.MetricDataResults ?? []));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return questions.flatMap((question, at) =>
    answerOf(
      question,
      results.filter(({ Id }) => Id === idOf(at)),
    ),
  );
}

const idOf = (at: number) => `m${at}`;

const queryOf = ({ figure: { namespace, dimension, name, stat }, value }: Question, at: number): MetricDataQuery => ({
  Id: idOf(at),
  MetricStat: {
    Metric: { Namespace: namespace, MetricName: name, Dimensions: [{ Name: dimension, Value: value }] },
    Period: PERIOD,
    Stat: stat,
  },
});

/** One figure may come in several parts, and only its last one is complete. Without a sample there is no such figure. */
function answerOf({ figure, value }: Question, parts: readonly MetricDataResult[]): readonly CloudFigure[] {
  const { indicator, name, dimension } = figure;
  const bad = parts.find(({ StatusCode }) => StatusCode === 'Forbidden' || StatusCode === 'InternalError');
  if (bad !== undefined) return [{ indicator, series: [], problem: `CloudWatch: ${bad.StatusCode} for ${value}` }];
  const samples = parts
    .flatMap(({ Timestamps = [], Values = [] }) =>
      Timestamps.map((time, at) => ({ t: new Date(time).getTime() / 1000, v: Values[at] ?? Number.NaN })),
    )
    .sort((a, b) => a.t - b.t);
  if (samples.length === 0) return [];
  return [{ indicator, series: [{ labels: { __name__: name, [dimension]: value }, samples }], problem: null }];
}
