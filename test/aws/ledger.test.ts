import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from '@jest/globals';
import { dynamoLedger } from '../../lib/adapters/aws/ledger/ledger.ts';
import { ledgerContract } from '../contract/ledgerContract.ts';
import { CREDENTIALS, type Ministack, REGION, startMinistack } from './ministack.ts';

let aws: Ministack;
beforeAll(async () => {
  aws = await startMinistack();
});
afterAll(() => aws.stop());

const connect = () => new DynamoDBClient({ endpoint: aws.endpoint, region: REGION, credentials: CREDENTIALS });

ledgerContract('the ledger on DynamoDB', async () => {
  const TableName = `ledger-${randomUUID()}`;
  const client = connect();
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
  const ledger = dynamoLedger(client, TableName);
  return { ledger, reopen: async () => dynamoLedger(connect(), TableName), dispose: () => ledger.close() };
});
