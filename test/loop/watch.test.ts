import { describe, expect, test } from '@jest/globals';
import { watchOnce } from '../../lib/loop/watch.ts';
import { failed } from '../../lib/model/errors.ts';
import type { Watch } from '../../lib/model/watch.ts';
import type { Metrics } from '../../lib/ports/metrics.ts';
import { decodeShard, type Shard } from '../../lib/watch/shard.ts';
import { SETTINGS } from '../simulation/scene.ts';
import { HOUR, MINUTE } from '../simulation/time.ts';
import { type World, worlds } from '../simulation/world.ts';

const open = worlds();
const watch = (change: Partial<Watch> = {}): Watch => ({
  id: 'queue-length',
  title: 'Queue length',
  expr: 'queue_length',
  unit: '',
  direction: 'high',
  maxFalseAlarmsPerWeek: 1,
  ...change,
});

/** In [0, 1), the same for the same seed and nothing like that of its neighbours (splitmix32). */
function chance(seed: number): number {
  let bits = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}

/** A length of about 100 that wanders a little, the same at each asking; `trouble` adds to it. */
class Lengths {
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

  private at(host: string, time: number): number | null {
    const trouble = this.troubles.findLast((one) => one.host === host && one.from <= time);
    if (trouble?.add === null) return null;
    return 100 + 10 * chance(Math.round(time / MINUTE)) + (trouble?.add ?? 0);
  }
}

async function watching(lengths: Lengths, own: readonly Watch[] = [watch()]): Promise<World> {
  const settings = { watch: { ...SETTINGS.watch, packs: [], own } };
  return open({
    policies: [],
    settings,
    wrap: (deps) => ({ ...deps, metrics: lengths.metrics(deps.metrics as Metrics) }),
  });
}

/** Minute by minute, each with its round. */
async function minutes(world: World, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    world.now += MINUTE;
    await watchOnce(world.deps);
    await world.work();
  }
}

async function shard(world: World): Promise<Shard> {
  const { value } = await world.deps.ledger.record<{ blob: string }>('watch/0');
  const bytes = await world.deps.blobs.get(value?.blob ?? '');
  if (bytes === null) throw new Error('there is no shard');
  return decodeShard(bytes);
}

describe('the watch list', () => {
  test('learns from the past, sees a trouble at once, and its end', async () => {
    const lengths = new Lengths();
    const world = await watching(lengths);
    await minutes(world, 10);
    expect(await world.incidents()).toEqual([]);
    lengths.troubles.push({ host: 'h1', from: world.now, add: 200 });
    await minutes(world, 3);
    const seen = await world.incident();
    expect(seen.subject).toMatchObject({ alertname: 'Anomaly', host: 'h1', service: 'svc', severity: 'warning' });
    expect(seen.firstSignal?.annotations.summary).toMatch(/^Queue length is unusual: 30\d.*, expected 10\d/);
    expect(seen.firstSignal?.annotations.description).toMatch(/1 in \d/);
    lengths.troubles.push({ host: 'h1', from: world.now, add: 0 });
    // The longest window of the scorer has to pass it.
    await minutes(world, 120);
    expect((await world.incident()).state).not.toBe('open');
  });

  test('an alert and an anomaly of the same host and service are one incident', async () => {
    const lengths = new Lengths();
    const world = await watching(lengths);
    await minutes(world, 2);
    lengths.troubles.push({ host: 'h1', from: world.now, add: 200 });
    await minutes(world, 3);
    await world.breaks('h1');
    const { episodes } = await world.incident();
    expect(episodes.map(({ alertname, source }) => [alertname, source])).toEqual([
      ['Anomaly', 'watch'],
      ['SvcDown', 'alertmanager'],
    ]);
  });

  test('a value that leaves its past in the good direction is no signal', async () => {
    const lengths = new Lengths();
    const world = await watching(lengths);
    await minutes(world, 2);
    lengths.troubles.push({ host: 'h1', from: world.now, add: -90 });
    await minutes(world, 5);
    expect(await world.incidents()).toEqual([]);
  });

  test('several series of one host that leave their past together are critical', async () => {
    const lengths = new Lengths();
    const world = await watching(
      lengths,
      ['a', 'b', 'c'].map((id) => watch({ id })),
    );
    await minutes(world, 2);
    lengths.troubles.push({ host: 'h1', from: world.now, add: 200 });
    await minutes(world, 3);
    expect(await world.incident()).toMatchObject({ severity: 'critical' });
  });

  test('an outage is caught up in order, once: the states are those of a watch that never slept', async () => {
    const [one, other] = [new Lengths(), new Lengths()];
    const [awake, slept] = [await watching(one), await watching(other)];
    for (const world of [awake, slept]) await minutes(world, 2);
    one.troubles.push({ host: 'h1', from: awake.now + 20 * MINUTE, add: 200 });
    other.troubles.push({ host: 'h1', from: slept.now + 20 * MINUTE, add: 200 });
    await minutes(awake, 30);
    other.down = true;
    await minutes(slept, 29);
    other.down = false;
    await minutes(slept, 1);
    expect(await shard(slept)).toEqual(await shard(awake));
    const starts = async (world: World) => (await world.incident()).episodes.map(({ startsAt }) => startsAt);
    expect(await starts(slept)).toEqual(await starts(awake));
  });

  test('a round that was not written down tells the same again, and nobody hears it twice', async () => {
    const lengths = new Lengths();
    const world = await watching(lengths);
    await minutes(world, 2);
    const { version, value } = await world.deps.ledger.record('watch/0');
    lengths.troubles.push({ host: 'h1', from: world.now, add: 200 });
    await minutes(world, 2);
    const { head, append } = world.deps.ledger;
    const now = await world.deps.ledger.record('watch/0');
    expect(now.version).toBeGreaterThan(version);
    await append({
      stream: 'watch',
      expectedVersion: (await head('watch')).version,
      at: world.now,
      actor: { name: 'nightshift', via: 'system' },
      events: [],
      records: [{ key: 'watch/0', expectedVersion: now.version, value }],
    });
    await minutes(world, 1);
    expect((await world.incident()).episodes).toHaveLength(1);
  });

  test('too many series, and a Prometheus that is gone, are named; the other watches go on', async () => {
    const lengths = new Lengths();
    lengths.hosts.push(...Array.from({ length: SETTINGS.watch.maxSeries }, (_, at) => `more-${at}`));
    const world = await watching(lengths);
    expect((await watchOnce(world.deps)).problems).toEqual([expect.stringMatching(/^queue-length: 1001 series/)]);
    lengths.down = true;
    expect((await watchOnce(world.deps)).problems).toEqual([expect.stringContaining('metrics.unavailable')]);
  });

  test('a series that falls silent is told as such, and forgotten after a day', async () => {
    const lengths = new Lengths();
    const world = await watching(lengths);
    await minutes(world, 2);
    lengths.troubles.push({ host: 'h1', from: world.now, add: null });
    await minutes(world, 8);
    expect(await world.incident()).toMatchObject({ subject: { alertname: 'NoData' }, severity: 'info' });
    world.now += 25 * HOUR;
    await minutes(world, 1);
    expect((await shard(world)).entries).toEqual([]);
    expect((await world.incident()).state).not.toBe('open');
  });
});
