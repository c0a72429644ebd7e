import { describe, expect, test } from '@jest/globals';
import { parseWebhook } from '../../lib/intake/alertmanager.ts';
import { fingerprintOf } from '../../lib/intake/fingerprint.ts';
import { parseRfc3339 } from '../../lib/language/time.ts';
import { alert, webhook } from '../api/harness.ts';

const AT = Date.UTC(2026, 0, 31, 8, 1);
const bytes = (value: unknown): Uint8Array =>
  value instanceof Uint8Array
    ? value
    : new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const parse = (value: unknown, maxAlerts = 500) =>
  parseWebhook(bytes(value), { receivedAt: AT, ids: { next: (prefix) => `${prefix}_1` }, maxAlerts });
const withAlert = (over: Readonly<Record<string, unknown>>) => webhook({ alerts: [alert(), alert(over)] });

describe('a webhook of version 4', () => {
  test('becomes signals', () => {
    expect(parse(webhook())).toEqual({
      signals: [
        {
          id: 'sig_1',
          source: 'alertmanager',
          receivedAt: AT,
          fingerprint: '0123456789abcdef',
          status: 'firing',
          startsAt: Date.UTC(2026, 0, 31, 8, 0, 0, 123),
          endsAt: null,
          labels: { alertname: 'RedisDown', instance_id: 'i-1', severity: 'critical' },
          annotations: { summary: 'redis is down' },
          generatorURL: 'http://prometheus/graph',
        },
      ],
      truncated: false,
      groupKey: '{}:{alertname="RedisDown"}',
    });
  });
  test('may carry fields that are not known yet', () => {
    const newer = webhook({ notification_reason: 'new', routeLabels: { a: 1 }, alerts: [alert({ novel: [1] })] });
    expect(parse(newer).signals).toHaveLength(1);
  });
  test('says when alerts were left out', () => {
    expect(parse(webhook({ truncatedAlerts: 3 })).truncated).toBe(true);
  });
  test('a resolved alert has an end; a firing one has none, whatever is sent', () => {
    const end = '2026-01-31T09:00:00+01:00';
    const [resolved] = parse(webhook({ alerts: [alert({ status: 'resolved', endsAt: end })] })).signals;
    expect(resolved?.endsAt).toBe(Date.UTC(2026, 0, 31, 8));
    expect(parse(webhook({ alerts: [alert({ endsAt: end })] })).signals[0]?.endsAt).toBeNull();
    const [unsaid] = parse(webhook({ alerts: [alert({ status: 'resolved' })] })).signals;
    expect(unsaid?.endsAt).toBe(AT);
  });
  test('an alert without fingerprint gets the one that Alertmanager would give', () => {
    const [signal] = parse(webhook({ alerts: [alert({ fingerprint: undefined })] })).signals;
    expect(signal?.fingerprint).toBe(fingerprintOf(alert().labels));
  });
  test('label names may be any text, and names of JavaScript are only names', () => {
    const labels = { 'app.kubernetes.io/name': 'x', größe: 'y', constructor: 'z' };
    expect(parse(webhook({ alerts: [alert({ labels })] })).signals[0]?.labels).toEqual(labels);
  });
});

describe('what is refused names its field and what was expected', () => {
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`l${index}`, 'v']));
  test.each([
    ['another version', webhook({ version: '3' }), 'intake.version', 'version', /version '4'/],
    ['no version', { alerts: [] }, 'intake.version', 'version', /version '4'/],
    ['no alerts', webhook({ alerts: undefined }), 'intake.alerts', 'alerts', /list/],
    ['an alert that is none', webhook({ alerts: [alert(), null] }), 'intake.alerts', 'alerts[1]', /object/],
    [
      'a label of another type',
      withAlert({ labels: { severity: 3 } }),
      'intake.labels',
      'alerts[1].labels.severity',
      /string/,
    ],
    ['a huge label', withAlert({ labels: { a: 'x'.repeat(4097) } }), 'intake.labels', 'alerts[1].labels.a', /4096/],
    ['too many labels', withAlert({ labels: many }), 'intake.labels', 'alerts[1].labels', /100/],
    ['labels as a list', withAlert({ labels: ['a'] }), 'intake.labels', 'alerts[1].labels', /object/],
    ['an empty label name', withAlert({ labels: { '': 'x' } }), 'intake.labels', 'alerts[1].labels[""]', /name/],
    ['a control character', withAlert({ labels: { 'a\n': 'x' } }), 'intake.labels', 'alerts[1].labels["a\\n"]', /name/],
    ['half a surrogate', withAlert({ labels: { a: '\ud800' } }), 'intake.labels', 'alerts[1].labels.a', /Unicode/],
    ['a status', withAlert({ status: 'burning' }), 'intake.status', 'alerts[1].status', /firing/],
    ['no time', withAlert({ startsAt: 'yesterday' }), 'intake.starts-at', 'alerts[1].startsAt', /RFC 3339/],
    [
      'no such day',
      withAlert({ startsAt: '2026-02-29T00:00:00Z' }),
      'intake.starts-at',
      'alerts[1].startsAt',
      /RFC 3339/,
    ],
    [
      'a start before all time',
      withAlert({ startsAt: '0001-01-01T00:00:00Z' }),
      'intake.starts-at',
      'alerts[1].startsAt',
      /1970/,
    ],
    ['no end', withAlert({ endsAt: 5 }), 'intake.ends-at', 'alerts[1].endsAt', /RFC 3339/],
    ['a fingerprint', withAlert({ fingerprint: '../x' }), 'intake.fingerprint', 'alerts[1].fingerprint', /16 hex/],
    ['a count', webhook({ truncatedAlerts: -1 }), 'intake.truncated-alerts', 'truncatedAlerts', /0 or more/],
    ['no object', [], 'intake.body', 'body', /object/],
    ['no JSON', '{"version":', 'intake.json', 'body', /JSON/],
    ['nothing', '', 'intake.json', 'body', /JSON/],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'intake.utf8', 'body', /UTF-8/],
    ['depth', '['.repeat(200_000), 'intake.depth', 'body', /16 levels/],
  ])('%s', (_what, body, code, field, expected) => {
    expect(() => parse(body)).toThrow(
      expect.objectContaining({
        kind: 'input',
        code,
        field,
        expected: expect.stringMatching(expected),
      }) as unknown as Error,
    );
  });
  test('__proto__ as a label is refused, not lost', () => {
    const body = JSON.stringify(webhook()).replace('"instance_id"', '"__proto__"');
    expect(() => parse(body)).toThrow(expect.objectContaining({ code: 'intake.labels' }) as unknown as Error);
  });
  test('brackets inside strings are no depth', () => {
    const labels = { a: `${'[{'.repeat(100)}\\"` };
    expect(parse(webhook({ alerts: [alert({ labels })] })).signals[0]?.labels).toEqual(labels);
  });
  test('more alerts than allowed', () => {
    const body = webhook({ alerts: [alert(), alert(), alert()] });
    expect(() => parse(body, 2)).toThrow(
      expect.objectContaining({ code: 'intake.alerts', field: 'alerts' }) as unknown as Error,
    );
    expect(parse(body, 3).signals).toHaveLength(3);
  });
});

describe('times', () => {
  test.each([
    ['2024-02-29T23:59:59.999999999Z', Date.UTC(2024, 1, 29, 23, 59, 59, 999)],
    ['2026-01-31T08:00:00+05:30', Date.UTC(2026, 0, 31, 2, 30)],
    ['2026-06-30T23:59:60Z', Date.UTC(2026, 5, 30, 23, 59, 59)],
    ['2026-01-31t08:00:00z', Date.UTC(2026, 0, 31, 8)],
    ['2026-01-31', null],
    ['2026-01-31T08:00:00', null],
    ['2026-13-01T00:00:00Z', null],
    ['2026-01-31T24:00:00Z', null],
    ['2026-01-31T08:00:00+24:00', null],
  ])('%s', (text, millis) => expect(parseRfc3339(text)).toBe(millis));
});

describe('fingerprints', () => {
  test('are those that Alertmanager 0.25 answered for the same labels', () => {
    expect(fingerprintOf({ alertname: 'RedisDown', instance_id: 'i-1', severity: 'critical' })).toBe(
      '29176c10cd911485',
    );
    expect(fingerprintOf({ alertname: 'Ä', zone: 'größe' })).toBe('1e2417fda197d1ba');
  });
  test('of no labels it is the seed of FNV-1a, and the order of labels does not matter', () => {
    expect(fingerprintOf({})).toBe('cbf29ce484222325');
    expect(fingerprintOf({ a: 'b', c: 'd' })).toBe(fingerprintOf({ c: 'd', a: 'b' }));
    expect(fingerprintOf({ a: 'bc' })).not.toBe(fingerprintOf({ ab: 'c' }));
  });
});
