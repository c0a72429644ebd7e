import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { httpClient } from '../../lib/adapters/remote/http.ts';
import { smtpMail } from '../../lib/adapters/remote/smtp.ts';
import type { Notice } from '../../lib/model/notice.ts';
import { deliver } from '../../lib/notification/deliver.ts';
import { messageId } from '../../lib/notification/email.ts';
import { header, type Mailbox, startMailbox } from '../servers/mailbox.ts';
import fc from '../setup/fastCheck.ts';
import { APPROVAL, CHANNELS, notice, present } from './samples.ts';

let box: Mailbox;
beforeAll(async () => {
  box = await startMailbox();
});
afterAll(() => box.close());
afterEach(() => {
  box.trouble(null);
  patience = 5_000;
});

/** Milliseconds; less where nobody will answer, so that a test need not wait for that. */
let patience = 5_000;
const mail = () => smtpMail({ host: box.host, port: box.port, user: null, password: null, timeout: patience });
const send = (over: Partial<Notice> = {}, thread: string | null = null) =>
  deliver({ notice: notice(over) }, CHANNELS.mail, thread, { http: httpClient(), mail: mail() });
const last = () => present(box.mails.at(-1));

describe('a mail', () => {
  test('says the same in text and HTML, and is the first of its thread', async () => {
    const delivery = await send({ approval: APPROVAL });
    expect(delivery).toEqual({ outcome: 'delivered', ref: '<inc_1/3/trigger/chat@shift.example>' });
    expect(last().to).toEqual(['oncall@shift.example']);
    expect(header(last().headers, 'subject')).toBe('[critical] RedisDown for redis on cache-1 (prod)');
    for (const form of [last().text, last().html]) {
      expect(form).toContain('RedisDown fires for redis on cache-1 (prod)');
      expect(form).toContain('████▁▁ Redis up: 0 now');
      expect(form).toContain('it ran 3 min ago');
      expect(form).toContain('http://127.0.0.1:9099/incidents/inc_1');
      expect(form).not.toContain('nonce-1');
    }
  });

  test('a further one answers the first, and the thread stays the first', async () => {
    const root = '<inc_1/3/trigger/chat@shift.example>';
    expect(await send({ id: 'inc_1/7/resolve/mail', purpose: 'resolve' }, root)).toEqual({
      outcome: 'delivered',
      ref: root,
    });
    expect(header(last().headers, 'in-reply-to')).toBe(root);
    expect(header(last().headers, 'message-id')).toBe('<inc_1/7/resolve/mail@shift.example>');
  });

  test('each series of the evidence is drawn, for a reader that shows pictures', async () => {
    const [series] = notice().evidence;
    const evil = { ...present(series), title: '</svg><script>alert(1)</script>', spark: [1, Number.NaN, 2] };
    await send({ evidence: [present(series), evil] });
    expect(last().html.match(/<svg [^>]*role="img"/g)).toHaveLength(2);
    expect(last().html).toMatch(/<path class="series"[^>]* d="M[\d. ]+L/);
    expect(last().html).not.toContain('<script');
    expect(last().html).not.toContain('NaN');
    expect(last().text).not.toContain('<svg');
  });

  test('hostile text adds no header, no recipient and no markup', async () => {
    const evil = 'x\r\nBcc: victim@example.org\r\n\r\n<script>alert("1")</script>';
    await send({ id: evil, headline: evil, lines: [evil], labels: { [evil]: evil }, url: 'javascript:alert(1)' });
    const names = last().headers.map(([name]) => name);
    expect(names).not.toContain('bcc');
    expect(last().to).toEqual(['oncall@shift.example']);
    expect(last().html).not.toContain('<script');
    expect(last().html).not.toContain('href');
    expect(last().html).toContain('&lt;script&gt;');
  });

  test.each([
    ['soft', 'retry', 'mail.unavailable'],
    ['hang', 'retry', 'mail.unavailable'],
    ['hard', 'refused', 'mail.refused'],
  ] as const)('a %s failure is %s', async (trouble, outcome, code) => {
    box.trouble(trouble);
    if (trouble === 'hang') patience = 300;
    expect(await send()).toMatchObject({ outcome, detail: expect.stringContaining(code) });
  });

  test('without an SMTP server it is refused, so that another channel is told', async () => {
    const delivery = await deliver({ notice: notice() }, CHANNELS.mail, null, { http: httpClient(), mail: null });
    expect(delivery).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('SMTP') });
  });
});

test('a Message-ID is one token for any id, and different ids never share one', () => {
  const from = CHANNELS.mail.from;
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
      expect(messageId(one, from)).toMatch(/^<[A-Za-z0-9/_=.-]*@shift\.example>$/);
      if (one.toWellFormed() !== other.toWellFormed()) expect(messageId(one, from)).not.toBe(messageId(other, from));
    }),
  );
  expect(messageId('a.b', 'nobody')).toBe('<a=2e=b@nightshift.invalid>'.replace('=b', 'b'));
});
