import { describe, expect, test } from '@jest/globals';
import { seriesText } from '../../lib/language/seriesText.ts';
import type { Deps } from '../../lib/loop/deps.ts';
import { readShard } from '../../lib/loop/shards.ts';
import { type Learned, warm } from '../../lib/loop/warm.ts';
import { bytes, open, step } from '../../lib/scoring/series.ts';
import { DAY, HOUR, MINUTE } from '../simulation/time.ts';
import { ADA, type World } from '../simulation/world.ts';
import { changed, Lengths, minutes, shard, watching } from './lengths.ts';

/** As the scorer alone learns it in (`from`, `to`], Unix ms; `add`: more than there is. */
function learned(lengths: Lengths, from: number, to: number, add = 0): Learned {
  const series = open({});
  for (let at = from + MINUTE; at <= to; at += MINUTE) step(series, at / 1000, (lengths.at('h1', at) as number) + add);
  const labels = { __name__: 'queue_length', cluster: 'prod', host: 'h1', service: 'svc' };
  const how = { kind: 'gauge', tz: 'UTC', tell: 'all' };
  return { ...how, series: seriesText(labels), last: to / 1000, state: bytes(series) };
}

const now = (world: World) => {
  const { step: every, delay } = world.deps.settings.watch;
  return Math.floor((world.now - delay) / every) * every;
};

async function running() {
  const lengths = new Lengths();
  const world = await watching(lengths);
  await minutes(world, 3);
  return { lengths, world };
}

describe('an alarm of which nobody was told', () => {
  test('of what was learned elsewhere is none of the watch, and its state is taken over by a better one', async () => {
    const { lengths, world } = await running();
    const at = now(world);
    // Of other values than Prometheus has: what is usual there is an alarm to it.
    const given = learned(lengths, at - 30 * DAY, at - 5 * MINUTE, -60);
    expect(await warm(world.deps, 'queue-length', [given], ADA)).toMatchObject({ taken: 1 });
    expect((await shard(world)).entries).toMatchObject([{ alarmSince: null }]);
    const better = learned(lengths, at - 40 * DAY, at - HOUR);
    expect(await warm(world.deps, 'queue-length', [better], ADA)).toEqual({ taken: 1, left: [] });
    await minutes(world, 20);
    expect(await world.incidents()).toEqual([]);
  });

  test('is told by the next round where its trouble lasts', async () => {
    const lengths = new Lengths();
    const world = await watching(lengths);
    const at = now(world);
    lengths.troubles.push({ host: 'h1', from: at - 30 * MINUTE, add: 200 });
    const given = learned(lengths, at - 30 * DAY, at - HOUR);
    expect(await warm(world.deps, 'queue-length', [given], ADA)).toMatchObject({ taken: 1 });
    expect(await world.incidents()).toEqual([]);
    await minutes(world, 2);
    expect((await world.incidents()).map(({ subject }) => subject.alertname)).toEqual(['Anomaly']);
  });
});

describe('the blob of a shard that is handed over', () => {
  const aside = (world: World) => world.deps.blobs.list('watch/warm/', 10);

  test('is there as long as it is read, and no longer', async () => {
    const { lengths, world } = await running();
    const at = now(world);
    for (const days of [20, 30, 40]) {
      const given = learned(lengths, at - days * DAY, at - HOUR);
      expect(await warm(world.deps, 'queue-length', [given], ADA)).toMatchObject({ taken: 1 });
      expect(await aside(world)).toHaveLength(1);
    }
    await minutes(world, 1);
    expect(await aside(world)).toEqual([]);
  });

  test('is not left where another was faster', async () => {
    const { lengths, world } = await running();
    const at = now(world);
    let other: Promise<unknown> | null = null;
    const ledger = {
      ...world.deps.ledger,
      append: async (transaction: Parameters<Deps['ledger']['append']>[0]) => {
        other ??= warm(world.deps, 'queue-length', [learned(lengths, at - 20 * DAY, at - HOUR)], ADA);
        await other;
        return world.deps.ledger.append(transaction);
      },
    };
    const given = learned(lengths, at - 30 * DAY, at - HOUR);
    expect(await warm({ ...world.deps, ledger }, 'queue-length', [given], ADA)).toMatchObject({ taken: 1 });
    expect(await aside(world)).toHaveLength(1);
  });

  test('may be moved away from while it is read', async () => {
    const { lengths, world } = await running();
    const at = now(world);
    await warm(world.deps, 'queue-length', [learned(lengths, at - 20 * DAY, at - HOUR)], ADA);
    let moved: Promise<unknown> | null = null;
    const get: Deps['blobs']['get'] = async (key) => {
      moved ??= minutes(world, 1);
      await moved;
      return world.deps.blobs.get(key);
    };
    const read = await readShard({ ...world.deps, blobs: { ...world.deps.blobs, get } }, 0);
    expect(read.shard).toEqual(await shard(world));
  });

  test('stays where it cannot be removed, and holds up nothing', async () => {
    const { lengths, world } = await running();
    const at = now(world);
    await warm(world.deps, 'queue-length', [learned(lengths, at - 20 * DAY, at - HOUR)], ADA);
    const remove = () => Promise.reject(new Error('EIO'));
    const before = (await shard(world)).upTo['queue-length'] ?? 0;
    await minutes(world, 1, { ...world.deps, blobs: { ...world.deps.blobs, remove } });
    expect((await shard(world)).upTo['queue-length']).toBe(before + 60);
  });

  test('is none of those that another number of shards leaves', async () => {
    const { world } = await running();
    await minutes(world, 1, changed(world, { shards: 3 }));
    await minutes(world, 1, changed(world, { shards: 2 }));
    expect(await world.deps.blobs.list('watch/spread/', 10)).toEqual([]);
  });
});
