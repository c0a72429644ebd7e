import type { Deps } from '../../lib/loop/deps.ts';
import { watchOnce } from '../../lib/loop/watch.ts';
import type { Labels } from '../../lib/model/basic.ts';
import { failed } from '../../lib/model/errors.ts';
import type { Settings } from '../../lib/model/settings.ts';
import type { Watch, WatchSettings } from '../../lib/model/watch.ts';
import type { Metrics } from '../../lib/ports/metrics.ts';
import { decodeShard, type Shard } from '../../lib/watch/shard.ts';
import { SETTINGS } from '../simulation/scene.ts';
import { MINUTE } from '../simulation/time.ts';
import { type World, worlds } from '../simulation/world.ts';

const open = worlds();
export const watch = (change: Partial<Watch> = {}): Watch => ({
  id: 'queue-length',
  title: 'Queue length',
  expr: 'queue_length',
  unit: '',
  direction: 'high',
  maxFalseAlarmsPerWeek: 1,
  tell: 'all',
  ...change,
});

/** In [0, 1), the same for the same seed and nothing like that of its neighbours (splitmix32). */
export function chance(seed: number): number {
  let bits = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}

/** A length of about 100 that wanders a little, the same at each asking; `trouble` adds to it. */
export class Lengths {
  readonly hosts: string[] = ['h1'];
  /** Set while nobody can ask. */
  down = false;
  /** Added to a host's length from a time on, Unix ms; null: it says nothing any more. */
  readonly troubles: { host: string; from: number; add: number | null }[] = [];

  metrics(over: Metrics): Metrics {
    return {
      ...over,
      range: async (expr, from, to, step) => {
        if (expr !== 'queue_length') return [];
        if (this.down) throw failed('metrics.unavailable', 'connection refused');
        return this.hosts.flatMap((host) => {
          const samples = [];
          for (let at = from; at <= to; at += step) {
            const v = this.at(host, at);
            if (v !== null) samples.push({ t: at / 1000, v });
          }
          const labels = { __name__: expr, cluster: 'prod', host, service: 'svc' };
          return samples.length === 0 ? [] : [{ labels, samples }];
        });
      },
    };
  }

  at(host: string, time: number): number | null {
    const trouble = this.troubles.findLast((one) => one.host === host && one.from <= time);
    if (trouble?.add === null) return null;
    return 100 + 10 * chance(Math.round(time / MINUTE)) + (trouble?.add ?? 0);
  }
}

export async function watching(
  lengths: Pick<Lengths, 'metrics'>,
  own: readonly Watch[] = [watch()],
  change: Partial<WatchSettings> = {},
  more: Partial<Settings> = {},
): Promise<World> {
  const settings = { ...more, watch: { ...SETTINGS.watch, packs: [], own, ...change } };
  return open({
    policies: [],
    settings,
    wrap: (deps) => ({ ...deps, metrics: lengths.metrics(deps.metrics as Metrics) }),
  });
}

/** The same world with another configuration of the watch list. */
export const changed = ({ deps }: World, change: Partial<WatchSettings>): Deps => ({
  ...deps,
  settings: { ...deps.settings, watch: { ...deps.settings.watch, ...change } },
});

/** Minute by minute, each with its round. */
export async function minutes(world: World, count: number, deps: Deps = world.deps): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    world.now += MINUTE;
    await watchOnce(deps);
    await world.work();
  }
}

/** What is answered to each query, host and time; as many minutes ahead as are asked for. */
export class Answers {
  readonly hosts: string[] = ['h1'];
  /** Called before each answer; what it throws is what comes of the query. */
  before: (expr: string, from: number, to: number) => void = () => undefined;
  labels = (expr: string, host: string): Labels => ({ __name__: expr, cluster: 'prod', host, service: 'svc' });
  /** Null: nothing is there. */
  at: (host: string, time: number, expr: string) => number | null = (_, time) => calm(time);

  metrics(over: Metrics): Metrics {
    return {
      ...over,
      range: async (expr, from, to, step) => {
        this.before(expr, from, to);
        const times = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
        return this.hosts.flatMap((host) => {
          const samples = times.flatMap((time) => {
            const v = this.at(host, time, expr);
            return v === null ? [] : [{ t: time / 1000, v }];
          });
          return samples.length === 0 ? [] : [{ labels: this.labels(expr, host), samples }];
        });
      },
    };
  }

  /** Adds so much from a time on, up to another. */
  trouble(from: number, until = Number.POSITIVE_INFINITY, of: (host: string, expr: string) => boolean = () => true) {
    const before = this.at;
    this.at = (host, time, expr) => {
      const usual = before(host, time, expr);
      return usual !== null && time >= from && time < until && of(host, expr) ? usual + 200 : usual;
    };
  }
}

/** A length of about 100 that wanders a little. */
export const calm = (time: number): number => 100 + 10 * chance(Math.round(time / MINUTE));

/** What is kept of the watch list. */
export async function shard(world: World, number = 0): Promise<Shard> {
  const { value } = await world.deps.ledger.record<{ blob: string }>(`watch/${number}`);
  const bytes = await world.deps.blobs.get(value?.blob ?? '');
  if (bytes === null) throw new Error('there is no shard');
  return decodeShard(bytes);
}
