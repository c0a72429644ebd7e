import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from '@jest/globals';
import { s3Blobs } from '../../lib/adapters/aws/blobs.ts';
import { blobsContract } from '../contract/blobsContract.ts';
import { CREDENTIALS, type Ministack, REGION, startMinistack } from './ministack.ts';

let aws: Ministack;
beforeAll(async () => {
  aws = await startMinistack();
});
afterAll(() => aws.stop());

const connect = () =>
  new S3Client({ endpoint: aws.endpoint, region: REGION, credentials: CREDENTIALS, forcePathStyle: true });

blobsContract('blobs on S3', async () => {
  const Bucket = `blobs-${randomUUID()}`;
  const client = connect();
  await client.send(new CreateBucketCommand({ Bucket }));
  return {
    blobs: s3Blobs(client, Bucket, 'kept/'),
    reopen: async () => s3Blobs(connect(), Bucket, 'kept/'),
    dispose: async () => client.destroy(),
  };
});
