import { describe, expect, test } from '@jest/globals';
import { seriesText } from '../../lib/language/seriesText.ts';
import type { Deps } from '../../lib/loop/deps.ts';
import { reconcile } from '../../lib/loop/reconcile.ts';
import { readShard } from '../../lib/loop/shards.ts';
import { warm } from '../../lib/loop/warm.ts';
import { watched } from '../../lib/loop/watched.ts';
import { failed } from '../../lib/model/errors.ts';
import type { WatchSettings } from '../../lib/model/watch.ts';
import { bytes, open, samplesSeen, step } from '../../lib/scoring/series.ts';
import { MINUTE } from '../simulation/time.ts';
import { ADA, type World } from '../simulation/world.ts';
import { Answers, calm, changed, minutes, shard, watch, watching } from './lengths.ts';

const endsOf = async (world: World) => (await world.incident()).episodes.map(({ endsAt }) => endsAt);

/** A watch list in alarm for three minutes; the trouble lasts for so many. */
async function inAlarm(lasts: number, change: Partial<WatchSettings> = {}) {
  const answers = new Answers();
  const world = await watching(answers, undefined, change);
  await minutes(world, 10);
  answers.trouble(world.now, world.now + lasts * MINUTE);
  await minutes(world, 3);
  expect(await endsOf(world)).toEqual([null]);
  return { answers, world };
}

describe('a watch that is changed', () => {
  test.each([
    ['expr', { expr: 'other' }],
    ['kind', { kind: 'gauge' as const }],
  ])('by its %s learns anew from its past and tells nothing of that', async (what, change) => {
    const answers = new Answers();
    answers.hosts.push('h2', 'h3');
    answers.labels = (_, host) => ({ cluster: 'prod', host, service: 'svc' });
    answers.at = (_, time, expr) => (what === 'kind' ? time / 1000 : (expr === 'other' ? 1_000 : 1) * calm(time));
    const before = watch(what === 'kind' ? { kind: 'counter' } : {});
    const world = await watching(answers, [before]);
    await minutes(world, 10);
    await minutes(world, 2, changed(world, { own: [{ ...before, ...change }] }));
    expect(await world.incidents()).toEqual([]);
    expect((await shard(world)).entries.map(({ state }) => samplesSeen(open({}, state)) > 1_440)).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('to a query with other series forgets those that are none of it any more', async () => {
    const answers = new Answers();
    const world = await watching(answers);
    await minutes(world, 3);
    const other = changed(world, { own: [watch({ expr: 'other' })] });
    await minutes(world, 8, other);
    expect((await shard(world)).entries.map(({ labels }) => labels.__name__)).toEqual(['other']);
    expect(await world.incidents()).toEqual([]);
  });

  test('tells what began since it was scored last', async () => {
    const answers = new Answers();
    const world = await watching(answers);
    await minutes(world, 10);
    answers.trouble(world.now);
    world.now += 3 * MINUTE;
    await minutes(world, 3, changed(world, { own: [watch({ tell: 'new' })] }));
    expect(await endsOf(world)).toEqual([null]);
  });

  test('ends no trouble because its past cannot be had for a moment', async () => {
    const { answers, world } = await inAlarm(60);
    const other = changed(world, { own: [watch({ tell: 'new' })] });
    answers.before = () => {
      throw failed('metrics.unavailable', 'connection refused');
    };
    await minutes(world, 1, other);
    answers.before = () => undefined;
    await minutes(world, 2, other);
    expect(await endsOf(world)).toEqual([null]);
    expect((await shard(world)).entries.map(({ alarmSince }) => alarmSince)).toEqual([expect.any(Number)]);
  });
});

test('a watch that is new tells nothing of what was gone before it, and all of what goes then', async () => {
  const answers = new Answers();
  answers.hosts.push('h2');
  const world = await watching(answers);
  const gone = world.now - 7 * MINUTE;
  answers.at = (host, time) => (host === 'h1' && time > gone ? null : calm(time));
  await minutes(world, 10);
  expect(await world.incidents()).toEqual([]);
  const back = world.now;
  answers.at = (host, time) => {
    const until = host === 'h1' ? back + MINUTE : back;
    return time > until || (host === 'h1' && time > gone && time <= back) ? null : calm(time);
  };
  await minutes(world, 9);
  expect((await world.incidents()).map(({ key, subject }) => [key.host, subject.alertname]).toSorted()).toEqual([
    ['h1', 'NoData'],
    ['h2', 'NoData'],
  ]);
});

describe('what was told ends', () => {
  test('where its watch was taken away', async () => {
    const { world } = await inAlarm(60);
    const without = changed(world, { own: [] });
    await minutes(world, 5, without);
    expect(await reconcile(without)).toMatchObject({ ended: 0 });
    await minutes(world, 10, without);
    expect(await reconcile(without)).toMatchObject({ ended: 1 });
    await world.work();
    expect(await endsOf(world)).toEqual([expect.any(Number)]);
  });

  test.each([
    ['and the trouble is over', 3, 1],
    ['and not while it lasts', 600, 0],
  ])('where what was known is lost, %s', async (_, lasts, ended) => {
    const { world } = await inAlarm(lasts);
    world.now += 150 * MINUTE;
    const { value } = await world.deps.ledger.record<{ blob: string }>('watch/0');
    await world.deps.blobs.put(value?.blob ?? '', new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0]), '');
    // Nothing is known of it, so nothing is concluded.
    expect(await reconcile(world.deps)).toMatchObject({ ended: 0 });
    await minutes(world, 1);
    expect(await reconcile(world.deps)).toMatchObject({ ended });
  });
});

test('another number of shards takes what was learned along, and what was told', async () => {
  const { answers, world } = await inAlarm(60, { shards: 2 });
  const before = (await shard(world, 0)).entries[0] ?? (await shard(world, 1)).entries[0];
  const seen = samplesSeen(open({}, before?.state));
  answers.before = (_, from, to) => expect(to - from).toBeLessThan(MINUTE);
  for (const shards of [7, 3, 1]) {
    const spread = changed(world, { shards });
    await minutes(world, 1, spread);
    const [one, ...others] = await watched(spread);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ series: 1, alarms: 1 });
  }
  const [entry, ...more] = (await shard(world, 0)).entries;
  expect(more).toEqual([]);
  expect(samplesSeen(open({}, entry?.state))).toBe(seen + 3);
  expect(entry?.alarmSince).toBe(before?.alarmSince);
});

test('states that are handed over before the first round with another number of shards lose no other', async () => {
  const answers = new Answers();
  const ids = Array.from({ length: 9 }, (_, at) => `w${at}`);
  const own = ids.map((id) => watch({ id, expr: id }));
  const world = await watching(answers, own);
  await minutes(world, 30);
  const seen = async (deps: Deps, number: number) =>
    (await readShard(deps, number)).shard.entries.map(
      ({ watch: id, state }) => [id, samplesSeen(open({}, state))] as const,
    );
  const before = new Map(await seen(world.deps, 0));
  const series = open({});
  const upTo = (await shard(world)).upTo.w0 ?? 0;
  for (let t = upTo - 3 * 86_400; t <= upTo - 3_600; t += 60) step(series, t, calm(t * 1000));
  const labels = answers.labels('w0', 'h1');
  const how = { kind: 'gauge', tz: 'UTC', tell: 'all' };
  const learned = { ...how, series: seriesText(labels), last: upTo - 3_600, state: bytes(series) };
  const spread = changed(world, { shards: 4 });
  expect(await warm(spread, 'w0', [learned], ADA)).toMatchObject({ taken: 1 });
  const after = new Map((await Promise.all([0, 1, 2, 3].map((number) => seen(spread, number)))).flat());
  expect([...after.keys()].toSorted()).toEqual(ids);
  expect(after.get('w0')).toBeGreaterThan(4_000);
  for (const id of ids.slice(1)) expect(after.get(id)).toBe(before.get(id));
});

test('states of a version that did not say of how many shards they are move as well', async () => {
  const answers = new Answers();
  const own = ['a', 'b', 'c', 'd'].map((id) => watch({ id, expr: id }));
  const world = await watching(answers, own, { shards: 2 });
  await minutes(world, 3);
  for (const number of [0, 1]) {
    const { version, value } = await world.deps.ledger.record<{ blob: string }>(`watch/${number}`);
    await world.deps.ledger.append({
      stream: 'watch',
      expectedVersion: (await world.deps.ledger.head('watch')).version,
      at: world.now,
      actor: { name: 'nightshift', via: 'system' },
      events: [],
      records: [{ key: `watch/${number}`, expectedVersion: version, value: { blob: value?.blob } }],
    });
  }
  answers.before = (_, from, to) => expect(to - from).toBeLessThan(MINUTE);
  await minutes(world, 1, changed(world, { shards: 5 }));
  expect((await watched(changed(world, { shards: 5 }))).map(({ series }) => series)).toEqual([1, 1, 1, 1]);
});

test('states that cannot be read hold up nothing of what Alertmanager says', async () => {
  const { world } = await inAlarm(600);
  await minutes(world, 15);
  const get = async () => {
    throw failed('blobs.unavailable', 'EIO');
  };
  expect(await reconcile({ ...world.deps, blobs: { ...world.deps.blobs, get } })).toEqual({ heard: 0, ended: 0 });
});
