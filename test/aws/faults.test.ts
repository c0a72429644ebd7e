import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { s3Blobs } from '../../lib/adapters/aws/blobs.ts';
import { dynamoLedger } from '../../lib/adapters/aws/ledger/ledger.ts';
import { sqsQueue } from '../../lib/adapters/aws/queue.ts';
import type { Blobs } from '../../lib/ports/edges.ts';
import type { Ledger } from '../../lib/ports/ledger.ts';
import type { Queue } from '../../lib/ports/queue.ts';
import { conflictOf, entry, notice, T0 } from '../contract/ledgerFixtures.ts';
import { type AwsFault, type AwsProxy, startAwsProxy } from '../servers/awsProxy.ts';
import { CREDENTIALS, type Ministack, REGION, startMinistack } from './ministack.ts';

let aws: Ministack;
let proxy: AwsProxy;
beforeAll(async () => {
  aws = await startMinistack();
  proxy = await startAwsProxy(aws.endpoint);
});
afterEach(() => {
  proxy.clear();
  proxy.forgetTokens(false);
});
afterAll(async () => {
  await proxy.close();
  await aws.stop();
});

const config = () => ({ endpoint: proxy.endpoint, region: REGION, credentials: CREDENTIALS });
const problem = (work: Promise<unknown>) => work.then(() => null).catch((error: unknown) => error);
const WRITE = 'DynamoDB.TransactWriteItems';

describe('the ledger under faults', () => {
  let ledger: Ledger;
  /** Another process' ledger of the same table. */
  let other: Ledger;
  beforeEach(async () => {
    const TableName = `ledger-${randomUUID()}`;
    const client = new DynamoDBClient(config());
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
    ledger = dynamoLedger(client, TableName);
    other = dynamoLedger(new DynamoDBClient(config()), TableName);
  });
  afterEach(async () => {
    await ledger.close();
    await other.close();
  });

  const full = () =>
    entry('inc_1', 0, {
      take: [{ key: 'lease', holder: 'exe_1', limit: 1, until: T0 + 1000 }],
      records: [{ key: 'stop', expectedVersion: 0, value: { on: true } }],
      outbox: [{ id: 'n1', stream: 'inc_1', channel: 'mail', notice: notice('n1'), dueAt: T0 }],
      pointer: { key: 'a/a1/redis', to: 'inc_1' },
      wakeAt: T0 + 500,
    });
  const expectOnce = async () => {
    expect(await ledger.read('inc_1')).toHaveLength(1);
    expect(await ledger.claims(['lease'], T0)).toEqual([{ key: 'lease', holder: 'exe_1', until: T0 + 1000 }]);
    expect((await ledger.record('stop')).version).toBe(1);
    expect(await ledger.outboxDue(T0, 10)).toHaveLength(1);
    expect(await ledger.pointer('a/a1/redis')).toBe('inc_1');
    expect(await ledger.due(T0 + 500, 10)).toEqual([{ stream: 'inc_1', wakeAt: T0 + 500 }]);
    expect(await ledger.verify()).toEqual([]);
  };

  describe('an append is written once, and resolves', () => {
    test.each<[AwsFault, number]>([
      ['conflict', 4],
      ['throttle', 5],
      ['error', 2],
      ['error', 4],
      ['reset', 4],
      ['error-after', 1],
      ['error-after', 4],
      ['reset-after', 1],
      ['reset-after', 4],
    ])('%s, %d times', async (kind, times) => {
      proxy.add({ operation: WRITE, kind, times });
      const { hash } = await ledger.append(full());
      await expectOnce();
      expect((await ledger.head('inc_1')).hash).toBe(hash);
    });

    test('an answer that was lost, after DynamoDB forgot the token', async () => {
      proxy.forgetTokens(true);
      proxy.add({ operation: WRITE, kind: 'reset-after' });
      const { version } = await ledger.append(full());
      expect(version).toBe(1);
      await expectOnce();
    });

    test('an answer that was lost, while others went on from there', async () => {
      proxy.forgetTokens(true);
      let begun: Promise<unknown> | null = null;
      const meanwhile = async () => {
        begun = other.append(entry('inc_1', 1));
        await begun;
      };
      proxy.add({ operation: WRITE, kind: 'reset-after', meanwhile });
      const { version } = await ledger.append(entry('inc_1', 0));
      expect(begun).not.toBeNull();
      expect(version).toBe(1);
      expect(await ledger.read('inc_1')).toHaveLength(2);
      expect(await ledger.verify()).toEqual([]);
    });

    test('reads that fail at first', async () => {
      proxy.add({ operation: 'DynamoDB.BatchGetItem', kind: 'error', times: 2 });
      await ledger.append(full());
      await expectOnce();
    });
  });

  test('of a conflict that never ends the caller hears, and nothing is written', async () => {
    proxy.add({ operation: WRITE, kind: 'conflict', times: 100 });
    expect(await problem(ledger.append(full()))).toMatchObject({ kind: 'failed', code: 'ledger.unavailable' });
    proxy.clear();
    expect(await ledger.read('inc_1')).toEqual([]);
    expect(await ledger.claims(['lease'], T0)).toEqual([]);
  });

  test('a table that cannot be read is no empty ledger', async () => {
    proxy.add({ operation: 'DynamoDB.BatchGetItem', kind: 'error', times: 9 });
    proxy.add({ operation: 'DynamoDB.Query', kind: 'throttle', times: 9 });
    expect(await problem(ledger.record('stop'))).toMatchObject({ kind: 'failed', code: 'ledger.unavailable' });
    expect(await problem(ledger.read('inc_1'))).toMatchObject({ kind: 'failed', code: 'ledger.unavailable' });
  });

  describe('of identical writers in one millisecond only one wins', () => {
    test.each<AwsFault | 'none'>(['none', 'conflict', 'error-after', 'reset-after'])('%s', async (kind) => {
      proxy.forgetTokens(true);
      if (kind !== 'none') proxy.add({ operation: WRITE, kind, times: 5 });
      const writers = Array.from({ length: 6 }, (_, at) => (at % 2 === 0 ? ledger : other));
      const ends = await Promise.allSettled(writers.map((one) => one.append(entry('inc_1', 0))));
      expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const lost = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
      expect(lost).toEqual(Array.from({ length: 5 }, () => conflictOf('ledger.version')));
      expect(await ledger.read('inc_1')).toHaveLength(1);
    });
  });

  test('of many who want one lease under every fault one has it', async () => {
    const kinds: AwsFault[] = ['conflict', 'error-after', 'reset-after', 'reset', 'throttle'];
    for (const kind of kinds) proxy.add({ operation: WRITE, kind, times: 2 });
    const ends = await Promise.allSettled(
      Array.from({ length: 8 }, (_, at) => {
        const take = [{ key: 'host/a1', holder: `exe_${at}`, limit: 1, until: T0 + 1000 }];
        return (at % 2 === 0 ? ledger : other).append(entry(`inc_${at}`, 0, { take }));
      }),
    );
    const won = ends.flatMap(({ status }, at) => (status === 'fulfilled' ? [`exe_${at}`] : []));
    expect((await ledger.claims(['host/a1'], T0)).map(({ holder }) => holder)).toEqual(won);
    expect(won).toHaveLength(1);
    expect(await ledger.heads()).toHaveLength(1);
  });

  test('a storm of faults loses no event and repeats none', async () => {
    const kinds: AwsFault[] = ['conflict', 'error-after', 'reset-after', 'error', 'throttle'];
    const told: string[] = [];
    const writer = async (own: Ledger, name: string) => {
      for (let at = 0; at < 8; at += 1) {
        proxy.add({ operation: WRITE, kind: kinds[(at + name.length) % kinds.length] ?? 'conflict' });
        for (;;) {
          const { version } = await own.head('inc_storm');
          const text = `${name} ${at}`;
          const event = { type: 'incident.commented' as const, text };
          const error = await problem(own.append(entry('inc_storm', version, { events: [event] })));
          if (error === null) {
            told.push(text);
            break;
          }
          expect(error).toEqual(conflictOf('ledger.version'));
        }
      }
    };
    await Promise.all([writer(ledger, 'a'), writer(other, 'bb'), writer(ledger, 'ccc')]);
    const texts = (await ledger.read('inc_storm')).map(({ event }) => ('text' in event ? event.text : ''));
    expect(texts.toSorted()).toEqual(told.toSorted());
    expect(await ledger.verify()).toEqual([]);
  });

  test('a delivery is put off once, also when the answer was lost', async () => {
    await ledger.append(full());
    proxy.add({ operation: WRITE, kind: 'reset-after' });
    await ledger.outboxRetry('n1', T0 + 60_000);
    expect(await ledger.outboxDue(T0 + 59_999, 10)).toEqual([]);
    expect(await ledger.outboxDue(T0 + 60_000, 10)).toMatchObject([{ id: 'n1', attempts: 1 }]);
  });
});

describe('the queue under faults', () => {
  const PUT = 'SQS.SendMessageBatch';
  let queue: Queue<number>;
  let client: SQSClient;
  beforeEach(async () => {
    client = new SQSClient({ ...config(), useQueueUrlAsEndpoint: false });
    const create = async (name: string) =>
      (await client.send(new CreateQueueCommand({ QueueName: `${name}.fifo`, Attributes: { FifoQueue: 'true' } })))
        .QueueUrl ?? '';
    const [url, deadLetterUrl] = [await create(randomUUID()), await create(randomUUID())];
    queue = sqsQueue({ client, url, deadLetterUrl, clock: { now: () => Date.now() } });
  });
  afterEach(() => client.destroy());

  const messages = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ id: `m_${at}`, group: `g_${at}`, body: at }));
  const arrived = async () => (await queue.receive(100, 0)).map(({ body }) => body).toSorted((a, b) => a - b);

  describe('a put is there once, and resolves', () => {
    test.each<[AwsFault, number]>([
      ['partial', 1],
      ['partial', 3],
      ['throttle', 2],
      ['error', 2],
      ['error-after', 1],
      ['reset-after', 1],
    ])('%s, %d times', async (kind, times) => {
      proxy.add({ operation: PUT, kind, times });
      await queue.put(messages(25));
      expect(await arrived()).toEqual(messages(25).map(({ body }) => body));
    });
  });

  test('a part that is never taken is told, and putting all again makes it whole', async () => {
    proxy.add({ operation: PUT, kind: 'partial', times: 50 });
    expect(await problem(queue.put(messages(10)))).toMatchObject({ kind: 'busy', code: 'queue.full', retryable: true });
    proxy.clear();
    await queue.put(messages(10));
    expect(await arrived()).toEqual(messages(10).map(({ body }) => body));
  });

  test('a part that SQS blames the sender for is not tried again', async () => {
    const before = proxy.calls.filter((one) => one === PUT).length;
    proxy.add({ operation: PUT, kind: 'rejected' });
    expect(await problem(queue.put(messages(4)))).toMatchObject({ kind: 'busy', code: 'queue.full' });
    expect(proxy.calls.filter((one) => one === PUT).length).toBe(before + 1);
  });

  test('a queue that does not answer is told', async () => {
    proxy.add({ operation: PUT, kind: 'error', times: 9 });
    expect(await problem(queue.put(messages(1)))).toMatchObject({ kind: 'failed', code: 'queue.unavailable' });
  });
});

describe('blobs under faults', () => {
  let blobs: Blobs;
  let client: S3Client;
  const bytes = new TextEncoder().encode('text');
  beforeEach(async () => {
    client = new S3Client({ ...config(), forcePathStyle: true });
    const Bucket = `blobs-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket }));
    blobs = s3Blobs(client, Bucket);
  });
  afterEach(() => client.destroy());

  test.each<[AwsFault]>([['throttle'], ['error'], ['reset'], ['error-after'], ['reset-after']])(
    'a put that meets %s is tried again',
    async (kind) => {
      proxy.add({ operation: 'S3.PUT', kind, times: 2 });
      await blobs.put('bodies/1', bytes, 'text/plain');
      expect(await blobs.get('bodies/1')).toEqual(bytes);
    },
  );

  test('a put that is never taken is told', async () => {
    proxy.add({ operation: 'S3.PUT', kind: 'throttle', times: 9 });
    expect(await problem(blobs.put('a', bytes, 'text/plain'))).toMatchObject({ code: 'blobs.unavailable' });
  });

  test('what cannot be read is not absent', async () => {
    proxy.add({ operation: 'S3.GET', kind: 'error', times: 9 });
    expect(await problem(blobs.get('a'))).toMatchObject({ kind: 'failed', code: 'blobs.unavailable' });
    proxy.clear();
    expect(await blobs.get('a')).toBeNull();
  });
});
