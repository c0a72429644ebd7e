import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parameterSecrets } from '../../lib/adapters/aws/secrets.ts';
import { type SsmServer, startSsm } from '../servers/ssm/server.ts';
import { CREDENTIALS, type Ministack, REGION, startMinistack } from './ministack.ts';

let aws: Ministack;
let ssm: SsmServer;
beforeAll(async () => {
  aws = await startMinistack();
  ssm = await startSsm();
});
afterAll(async () => {
  await ssm.close();
  await aws.stop();
});

describe.each([
  ['MiniStack', () => aws.endpoint],
  ['the SSM test host', () => ssm.endpoint],
])('secrets of Parameter Store on %s', (_, endpoint) => {
  const connect = () => new SSMClient({ endpoint: endpoint(), region: REGION, credentials: CREDENTIALS });
  const put = (Name: string, Value: string) =>
    connect().send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true }));

  test('are decrypted; absent ones are null', async () => {
    await put('/nightshift/test/slack', 'xoxb-1');
    const secrets = parameterSecrets(connect(), { now: () => 0 });
    expect(await secrets.get('ssm:/nightshift/test/slack')).toBe('xoxb-1');
    expect(await secrets.get('ssm:/nightshift/test/none')).toBeNull();
  });

  test('a rotated one is used once the old one was kept long enough', async () => {
    let now = 0;
    const secrets = parameterSecrets(connect(), { now: () => now });
    await put('/nightshift/test/key', 'old');
    expect(await secrets.get('ssm:/nightshift/test/key')).toBe('old');
    await put('/nightshift/test/key', 'new');
    now = 299_999;
    expect(await secrets.get('ssm:/nightshift/test/key')).toBe('old');
    now = 300_000;
    expect(await secrets.get('ssm:/nightshift/test/key')).toBe('new');
  });
});

test('a Parameter Store that is down is no absent secret', async () => {
  const client = new SSMClient({ endpoint: ssm.endpoint, region: REGION, credentials: CREDENTIALS });
  ssm.faults.add({ kind: 'error', operation: 'GetParameter', times: 3 });
  const secrets = parameterSecrets(client, { now: () => 0 });
  await expect(secrets.get('ssm:/nightshift/test/slack')).rejects.toMatchObject({ code: 'secrets.unavailable' });
});
