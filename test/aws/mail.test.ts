import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sesMail } from '../../lib/adapters/aws/mail.ts';
import { CREDENTIALS, type Ministack, REGION, startMinistack } from './ministack.ts';

let aws: Ministack;
let client: SESv2Client;
beforeAll(async () => {
  aws = await startMinistack();
  client = new SESv2Client({ endpoint: aws.endpoint, region: REGION, credentials: CREDENTIALS });
  await client.send(new CreateEmailIdentityCommand({ EmailIdentity: 'nightshift@example.org' }));
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const message = {
  from: 'nightshift@example.org',
  to: ['oncall@example.org', 'team@example.org'],
  subject: 'redis is down on a1 — ü',
  text: 'text',
  html: '<p>html</p>',
  messageId: '<n1@nightshift>',
  inReplyTo: '<n0@nightshift>',
};

test('SES takes the message', async () => {
  await sesMail(client).send(message);
  const sent = await (await fetch(`${aws.endpoint}/_ministack/ses/messages`)).text();
  for (const part of ['oncall@example.org', 'team@example.org', 'redis is down on a1']) expect(sent).toContain(part);
});

test('without an answer it is not sent', async () => {
  const nowhere = new SESv2Client({ endpoint: 'http://127.0.0.1:9', region: REGION, credentials: CREDENTIALS });
  await expect(sesMail(nowhere).send(message)).rejects.toMatchObject({ kind: 'failed', code: 'mail.unavailable' });
});
