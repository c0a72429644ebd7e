import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';

/** Region, credentials and endpoint come from the environment. A bundler keeps of this file what a function uses. */
export const cloudwatch = () => new CloudWatchClient({});
export const dynamo = () => new DynamoDBClient({});
export const ec2 = () => new EC2Client({});
export const lambda = () => new LambdaClient({});
export const s3 = () => new S3Client({});
export const ses = () => new SESv2Client({});
export const sqs = () => new SQSClient({});
export const ssm = () => new SSMClient({});
/** Milliseconds until an unanswered send is told to be uncertain: well before the function that waits for it is ended. */
const SEND_WITHIN = 15_000;
/** SendCommand has no idempotency token, and the SDK's own retry was seen to deliver one call three times. */
export const ssmSender = () =>
  new SSMClient({
    maxAttempts: 1,
    // Without the second setting the SDK only logs that the time is over, and waits on.
    requestHandler: { requestTimeout: SEND_WITHIN, throwOnRequestTimeout: true },
  });
