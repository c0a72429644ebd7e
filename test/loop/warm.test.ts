import { describe, expect, test } from '@jest/globals';
import { seriesText } from '../../lib/language/seriesText.ts';
import { type Learned, warm } from '../../lib/loop/warm.ts';
import { watchOnce } from '../../lib/loop/watch.ts';
import { bytes, open, step, type Tell } from '../../lib/scoring/series.ts';
import { DAY, HOUR, MINUTE } from '../simulation/time.ts';
import { ADA, type World } from '../simulation/world.ts';
import { Lengths, minutes, shard, watching } from './lengths.ts';

const labelsOf = (host: string) => ({ __name__: 'queue_length', cluster: 'prod', host, service: 'svc' });
const nameOf = (host: string) => seriesText(labelsOf(host));

/** As the scorer alone learns it, a sample a minute in (`from`, `to`], Unix ms. */
function learned(lengths: Lengths, from: number, to: number, host = 'h1', tell: Tell = 'all'): Learned {
  const series = open({ timeZone: 'UTC', tell });
  for (let at = from + MINUTE; at <= to; at += MINUTE) step(series, at / 1000, lengths.at(host, at) as number);
  return { series: nameOf(host), last: to / 1000, kind: 'gauge', tz: 'UTC', tell, state: bytes(series) };
}

/** On the grid of the watch. */
const now = (world: World) => {
  const { step: every, delay } = world.deps.settings.watch;
  return Math.floor((world.now - delay) / every) * every;
};
const stateOf = async (world: World, host = 'h1') =>
  (await shard(world)).entries.find(({ labels }) => labels.host === host)?.state;

describe('what was learned from an archive', () => {
  test.each(['is new', 'runs'])('is gone on from, to the last bit, by a watch that %s', async (how) => {
    const lengths = new Lengths();
    lengths.hosts.push('h2');
    const world = await watching(lengths);
    if (how === 'runs') await minutes(world, 3);
    const at = now(world);
    const given = learned(lengths, at - 30 * DAY, at - 3 * HOUR);
    expect(await warm(world.deps, 'queue-length', [given], ADA)).toEqual({ taken: 1, left: [] });
    await minutes(world, 5);
    const whole = learned(lengths, at - 30 * DAY, at + 5 * MINUTE);
    expect(await stateOf(world)).toEqual(whole.state);
    // The other series of the watch have their own past as ever.
    expect(await stateOf(world, 'h2')).toBeDefined();
    expect(await world.incidents()).toEqual([]);
    const { value } = await world.deps.ledger.record('warmed/queue-length');
    expect(value).toEqual({ series: 1 });
  });

  test('is left where it is worth nothing, and the reason is named', async () => {
    const lengths = new Lengths();
    lengths.hosts.push('h2', 'h3');
    const world = await watching(lengths);
    await minutes(world, 3);
    lengths.troubles.push({ host: 'h2', from: world.now, add: 200 });
    await minutes(world, 3);
    const before = await shard(world);
    const at = now(world);
    const given = [
      learned(lengths, at - DAY, at - MINUTE, 'elsewhere'),
      learned(lengths, at - 30 * DAY, at - DAY, 'h2'),
      learned(lengths, at - 60 * MINUTE, at - 30 * MINUTE),
      learned(lengths, at - 30 * DAY, at, 'h3'),
    ];
    const { taken, left } = await warm(world.deps, 'queue-length', given, ADA);
    expect(taken).toBe(0);
    expect(left.map(({ series, why }) => [series, why])).toEqual([
      [nameOf('elsewhere'), expect.stringContaining('no such series')],
      [nameOf('h2'), expect.stringContaining('in alarm or silent now')],
      [nameOf('h1'), expect.stringContaining('as many samples')],
      [nameOf('h3'), expect.stringContaining('no later sample')],
    ]);
    expect(await shard(world)).toEqual(before);
  });

  test('that cannot be right changes nothing', async () => {
    const lengths = new Lengths();
    const world = await watching(lengths);
    await minutes(world, 3);
    const before = await shard(world);
    const at = now(world);
    const good = learned(lengths, at - 30 * DAY, at - DAY);
    const refusals: readonly [readonly Learned[], string][] = [
      [[good, good], 'states[1].series'],
      [[{ ...good, last: (world.now + DAY) / 1000 }], 'states[0].last'],
      [[{ ...good, state: good.state.subarray(1) }], 'states[0].state'],
      [[{ ...good, state: new Uint8Array() }], 'states[0].state'],
      [[{ ...good, tell: 'new' }], 'states[0].tell'],
      [
        [{ ...learned(lengths, good.last * 1000 - HOUR, good.last * 1000, 'h1', 'new'), tell: 'all' }],
        'states[0].state',
      ],
      [[good, { ...good, series: nameOf('h2'), kind: 'counter' }], 'states[1].kind'],
      [[{ ...good, tz: 'America/New_York' }], 'states[0].tz'],
    ];
    for (const [given, field] of refusals)
      await expect(warm(world.deps, 'queue-length', given, ADA)).rejects.toMatchObject({ code: 'watch.state', field });
    await expect(warm(world.deps, 'no-watch', [good], ADA)).rejects.toMatchObject({ code: 'watch.unknown' });
    lengths.down = true;
    await expect(warm(world.deps, 'queue-length', [good], ADA)).rejects.toMatchObject({ code: 'watch.prometheus' });
    expect(await shard(world)).toEqual(before);
  });

  test('and a round at the same time both count', async () => {
    const lengths = new Lengths();
    const world = await watching(lengths);
    await minutes(world, 3);
    const at = now(world);
    world.now += MINUTE;
    const given = learned(lengths, at - 30 * DAY, at - HOUR);
    const both = [watchOnce(world.deps).catch(() => null), warm(world.deps, 'queue-length', [given], ADA)] as const;
    expect((await Promise.all(both))[1]).toMatchObject({ taken: 1 });
    await minutes(world, 1);
    expect(await stateOf(world)).toEqual(learned(lengths, at - 30 * DAY, now(world)).state);
  });
});
