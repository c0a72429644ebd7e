import { describe, expect, test } from '@jest/globals';
import { isLoopback, parseSettings } from '../../lib/catalogue/settings.ts';

const parse = (text: string, env: Record<string, string> = {}) => parseSettings(text, 'nightshift.yaml', env);

describe('parseSettings', () => {
  test('an empty file is what is shipped', () => {
    expect(parse('')).toMatchObject({
      listen: { host: '127.0.0.1', port: 9099 },
      url: 'http://127.0.0.1:9099',
      dataFolder: './data',
      prometheus: null,
      alertmanager: null,
      smtp: null,
      pageHold: 300_000,
      correlation: { window: 600_000 },
      answerWithin: { critical: 300_000, warning: 7_200_000, info: 86_400_000, unknown: 300_000 },
      heartbeat: { alertname: 'Watchdog', missedAfter: 180_000 },
      sweep: { every: 1_000, reconcileEvery: 60_000 },
      labels: { host: ['instance_id', 'host'], service: ['service', 'job'] },
      intake: { tokens: [] },
      audit: { key: null },
      retention: 30 * 86_400_000,
    });
  });

  test('reads what a real one says', () => {
    const settings = parse(`
listen: { host: 0.0.0.0, port: 8080 }
url: https://nightshift.example.com/
prometheus: { url: http://prometheus:9090 }
smtp: { host: mail, user: nightshift, password: env:SMTP_PASSWORD }
intake: { tokens: [env:NIGHTSHIFT_INTAKE] }
pageHold: 2m
channels:
  chat: { kind: slack, token: env:SLACK, channel: "#ops", signingSecret: file:secrets/slack }
  mail: { kind: email, from: a@example.com, to: [b@example.com] }
routes:
  - { match: 'team="data"', severity: [critical], team: data, channels: [chat], fallback: [mail] }
escalation:
  default: [{ after: 5m, channels: [mail] }]
`);
    expect(settings).toMatchObject({
      url: 'https://nightshift.example.com',
      prometheus: { url: 'http://prometheus:9090', timeout: 5_000 },
      smtp: { port: 587, password: 'env:SMTP_PASSWORD' },
      intake: { tokens: ['env:NIGHTSHIFT_INTAKE'], maxBytes: 6_291_456 },
      pageHold: 120_000,
      channels: { chat: { kind: 'slack', url: 'https://slack.com/api' } },
      routes: [{ match: [{ label: 'team', op: '=', value: 'data' }], channels: ['chat'] }],
      escalation: { default: [{ after: 300_000, channels: ['mail'] }] },
    });
  });

  test('the environment says where things are', () => {
    const env = {
      NIGHTSHIFT_LISTEN: '[::1]:80',
      NIGHTSHIFT_DATA: '/var/lib/nightshift',
      NIGHTSHIFT_PROMETHEUS_URL: 'http://p:9090/',
    };
    expect(parse('', env)).toMatchObject({
      listen: { host: '::1', port: 80 },
      url: 'http://[::1]:80',
      dataFolder: '/var/lib/nightshift',
      prometheus: { url: 'http://p:9090' },
    });
  });

  test('what a watch tells is its own, or that of all', () => {
    const tells = (text: string) => parse(text).watch.own.map(({ tell }) => tell);
    const own = 'own: [{ name: a, expr: up }, { name: b, expr: up, tell: all }]';
    expect(tells(`watch: { tell: new, ${own} }`)).toEqual(['new', 'all']);
    expect(tells(`watch: { ${own} }`)).toEqual(['all', 'all']);
  });

  test.each([
    ['pagehold: 5m', 'config.unknown', 1, 'did you mean pageHold?'],
    ['listen:\n  prot: 80', 'config.unknown', 2, 'did you mean port?'],
    ['listen:\n  port: 99999', 'config.shape', 2, 'listen.port'],
    ['pageHold: 5', 'config.shape', 1, 'duration'],
    ['pageHold: 5 minutes', 'config.shape', 1, 'duration'],
    ['listen: { host: 0.0.0.0 }', 'config.intake.tokens', 1, 'reached from elsewhere'],
    ['intake:\n  tokens: [short]', 'config.intake.tokens', 2, 'guessed'],
    ['prometheus: { url: "prometheus:9090" }', 'config.shape', 1, 'http://'],
    ['prometheus: { url: "http://user:password@p" }', 'config.shape', 1, 'without user'],
    ['channels:\n  a: { kind: slac }', 'config.shape', 2, 'accepted forms'],
    ['channels:\n  a: { kind: webhook, url: "http://x", tokn: y }', 'config.unknown', 2, 'did you mean token?'],
    ['channels:\n  a: { kind: email, from: x, to: [y] }', 'config.smtp', 2, 'smtp is not configured'],
    [
      'channels:\n  chat: { kind: webhook, url: "http://x" }\nroutes:\n  - channels: [chta]',
      'config.channel',
      4,
      'did you mean chat?',
    ],
    ['escalation:\n  default:\n    - { after: 5m, channels: [chat] }', 'config.channel', 3, 'no channel chat'],
    ['heartbeat:\n  channels: [chat]', 'config.channel', 2, 'no channel chat'],
    [
      'channels:\n  chat: { kind: webhook, url: "http://x" }\nroutes:\n  - { channels: [chat], match: "a" }',
      'config.match',
      4,
      '=~',
    ],
    ['watch:\n  maxFalseAlarmsPerWeek: 0', 'config.shape', 2, 'is not more than 0'],
    ['watch:\n  maxFalseAlarmsPerWeek: 1001', 'config.shape', 2, 'is more than 1000'],
    ['watch:\n  tell: little', 'config.shape', 2, 'accepted values'],
    ['watch:\n  shards: 0', 'config.shape', 2, 'is less than 1'],
    ['watch:\n  packs: none', 'config.shape', 2, 'must be all, or a list of packs'],
    ['watch:\n  own: [{ name: a, expr: up, kind: meter }]', 'config.shape', 2, 'accepted values'],
    ['a: [', 'config.yaml', 1, ''],
  ])('%j is %s', (text, code, line, told) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ kind: 'input', code, message: expect.stringContaining(`nightshift.yaml:${line}: `) }),
    );
    expect(() => parse(text)).toThrow(told);
  });

  test.each([
    ['watch: { maxFalseAlarmsPerWeek: 0 }', 'more than 0'],
    ['watch: { maxFalseAlarmsPerWeek: 1001 }', 'at most 1000'],
    ['watch: { shards: 0 }', 'at least 1'],
    ['heartbeat: { alertname: "" }', 'at least 1 character'],
  ])('%j expects %s', (text, expected) => expect(() => parse(text)).toThrow(expect.objectContaining({ expected })));

  test('a listener for everyone from the environment needs tokens as well', () => {
    expect(() => parse('', { NIGHTSHIFT_LISTEN: '0.0.0.0:9099' })).toThrow(
      expect.objectContaining({ code: 'config.intake.tokens' }),
    );
    expect(() => parse('', { NIGHTSHIFT_LISTEN: '9099' })).toThrow(
      expect.objectContaining({ code: 'config.environment' }),
    );
  });

  test.each([
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['localhost', true],
    ['127.0.0.1.example.com', false],
    ['0.0.0.0', false],
    ['::', false],
    ['', false],
  ])('%s is loopback: %s', (host, answer) => expect(isLoopback(host)).toBe(answer));
});
