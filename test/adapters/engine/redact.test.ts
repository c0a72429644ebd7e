import { describe, expect, test } from '@jest/globals';
import { redact, tidyOutput } from '../../../lib/adapters/engine/redact.ts';
import { cpuTime } from '../../setup/cpu.ts';

// In two halves, so that no scanner of this repository takes them for real ones.
const AKIA = `AKIA${'ABCDEFGH12345678'}`;
const JWT = `eyJ${'hbGciOiJIUzI1NiJ9'}.eyJzdWIiOiIxIn0.c2lnbmF0dXJl`;
const PEM = `-----BEGIN RSA PRIVATE ${'KEY-----'}\nMIIEabc\n-----END RSA PRIVATE KEY-----`;

describe('redaction', () => {
  test.each([
    ['password=hunter2', 'hunter2'],
    ['DB_PASSWORD: "hun ter2"', 'hun ter2'],
    ["{'db_passwd': 'hunter2', 'user': 'bob'}", 'hunter2'],
    ['{"apiKey":"hunter2","user":"bob"}', 'hunter2'],
    ['secret = hunter2', 'hunter2'],
    ['client_secret=>hunter2', 'hunter2'],
    ['requirepass hunter2', 'hunter2'],
    ['redis-cli --pass hunter2', 'hunter2'],
    ['mysql --password=hunter2', 'hunter2'],
    ['Authorization: Basic aHVudGVyMg==', 'aHVudGVyMg'],
    ['authorization: hunter2', 'hunter2'],
    ['curl -H "X-Api-Key: hunter2"', 'hunter2'],
    ['Set-Cookie: session=hunter2; Path=/', 'hunter2'],
    ['sent Bearer abcdef123456', 'abcdef123456'],
    ['redis://user:hunter2@db:6379/0', 'hunter2'],
    [`key ${AKIA} used`, AKIA],
    ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG', 'wJalrXUtnFEMI'],
    ['aws_session_token = FwoGZXIvYXdzE', 'FwoGZXIvYXdzE'],
    [`jwt ${JWT}`, JWT.slice(20)],
    [`git ghp_${'a'.repeat(36)}`, 'aaaaaaaa'],
    [`slack xoxb-${'1'.repeat(12)}-abc`, '11111111'],
    [PEM, 'MIIEabc'],
    [PEM.slice(0, 40), 'MIIEabc'],
  ])('%s', (text, secret) => {
    const clean = redact(text);
    expect(clean).not.toContain(secret);
    expect(clean).toContain('[redacted]');
  });

  test('leaves alone what is no secret', () => {
    const text =
      'user=bob host=web-1 tokens bucket full, 3 passwords rotated\nMemTotal: 1 kB\nhttps://host:9090/path?a=b@c\n';
    expect(redact(text)).toBe(text);
  });

  test('known secrets in every form, the longer first, the tiny never', () => {
    const secret = 'p@ss/wörd';
    const text = `${secret} ${encodeURIComponent(secret)} ${Buffer.from(secret).toString('base64')} p@ss/wörd2 a`;
    expect(redact(text, ['a', '', secret, `${secret}2`])).toBe('[redacted] [redacted] [redacted] [redacted] a');
  });

  test('a long text without structure is read in reasonable time', async () => {
    for (const unit of ['a', 'eyJ-', 'password', '-----BEGIN PRIVATE KEY-----', 'a://', 'bearer ', '"', 'eyJa.']) {
      const took = (length: number) => cpuTime(() => redact(unit.repeat(length / unit.length)));
      const short = await took(32_000);
      // Eight times the text: were time its square it would be 64 times as much; a noisy core may be three times as slow.
      expect(await took(256_000)).toBeLessThan(24 * Math.max(short, 50));
    }
  });
});

describe('the cut', () => {
  const raw = (text: string, more = false) => ({ text, more });

  test('comes after the redaction, so that no half of a secret is left', () => {
    const text = `${'x'.repeat(23_990)} password=hunter2hunter2`;
    expect(tidyOutput(raw(text), raw(''), []).stdout).not.toContain('hunter');
  });

  test('of a text that was read in part takes its last line, which may end in a secret', () => {
    const { stdout, truncated } = tidyOutput(raw('line\nknown-sec', true), raw(''), ['known-secret']);
    expect([stdout, truncated]).toEqual(['line\n', true]);
  });

  test('splits no character', () => {
    const { stdout } = tidyOutput(raw(`x${'😀'.repeat(12_000)}`), raw(''), []);
    expect(stdout.isWellFormed()).toBe(true);
    expect(stdout.length).toBe(23_999);
  });
});
