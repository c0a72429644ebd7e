import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { s3Blobs } from '../../adapters/aws/blobs.ts';
import { ec2Inventory } from '../../adapters/aws/inventory.ts';
import { dynamoLedger } from '../../adapters/aws/ledger/ledger.ts';
import { sesMail } from '../../adapters/aws/mail.ts';
import { measured } from '../../adapters/aws/measured.ts';
import { queryPorts } from '../../adapters/aws/queries.ts';
import { sqsQueue } from '../../adapters/aws/queue.ts';
import { ssmRunner } from '../../adapters/aws/runner.ts';
import { type WakeTimers, wakeTimers } from '../../adapters/aws/timers.ts';
import { httpClient } from '../../adapters/remote/http.ts';
import type { Deps, Heard } from '../../loop/deps.ts';
import { keyedTurns } from '../../loop/turns.ts';
import type { Queue } from '../../ports/queue.ts';
import { secretsOf } from '../secretSettings.ts';
import type { Base } from './base.ts';
import { variable } from './environment.ts';

/** Longer than any function runs: whoever holds an execution in `sending` for longer than this is dead. */
const SENDING_GRACE = 180_000;

export type AwsDeps = Deps & { readonly timers: WakeTimers };

export function signalsQueue(base: Pick<Base, 'clock'>, client = new SQSClient({})): Queue<Heard> {
  return sqsQueue<Heard>({
    client,
    url: variable('NIGHTSHIFT_SIGNALS_URL'),
    deadLetterUrl: variable('NIGHTSHIFT_DEAD_LETTERS_URL'),
    clock: base.clock,
  });
}

/** Every port on AWS. */
export function awsDeps(base: Base): AwsDeps {
  const { settings, clock, log } = base;
  const sqs = new SQSClient({});
  const { metrics, alertmanager } = queryPorts(new LambdaClient({}), variable('NIGHTSHIFT_QUERY_FUNCTION'));
  return {
    ledger: measured(dynamoLedger(new DynamoDBClient({}), variable('NIGHTSHIFT_TABLE'))),
    queue: signalsQueue(base, sqs),
    blobs: s3Blobs(new S3Client({}), variable('NIGHTSHIFT_BUCKET')),
    ...hostPorts(base),
    metrics: settings.prometheus === null ? null : metrics,
    alertmanager: settings.alertmanager === null ? null : alertmanager,
    http: httpClient(),
    mail: sesMail(new SESv2Client({})),
    catalogue: { active: async () => base.bundle },
    clock,
    ids: base.ids,
    timers: wakeTimers(sqs, variable('NIGHTSHIFT_WAKE_URL'), clock, log),
    log,
    settings,
    turns: keyedTurns(),
    sha256: base.sha256,
    random: base.random,
    sendingGrace: SENDING_GRACE,
  };
}

function hostPorts({ settings, clock }: Base): Pick<Deps, 'inventory' | 'runner'> {
  const reader = new SSMClient({});
  return {
    inventory: ec2Inventory({
      ec2: new EC2Client({}),
      ssm: reader,
      managed: { tag: variable('NIGHTSHIFT_MANAGED_TAG'), value: variable('NIGHTSHIFT_MANAGED_VALUE') },
    }),
    runner: ssmRunner({
      // SendCommand has no idempotency token: it is never sent twice by the SDK.
      sender: new SSMClient({ maxAttempts: 1 }),
      reader,
      documentPrefix: variable('NIGHTSHIFT_DOCUMENT_PREFIX'),
      delivery: settings.runner.delivery,
      clock,
      secrets: secretsOf(settings),
    }),
  };
}
