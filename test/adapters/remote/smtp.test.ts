import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { smtpMail } from '../../../lib/adapters/remote/smtp.ts';

const MESSAGE = {
  from: 'nightshift@example.org',
  to: ['one@example.org', 'two@example.org'],
  subject: 'RedisDown\r\nBcc: all@example.org',
  text: 'plain grüße',
  html: '<p>rich</p>',
  messageId: '<inc_1.2@nightshift>',
  inReplyTo: '<inc_1.1@nightshift>',
};

let closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
});

async function serve(options: SMTPServerOptions): Promise<number> {
  const server = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS'], ...options });
  server.on('error', () => undefined);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => new Promise<void>((done) => server.close(done)));
  return (server.server.address() as AddressInfo).port;
}
const mail = (port: number, user: string | null = null, password: string | null = null, timeout = 5_000) =>
  smtpMail({ host: '127.0.0.1', port, user, password, timeout });

const reply = (responseCode: number) => Object.assign(new Error('not now'), { responseCode });

describe('smtpMail', () => {
  test('sends both bodies to all, in the thread, with no header smuggled in', async () => {
    let text = '';
    let recipients: string[] = [];
    const port = await serve({
      onData(stream, session, done) {
        recipients = session.envelope.rcptTo.map(({ address }) => address);
        stream.on('data', (chunk) => {
          text += chunk;
        });
        stream.on('end', () => done());
      },
    });
    await mail(port).send(MESSAGE);
    expect(recipients).toEqual(['one@example.org', 'two@example.org']);
    expect(text).toMatch(/^Message-ID: <inc_1\.2@nightshift>\r$/m);
    expect(text).toMatch(/^In-Reply-To: <inc_1\.1@nightshift>\r$/m);
    expect(text).toMatch(/^References: <inc_1\.1@nightshift>\r$/m);
    expect(text).not.toMatch(/^Bcc:/m);
    expect(text).toContain('text/plain');
    expect(text).toContain('<p>rich</p>');
  });

  test('logs in where it is told to', async () => {
    let seen: unknown = null;
    const port = await serve({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth(auth, _session, done) {
        seen = [auth.username, auth.password];
        if (auth.password === 'right') done(null, { user: auth.username });
        else done(new Error('no such user'));
      },
    });
    await mail(port, 'me', 'right').send(MESSAGE);
    expect(seen).toEqual(['me', 'right']);
    await expect(mail(port, 'me', 'wrong').send(MESSAGE)).rejects.toMatchObject({
      kind: 'refused',
      code: 'mail.refused',
    });
  });

  test.each([
    [550, 'refused', 'mail.refused'],
    [451, 'failed', 'mail.unavailable'],
  ])('%p is %s', async (code, kind, name) => {
    const port = await serve({
      onData: (stream, _session, done) => void stream.resume().on('end', () => done(reply(code))),
    });
    await expect(mail(port).send(MESSAGE)).rejects.toMatchObject({ kind, code: name });
  });

  test('one recipient refused is told, and not sent again to the others', async () => {
    const port = await serve({
      onRcptTo: ({ address }, _session, done) => done(address.startsWith('two') ? reply(550) : null),
      onData: (stream, _session, done) => void stream.resume().on('end', () => done()),
    });
    await expect(mail(port).send(MESSAGE)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('1 recipient'),
    });
  });

  test('nobody there, and one who says nothing', async () => {
    await expect(mail(9).send(MESSAGE)).rejects.toMatchObject({
      kind: 'failed',
      code: 'mail.unavailable',
      retryable: true,
    });
    const mute = createServer();
    await new Promise<void>((done) => mute.listen(0, '127.0.0.1', done));
    closing.push(() => new Promise((done) => mute.close(done)));
    const { port } = mute.address() as AddressInfo;
    await expect(mail(port, null, null, 500).send(MESSAGE)).rejects.toMatchObject({ code: 'mail.unavailable' });
  });
});
