import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { type BacktestOptions, backtest } from '../../lib/composition/backtest.ts';
import { prometheusStandIn, type StandIn } from '../servers/prometheusStandIn.ts';

export const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
/** A Friday morning. */
export const T0 = Date.parse('2026-03-06T08:00:00Z');
export const TO = T0 + 8 * HOUR;
const DAY = 24 * HOUR;
const PLACE = { cluster: 'prod', host: 'cache-1', service: 'redis' };

/** In [0, 1), the same for the same seed (splitmix32). */
function chance(seed: number): number {
  let bits = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}

export interface Bump {
  readonly from: number;
  readonly length: number;
  readonly add: number;
}
type Point = readonly [number, number | 'stale'];

/** Prometheus with a queue that is about 100 long but for the bumps, sampled each minute for a day before and through the day. */
export function queue(prometheus: StandIn, bumps: readonly Bump[]): void {
  const samples: Point[] = [];
  for (let at = T0 - DAY - HOUR; at <= TO; at += MINUTE) {
    const bump = bumps.find(({ from, length }) => at >= from && at < from + length);
    samples.push([at / 1000, 100 + 10 * chance(Math.round(at / MINUTE)) + (bump?.add ?? 0)]);
  }
  prometheus.series({ __name__: 'queue_length', ...PLACE }, samples);
}

/** Redis is down from minute to minute after `T0`, and the alert fires meanwhile, as Prometheus records both. */
export function outages(prometheus: StandIn, minutes: readonly (readonly [number, number])[], labels = PLACE): void {
  const down = (at: number) => minutes.some(([from, to]) => at >= T0 + from * MINUTE && at < T0 + to * MINUTE);
  const up: Point[] = [];
  const alert: Point[] = [];
  for (let at = T0 - HOUR; at <= TO; at += 15 * SECOND) {
    up.push([at / 1000, down(at) ? 0 : 1]);
    if (down(at)) alert.push([at / 1000, 1]);
    else if (down(at - 15 * SECOND)) alert.push([at / 1000, 'stale']);
  }
  prometheus.series({ __name__: 'redis_up', ...labels }, up);
  const fires = { alertname: 'RedisDown', alertstate: 'firing', severity: 'warning' };
  prometheus.series({ __name__: 'ALERTS', ...fires, ...labels }, alert);
}

export interface Configuration {
  readonly perWeek?: number;
  readonly autonomy?: string;
  /** Lines of the policy's guards. */
  readonly guards?: string;
  readonly hosts?: readonly string[];
  /** Further lines of nightshift.yaml. */
  readonly settings?: string;
}

export const SETTINGS = (url: string, perWeek = 1) => `
prometheus: { url: '${url}' }
watch:
  packs: []
  own:
    - { name: queue, title: Queue, expr: queue_length, direction: high, maxFalseAlarmsPerWeek: ${perWeek} }
`;

export const POLICY = (autonomy: string, guards: string) => `
policies:
  - name: restart-redis
    match: 'alertname="RedisDown"'
    runbooks:
      - { name: restart-redis, parameters: { service: redis } }
    autonomy: ${autonomy}
    preconditions:
      - { id: still-down, expr: 'redis_up{$selector}', is: '== 0', why: it must be down }
    verification: { expr: 'redis_up{$selector}', is: '== 1' }
    guards: { ${guards} }
`;

/** A Prometheus and folders of configurations that are there for one test. */
export interface Past {
  readonly prometheus: StandIn;
  readonly root: string;
  folder(name: string, configuration?: Configuration): Promise<string>;
  run(change: Partial<BacktestOptions>): ReturnType<typeof backtest>;
}

export function pasts(): () => Promise<Past> {
  const opened: { prometheus: StandIn; root: string }[] = [];
  afterEach(async () => {
    for (const { prometheus, root } of opened.splice(0)) {
      await prometheus.close();
      await rm(root, { recursive: true, force: true });
    }
  });
  return async () => {
    const past = { prometheus: await prometheusStandIn(), root: await mkdtemp(join(tmpdir(), 'nightshift-past-')) };
    opened.push(past);
    return {
      ...past,
      folder: (name, configuration = {}) => written(past.root, name, past.prometheus.url, configuration),
      run: (change) =>
        backtest({
          from: T0,
          to: TO,
          learn: 0,
          old: null,
          new: past.root,
          prometheus: null,
          environment: {},
          progress: () => undefined,
          ...change,
        }),
    };
  };
}

async function written(root: string, name: string, url: string, configuration: Configuration): Promise<string> {
  const {
    perWeek,
    autonomy = 'shadow',
    guards = 'cooldown: 30m',
    hosts = ['cache-1', 'cache-2'],
    settings = '',
  } = configuration;
  const folder = join(root, name);
  await mkdir(join(folder, 'policies'), { recursive: true });
  await writeFile(join(folder, 'nightshift.yaml'), SETTINGS(url, perWeek) + settings);
  await writeFile(join(folder, 'policies/redis.yaml'), POLICY(autonomy, guards));
  const entries = hosts.map((id) => ({ id, cluster: 'prod', services: ['redis'], restart: { redis: ['true'] } }));
  await writeFile(join(folder, 'inventory.yaml'), JSON.stringify({ hosts: entries }));
  return folder;
}
