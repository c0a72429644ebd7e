import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, GetQueueUrlCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Deployment, STAGE } from './deployment.ts';

// What a deployed stack keeps, read behind its back.

/** Every item of the ledger's table. */
export async function ledgerTexts(stack: Deployment): Promise<string[]> {
  const client = stack.client((config) => new DynamoDBClient(config));
  const texts: string[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: await stack.output('RetainedTable') }))
    texts.push(...Items.map((item) => JSON.stringify(item)));
  client.destroy();
  return texts;
}

/** Every object of the buckets, without what was deployed. */
export async function bucketTexts(stack: Deployment): Promise<string[]> {
  const client = stack.client((config) => new S3Client({ ...config, forcePathStyle: true }));
  const texts: string[] = [];
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  for (const { Name: Bucket = '' } of Buckets) {
    if (Bucket.includes('serverlessdeployment')) continue;
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
    for (const { Key = '' } of Contents) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      texts.push((await Body?.transformToString('latin1')) ?? '');
    }
  }
  client.destroy();
  return texts;
}

/** Messages in one of the stack's queues, also those that are being worked on. */
export async function waiting(stack: Deployment, queue: string): Promise<number> {
  const sqs = stack.client((config) => new SQSClient(config));
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `nightshift-${STAGE}-${queue}` }));
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
    return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
  } finally {
    sqs.destroy();
  }
}

/** Names of everything that the stack can leave behind: tables, buckets, queues, functions, alarms. */
export async function resources(stack: Deployment): Promise<string[]> {
  const dynamo = stack.client((config) => new DynamoDBClient(config));
  const s3 = stack.client((config) => new S3Client({ ...config, forcePathStyle: true }));
  const sqs = stack.client((config) => new SQSClient(config));
  const lambda = stack.client((config) => new LambdaClient(config));
  const cloudwatch = stack.client((config) => new CloudWatchClient(config));
  const found = await Promise.all([
    dynamo.send(new ListTablesCommand({})).then(({ TableNames }) => TableNames),
    s3.send(new ListBucketsCommand({})).then(({ Buckets }) => Buckets?.map(({ Name }) => Name)),
    sqs.send(new ListQueuesCommand({})).then(({ QueueUrls }) => QueueUrls),
    lambda.send(new ListFunctionsCommand({})).then(({ Functions }) => Functions?.map((one) => one.FunctionName)),
    cloudwatch
      .send(new DescribeAlarmsCommand({}))
      .then(({ MetricAlarms }) => MetricAlarms?.map((one) => one.AlarmName)),
  ]);
  for (const client of [dynamo, s3, sqs, lambda, cloudwatch]) client.destroy();
  return found
    .flatMap((names) => names ?? [])
    .map(String)
    .toSorted();
}
