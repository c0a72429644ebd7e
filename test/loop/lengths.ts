import { watchOnce } from '../../lib/loop/watch.ts';
import { failed } from '../../lib/model/errors.ts';
import type { Watch } from '../../lib/model/watch.ts';
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
function chance(seed: number): number {
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

export async function watching(lengths: Lengths, own: readonly Watch[] = [watch()]): Promise<World> {
  const settings = { watch: { ...SETTINGS.watch, packs: [], own } };
  return open({
    policies: [],
    settings,
    wrap: (deps) => ({ ...deps, metrics: lengths.metrics(deps.metrics as Metrics) }),
  });
}

/** Minute by minute, each with its round. */
export async function minutes(world: World, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    world.now += MINUTE;
    await watchOnce(world.deps);
    await world.work();
  }
}

/** What is kept of the watch list. */
export async function shard(world: World): Promise<Shard> {
  const { value } = await world.deps.ledger.record<{ blob: string }>('watch/0');
  const bytes = await world.deps.blobs.get(value?.blob ?? '');
  if (bytes === null) throw new Error('there is no shard');
  return decodeShard(bytes);
}
