import { describe, expect, test } from '@jest/globals';
import { known, unknown } from '../../lib/decision/facts.ts';
import { leadersLast, namedTargets, resolveTargets, targetOf } from '../../lib/decision/targets.ts';
import type { Labels } from '../../lib/model/basic.ts';
import type { TargetRule } from '../../lib/model/catalogue.ts';
import type { Host } from '../../lib/model/host.ts';
import { HOSTS, host, NOW, SUBJECT } from './fixtures.ts';

const find = (
  labels: Labels,
  hosts: readonly Host[] = HOSTS,
  name: string | null = null,
  targets: TargetRule = { from: 'alert-host' },
) => {
  const found = resolveTargets({ targets }, { ...SUBJECT, host: name }, labels, NOW, hosts);
  return found.known ? found.value.map(({ hostId }) => hostId) : found.reason;
};

describe('the host of an alert', () => {
  test('by instance_id, before everything else', () => {
    expect(find({ instance_id: 'i-3', instance: '10.0.0.1:9100' }, HOSTS, 'web-2')).toEqual(['i-3']);
  });
  test('an instance_id nobody has finds no other machine', () => {
    expect(find({ instance_id: 'i-99', instance: '10.0.0.1:9100' }, HOSTS, 'web-2')).toMatch('no host has');
  });
  test('by the host label, as id or name', () => {
    expect([find({}, HOSTS, 'web-2'), find({}, HOSTS, 'i-4')]).toEqual([['i-2'], ['i-4']]);
  });
  test('one name in two clusters is the one of the alert; twice in one is nobody', () => {
    const dev = host({ id: 'd-1', name: 'web-1', cluster: 'dev' });
    expect(find({}, [dev, ...HOSTS], 'web-1')).toEqual(['i-1']);
    expect(find({}, [host({ id: 'i-11' }), ...HOSTS], 'web-1')).toMatch('2 hosts have host web-1');
  });
  test('a host of another cluster than the alert is refused', () => {
    expect(find({ instance_id: 'd-1' }, [host({ id: 'd-1', cluster: 'dev' })])).toMatch(
      'in cluster dev and the alert in prod',
    );
  });
  test.each(['10.0.0.2:9100', '10.0.0.2'])('by the address in %s', (instance) => {
    expect(find({ instance })).toEqual(['i-2']);
  });
  test('by an IPv6 address', () => {
    const six = [host({ id: 'six', addresses: ['fd00::5'] })];
    expect(find({ instance: '[fd00::5]:9100' }, six)).toEqual(['six']);
    expect(find({ instance: 'fd00::5' }, six)).toEqual(['six']);
  });
  test('an address that two running hosts have is nobody, an offline one does not count', () => {
    const twin = (state: Host['state']) => [host({ id: 'twin', state }), ...HOSTS];
    expect(find({ instance: '10.0.0.1:1' }, twin('online'))).toMatch('2 running hosts');
    expect(find({ instance: '10.0.0.1:1' }, twin('unknown'))).toMatch('2 running hosts');
    expect(find({ instance: '10.0.0.1:1' }, twin('offline'))).toEqual(['i-1']);
  });
  test('an address belongs to a host only for what began after it was launched', () => {
    const launched = (launchedAt: number) => find({ instance: '10.0.0.1:1' }, [host({ launchedAt })]);
    expect(launched(NOW - 1)).toEqual(['i-1']);
    expect(launched(NOW)).toMatch('after the trouble began');
  });
  test.each(['offline', 'unknown'] as const)('a host that is %s is refused', (state) => {
    expect(find({ instance_id: 'i-1' }, [host({ state })])).toBe(`web-1 is ${state}`);
  });
  test('no label, no host', () => {
    expect(find({})).toBe('the alert names no host');
    expect(find({}, HOSTS, 'nobody')).toBe('no host is called nobody');
    expect(find({ instance: '192.168.0.1:1' })).toMatch('no running host');
  });
});

describe('the hosts of a service', () => {
  const rule = (max: number): TargetRule => ({ from: 'service', service: 'redis', max });
  test('in stable order, at most so many, of the cluster only', () => {
    const mixed = [
      ...HOSTS.slice(0, 3).toReversed(),
      host({ id: 'a', cluster: 'dev' }),
      host({ id: 'b', services: [] }),
    ];
    expect(find({}, mixed, null, rule(2))).toEqual(['i-1', 'i-2']);
    expect(find({}, mixed.toReversed(), null, rule(2))).toEqual(['i-1', 'i-2']);
  });
  test('none, or one that cannot be reached, is refused', () => {
    expect(find({}, [], null, rule(2))).toMatch('has the service redis');
    expect(find({}, [host(), host({ id: 'i-2', name: 'web-2', state: 'offline' })], null, rule(2))).toBe(
      'web-2 is offline',
    );
    expect(find({}, HOSTS, null, rule(0))).toMatch('no host at all');
  });
});

describe('hosts that come last', () => {
  const order = (last: readonly string[]) => {
    const found = leadersLast(HOSTS.slice(0, 3).map(targetOf), known(last));
    return found.known ? found.value.map(({ hostId }) => hostId) : found.reason;
  };
  test('by id or name, the others before them as they were', () => {
    expect(order(['i-1'])).toEqual(['i-2', 'i-3', 'i-1']);
    expect(order(['web-2', 'web-99'])).toEqual(['i-1', 'i-3', 'i-2']);
  });
  test('no data means no', () => {
    expect(order([])).toMatch('none of them was found');
    expect(order(['web-99'])).toMatch('none of them was found');
    expect(leadersLast([targetOf(host())], unknown('Prometheus is silent'))).toMatchObject({
      known: false,
      reason: expect.stringContaining('Prometheus is silent'),
    });
  });
});

describe('hosts that a person names', () => {
  const named = (names: readonly string[], hosts: readonly Host[] = HOSTS) => {
    const found = namedTargets(names, hosts);
    return found.known ? found.value.map(({ hostId }) => hostId) : found.reason;
  };
  test('each once, in the order given', () => {
    expect(named(['web-2', 'i-1', 'i-2'])).toEqual(['i-2', 'i-1']);
  });
  test('nobody, somebody unknown, two of one name, one that is away', () => {
    expect(named([])).toBe('no host is named');
    expect(named(['web-1', 'web-99'])).toBe('no host is called web-99');
    expect(named(['web-1'], [host(), host({ id: 'i-2' })])).toBe('2 hosts are called web-1');
    expect(named(['i-1'], [host({ state: 'unknown' })])).toBe('web-1 is unknown');
  });
});
