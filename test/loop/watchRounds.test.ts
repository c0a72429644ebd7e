import { describe, expect, test } from '@jest/globals';
import type { Deps } from '../../lib/loop/deps.ts';
import { watchOnce } from '../../lib/loop/watch.ts';
import { failed, invalid } from '../../lib/model/errors.ts';
import { open, samplesSeen } from '../../lib/scoring/series.ts';
import type { Shard } from '../../lib/watch/shard.ts';
import { SETTINGS } from '../simulation/scene.ts';
import { HOUR, MINUTE } from '../simulation/time.ts';
import type { World } from '../simulation/world.ts';
import { Answers, changed, minutes, shard, watch, watching } from './lengths.ts';

const seenBy = ({ entries: [entry] }: Shard) => samplesSeen(open({}, entry?.state));
const typesOf = async (world: World, id: string) =>
  (await world.operations.timeline(id)).map(({ event }) => event.type);

describe('what is too much for one answer', () => {
  test('is asked for in pieces, and comes to the same', async () => {
    const [narrow, wide] = [new Answers(), new Answers()];
    narrow.before = (_, from, to) => {
      if (to - from > 5 * HOUR) throw failed('metrics.unavailable', 'the answer has too many samples');
    };
    const [one, other] = [await watching(narrow), await watching(wide)];
    for (const world of [one, other]) {
      await minutes(world, 2);
      const at = world.now;
      for (const answers of world === one ? [narrow] : [wide]) answers.trouble(at + 9 * HOUR, at + 10 * HOUR);
      world.now += 12 * HOUR;
      await minutes(world, 3);
    }
    expect(await shard(one)).toEqual(await shard(other));
    const spans = async (world: World) =>
      (await world.incident()).episodes.map(({ startsAt, endsAt }) => [startsAt, endsAt]);
    expect(await spans(one)).toEqual(await spans(other));
  });

  test('a past that comes in pieces over several rounds is told to nobody', async () => {
    const answers = new Answers();
    const world = await watching(answers);
    answers.trouble(world.now - 3 * HOUR, world.now - 2 * HOUR);
    answers.before = (_, from, to) => {
      if (to - from >= 6 * HOUR) throw failed('metrics.unavailable', 'nothing within 5000 ms');
      world.now += 50_000;
    };
    world.now += MINUTE;
    await watchOnce(world.deps);
    expect(await shard(world)).toMatchObject({ behind: { 'queue-length': { tellFrom: expect.any(Number) } } });
    await minutes(world, 8);
    expect(await shard(world)).toMatchObject({ behind: {} });
    expect(seenBy(await shard(world))).toBeGreaterThan(1_440);
    expect(await world.incidents()).toEqual([]);
  });

  test('that fails for another reason leaves the past to the next round', async () => {
    const answers = new Answers();
    let left = 5;
    answers.before = () => {
      left -= 1;
      if (left >= 0) throw failed('metrics.unavailable', 'connection refused');
    };
    const world = await watching(answers);
    await minutes(world, 3);
    expect(seenBy(await shard(world))).toBeGreaterThan(1_440);
  });
});

test.each([
  ['of the past of a new watch', -3 * HOUR],
  ['while it runs', 8 * MINUTE],
])('a step that Prometheus refuses, %s, costs that step alone, and is named', async (_, after) => {
  const answers = new Answers();
  const world = await watching(answers);
  const bad = Math.floor(world.now / MINUTE) * MINUTE + after;
  answers.before = (_expr, from, to) => {
    if (from <= bad && bad <= to) throw invalid('metrics.query', 'found duplicate series for the match group');
  };
  await minutes(world, 15);
  const { upTo, entries, behind } = await shard(world);
  expect(upTo['queue-length']).toBeGreaterThan(world.now / 1000 - 120);
  expect(behind).toEqual({});
  expect(entries.map(({ state }) => samplesSeen(open({}, state)) > 1_440)).toEqual([true]);
});

test('a query that is always refused is asked a few times a round', async () => {
  const answers = new Answers();
  let asked = 0;
  answers.before = () => {
    asked += 1;
    throw invalid('metrics.query', 'no such function');
  };
  const world = await watching(answers);
  await minutes(world, 30);
  expect(asked).toBeLessThan(30 * 6);
  const { problems } = await shard(world);
  expect(problems['queue-length']).toContain('no such function');
});

describe('a round', () => {
  test('that has no time for all watches gets further each time', async () => {
    const answers = new Answers();
    const own = Array.from({ length: 93 }, (_, at) => watch({ id: `w${at}`, expr: `e${at}` }));
    const world = await watching(answers, own);
    answers.before = () => {
      world.now += 1_000;
    };
    const reached = [];
    for (let round = 0; round < 4; round += 1) {
      world.now = Math.ceil(world.now / MINUTE) * MINUTE;
      const from = world.now;
      const { problems } = await watchOnce(world.deps);
      expect(world.now - from).toBeLessThan(40_000);
      reached.push(Object.keys((await shard(world)).upTo).length);
      if (round < 3) expect(problems).toEqual([expect.stringMatching(/^w\d+: not reached in this round/)]);
    }
    expect(reached).toEqual([30, 60, 90, 93]);
  });

  test('that has no time for all shards ends in time, and reaches each within a few', async () => {
    const answers = new Answers();
    const own = Array.from({ length: 40 }, (_, at) => watch({ id: `w${at}`, expr: `e${at}` }));
    const world = await watching(answers, own, { shards: 12 });
    answers.before = () => {
      world.now += 5_000;
    };
    for (let round = 0; round < 14; round += 1) {
      world.now = (Math.floor(world.now / MINUTE) + 1) * MINUTE;
      const from = world.now;
      await watchOnce(world.deps);
      expect(world.now - from).toBeLessThan(40_000);
    }
    for (let number = 0; number < 12; number += 1) expect((await shard(world, number)).entries).not.toEqual([]);
  });

  test('that is left when Nightshift stops has kept what it did', async () => {
    const world = await watching(
      new Answers(),
      ['a', 'b', 'c'].map((id) => watch({ id })),
    );
    world.now += MINUTE;
    await watchOnce(world.deps, () => true);
    expect(await shard(world)).toMatchObject({ upTo: { a: expect.any(Number) }, next: 'b' });
  });

  test('goes on with the others where the states of one shard are damaged, and with those from their past', async () => {
    const world = await watching(
      new Answers(),
      ['a', 'b', 'c'].map((id) => watch({ id })),
      { shards: 3 },
    );
    await minutes(world, 3);
    const { value } = await world.deps.ledger.record<{ blob: string }>('watch/0');
    const bytes = Uint8Array.from((await world.deps.blobs.get(value?.blob ?? '')) ?? []);
    bytes[8] = 0;
    await world.deps.blobs.put(value?.blob ?? '', bytes, '');
    await minutes(world, 1);
    const { step, delay } = SETTINGS.watch;
    const upTo = Math.floor((world.now - delay) / step) * (step / 1000);
    for (const number of [0, 1, 2]) expect(Object.values((await shard(world, number)).upTo)).toEqual([upTo]);
    expect(seenBy(await shard(world, 0))).toBeGreaterThan(1_440);
  });

  test('that meets what nobody foresaw does all else, and throws it', async () => {
    const answers = new Answers();
    const world = await watching(
      answers,
      ['a', 'b'].map((id) => watch({ id, expr: id })),
    );
    answers.before = (expr) => {
      if (expr === 'a') throw new TypeError('not foreseen');
    };
    await expect(watchOnce(world.deps)).rejects.toThrow('not foreseen');
    expect(await shard(world)).toMatchObject({ upTo: { b: expect.any(Number) } });
  });

  test('that is killed before it wrote its states tells again what triage has ended: nobody hears it twice', async () => {
    const answers = new Answers();
    const world = await watching(answers);
    await minutes(world, 10);
    answers.trouble(world.now + 5 * MINUTE, world.now + 25 * MINUTE);
    world.now += 180 * MINUTE;
    const put = async () => {
      throw new Error('killed');
    };
    await expect(watchOnce({ ...world.deps, blobs: { ...world.deps.blobs, put } } as Deps)).rejects.toThrow('killed');
    await world.work();
    const told = world.people.told.length;
    await minutes(world, 1);
    expect((await world.incidents()).map(({ episodes }) => episodes.length)).toEqual([1]);
    expect(world.people.told).toHaveLength(told);
  });

  test('tells what several watches found in the order of time', async () => {
    const answers = new Answers();
    const world = await watching(
      answers,
      ['a', 'b'].map((id) => watch({ id, expr: id })),
    );
    await minutes(world, 10);
    const at = world.now;
    answers.trouble(at + 5 * MINUTE, at + 25 * MINUTE, (_, expr) => expr === 'a');
    answers.trouble(at + 10 * MINUTE, at + 25 * MINUTE, (_, expr) => expr === 'b');
    world.now += 4 * HOUR;
    await minutes(world, 1);
    const [incident, ...others] = await world.incidents();
    expect(others).toEqual([]);
    expect(await typesOf(world, incident?.id ?? '')).not.toContain('incident.reopened');
  });

  test('scores no sample twice where what is asked for moves back, and says so', async () => {
    const world = await watching(new Answers());
    await minutes(world, 10);
    const before = await shard(world);
    const later = changed(world, { delay: 6 * MINUTE });
    world.now += MINUTE;
    expect((await watchOnce(later)).problems).toEqual([
      expect.stringContaining('the clock or watch.delay was changed'),
    ]);
    await minutes(world, 9, later);
    const after = await shard(world);
    const upTo = ({ upTo: of }: Shard) => of['queue-length'] ?? 0;
    expect(upTo(after)).toBeGreaterThan(upTo(before));
    expect(seenBy(after) - seenBy(before)).toBe((upTo(after) - upTo(before)) / 60);
  });

  test('learns a counter that appears later, whose first reading is no rate', async () => {
    const answers = new Answers();
    answers.at = (host, time) => (host === 'h1' ? time / 100 : time / 200);
    const world = await watching(answers, [watch({ kind: 'counter' })]);
    await minutes(world, 3);
    answers.hosts.push('h2');
    await minutes(world, 30);
    const { entries } = await shard(world);
    expect(entries.map(({ labels, state }) => [labels.host, samplesSeen(open({}, state)) > 25])).toEqual([
      ['h1', true],
      ['h2', true],
    ]);
  });
});

describe('three watches of one host are critical', () => {
  const own = ['a', 'b', 'c'].map((id) => watch({ id, expr: id }));

  test.each([
    ['whatever shards they are in', { shards: 3 }, 3],
    ['also where they are caught up with', {}, 20],
  ])('%s', async (_, change, wait) => {
    const answers = new Answers();
    const world = await watching(answers, own, change);
    await minutes(world, 10);
    answers.trouble(world.now);
    world.now += (wait - 1) * MINUTE;
    await minutes(world, 1);
    expect((await world.incident()).severity).toBe('critical');
  });

  test('and those of three hosts are not, whatever the label of a host is called', async () => {
    const answers = new Answers();
    answers.hosts.push('h2', 'h3');
    answers.labels = (_, host) => ({ cluster: 'prod', node: host });
    const labels = { ...SETTINGS.labels, host: ['node'] };
    const world = await watching(answers, own, {}, { labels });
    await minutes(world, 10);
    answers.trouble(world.now, undefined, (host, expr) => `h${'abc'.indexOf(expr) + 1}` === host);
    await minutes(world, 3);
    expect((await world.incidents()).map(({ key, severity }) => [key.host, severity]).toSorted()).toEqual([
      ['h1', 'warning'],
      ['h2', 'warning'],
      ['h3', 'warning'],
    ]);
  });
});
