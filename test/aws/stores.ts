import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { s3Blobs } from '../../lib/adapters/aws/blobs.ts';
import { dynamoLedger } from '../../lib/adapters/aws/ledger/ledger.ts';
import { sqsQueue } from '../../lib/adapters/aws/queue.ts';
import type { Deps, Heard } from '../../lib/loop/deps.ts';
import { CREDENTIALS, type Ministack, REGION } from './ministack.ts';

/** A table as infra/aws/storage.yml describes it. */
export async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  );
}

/** A table, a bucket and a queue of their own in local AWS. */
export async function awsStores({ endpoint }: Ministack): Promise<Pick<Deps, 'ledger' | 'queue' | 'blobs'>> {
  const config = { endpoint, region: REGION, credentials: CREDENTIALS };
  const name = `differential-${randomUUID()}`;
  const dynamo = new DynamoDBClient(config);
  await createTable(dynamo, name);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const sqs = new SQSClient(config);
  const create = async (QueueName: string) => {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: 'true' } }));
    return QueueUrl;
  };
  const [url, deadLetterUrl] = [await create(`${name}.fifo`), await create(`${name}-dead.fifo`)];
  const clock = { now: () => Date.now() };
  return {
    ledger: dynamoLedger(dynamo, name),
    queue: sqsQueue<Heard>({ client: sqs, url, deadLetterUrl, clock }),
    blobs: s3Blobs(s3, name),
  };
}
