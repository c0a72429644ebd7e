import { describe, expect, test } from '@jest/globals';
import type { Severity } from '../../lib/model/basic.ts';
import type { RouteSettings, Settings } from '../../lib/model/settings.ts';
import type { Subject } from '../../lib/model/signal.ts';
import { chainFor, escalationChannels, routeFor } from '../../lib/notification/routing.ts';
import { CHANNELS } from './samples.ts';

type Routing = Pick<Settings, 'channels' | 'routes' | 'escalation'>;
const subject: Subject = {
  alertname: 'A',
  cluster: 'prod',
  host: null,
  service: null,
  team: 'data',
  severity: 'warning',
  responseLevel: 1,
};
const settings = (over: Partial<Routing> = {}): Routing => ({
  channels: CHANNELS,
  routes: [],
  escalation: {},
  ...over,
});
const route = (over: Partial<RouteSettings>): RouteSettings => ({
  match: [],
  severity: [],
  team: 'fraud',
  channels: ['chat'],
  fallback: ['mail'],
  ...over,
});
const routed = (given: Routing, severity: Severity, labels = {}) => routeFor(given, subject, severity, labels);

describe('without a route', () => {
  test.each<[Severity, string[]]>([
    ['critical', ['chat', 'pager', 'mail']],
    ['unknown', ['chat', 'pager', 'mail']],
    ['warning', ['chat', 'mail']],
    ['info', ['chat']],
  ])('%s goes to %j', (severity, channels) => {
    expect(routed(settings(), severity)).toMatchObject({ team: 'data', channels });
  });
  test('a failed chat falls back to mail, never to the pager for an info', () => {
    expect(routed(settings(), 'info').fallback).toEqual(['mail']);
  });
  test('where no kind of the severity is configured, somebody hears it all the same', () => {
    expect(routed(settings({ channels: { pager: CHANNELS.pager } }), 'info').channels).toEqual(['pager']);
  });
});

describe('with routes', () => {
  const fraud = route({ match: [{ label: 'domain', op: '=', value: 'fraud' }], severity: ['critical'] });
  test('the first that matches wins, by labels and severity', () => {
    const given = settings({ routes: [fraud, route({ team: 'everyone', channels: ['mail'] })] });
    expect(routed(given, 'critical', { domain: 'fraud' }).team).toBe('fraud');
    expect(routed(given, 'warning', { domain: 'fraud' }).team).toBe('everyone');
    expect(routed(given, 'critical', { domain: 'etl' }).team).toBe('everyone');
  });
  test('an unknown severity takes the route of critical', () => {
    expect(routed(settings({ routes: [fraud] }), 'unknown', { domain: 'fraud' }).team).toBe('fraud');
  });
  test('only configured channels are named, each once', () => {
    const given = settings({ routes: [route({ channels: ['chat', 'chat', 'gone', 'constructor'] })] });
    expect(routed(given, 'info').channels).toEqual(['chat']);
  });
});

describe('escalation', () => {
  const chain = [
    { after: 1, channels: ['chat'] },
    { after: 2, channels: ['pager'] },
  ];
  const given = settings({ escalation: { default: chain, data: [{ after: 1, channels: ['mail'] }] } });
  const to = (team: string | null, step: number) =>
    escalationChannels(given, { team, channels: ['chat', 'mail'], fallback: [] }, step);
  test('climbs the chain of the team, and stays on its last step', () => {
    expect([to(null, 0), to(null, 1), to(null, 9), to('data', 0)]).toEqual([['chat'], ['pager'], ['pager'], ['mail']]);
  });
  test('a team without a chain has the default one; a hostile team name too', () => {
    expect(chainFor(given, 'constructor')).toBe(chain);
    expect(chainFor(given, '__proto__')).toBe(chain);
  });
  test('without any chain, everyone of the route hears it', () => {
    expect(escalationChannels(settings(), { team: 'x', channels: ['chat', 'mail'], fallback: [] }, 0)).toEqual([
      'chat',
      'mail',
    ]);
  });
});
