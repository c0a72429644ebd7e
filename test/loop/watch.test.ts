import { describe, expect, test } from '@jest/globals';
import { watchOnce } from '../../lib/loop/watch.ts';
import { mark, watched } from '../../lib/loop/watched.ts';
import { open, samplesSeen } from '../../lib/scoring/series.ts';
import { SETTINGS } from '../simulation/scene.ts';
import { HOUR, MINUTE } from '../simulation/time.ts';
import { ADA, type World } from '../simulation/world.ts';
import { Lengths, minutes, shard, watch, watching } from './lengths.ts';

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

  test.each([
    ['a trouble that lasts is not told to end', true],
    ['a trouble that its past does not bear out ends', false],
  ])('a watch that is changed to tell what is new learns anew from its past; %s', async (_, lasts) => {
    const lengths = new Lengths();
    const world = await watching(lengths);
    await minutes(world, 10);
    const began = world.now;
    lengths.troubles.push({ host: 'h1', from: began, add: 200 });
    await minutes(world, 3);
    expect((await world.incident()).state).toBe('open');
    // As if Prometheus had lost it.
    if (!lasts) lengths.troubles.pop();
    const changed = { ...world.deps.settings.watch, own: [watch({ tell: 'new' })] };
    const deps = { ...world.deps, settings: { ...world.deps.settings, watch: changed } };
    world.now += MINUTE;
    await watchOnce(deps);
    await world.work();
    expect((await world.incident()).state === 'open').toBe(lasts);
    const [entry] = (await shard(world)).entries;
    if (entry === undefined) throw new Error('nothing is known');
    expect(samplesSeen(open({ tell: 'new' }, entry.state))).toBeGreaterThan(1_000);
    expect(entry.alarmSince === null).toBe(!lasts);
    // What it was told to begin with is what will end.
    if (lasts) expect(entry.alarmSince).toBeLessThanOrEqual((began + 2 * MINUTE) / 1000);
  });

  test('a trouble that comes back tells when it was there before', async () => {
    const lengths = new Lengths();
    const world = await watching(lengths);
    await minutes(world, 10);
    const told = [];
    for (let time = 0; time < 2; time += 1) {
      lengths.troubles.push({ host: 'h1', from: world.now, add: 200 });
      await minutes(world, 5);
      told.push((await world.incidents()).at(-1)?.firstSignal);
      lengths.troubles.push({ host: 'h1', from: world.now, add: 0 });
      if (time === 0) await minutes(world, 240);
    }
    const [first, second] = told;
    expect(first?.annotations.description).not.toContain('before it was alike');
    expect(second?.id).not.toBe(first?.id);
    expect(second?.annotations.description).toContain(
      `Once before it was alike, last at ${new Date(first?.startsAt ?? 0).toISOString()}.`,
    );
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

  test("an own watch's anomaly has its series as evidence, and no other of the same watch", async () => {
    const lengths = new Lengths();
    lengths.hosts.push('h2');
    const world = await watching(lengths);
    await minutes(world, 10);
    lengths.troubles.push({ host: 'h1', from: world.now, add: 200 });
    await minutes(world, 3);
    const { evidence } = await world.incident();
    const own = (evidence?.ranked ?? []).filter(({ indicator }) => indicator === 'queue-length');
    expect(own).toMatchObject([{ title: 'Queue length', series: expect.stringContaining('host="h1"') }]);
    expect(own[0]?.last).toBeGreaterThan(300);
    expect(evidence?.summary).toMatch(/^Queue length left its past first/);
    const samples = JSON.parse(new TextDecoder().decode((await world.deps.blobs.get(own[0]?.blob ?? '')) ?? undefined));
    expect(samples.at(-1)[1]).toBe(own[0]?.last);
  });

  test('what fell silent is evidence as well: until when it spoke', async () => {
    const lengths = new Lengths();
    const world = await watching(lengths);
    await minutes(world, 2);
    lengths.troubles.push({ host: 'h1', from: world.now, add: null });
    await minutes(world, 8);
    const { evidence } = await world.incident();
    expect(evidence?.ranked.map(({ indicator }) => indicator)).toContain('queue-length');
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

  test('an incident is marked once for each of its watches: the last word stands', async () => {
    const lengths = new Lengths();
    const world = await watching(
      lengths,
      ['a', 'b'].map((id) => watch({ id })),
    );
    await minutes(world, 2);
    lengths.troubles.push({ host: 'h1', from: world.now, add: 200 });
    await minutes(world, 3);
    const { id } = await world.incident();
    const said = async () =>
      (await watched(world.deps)).map(({ useful, useless, precision }) => [useful, useless, precision]);
    for (const useful of [true, true, true]) await mark(world.deps, id, useful, ADA);
    expect(await said()).toEqual([
      [1, 0, 1],
      [1, 0, 1],
    ]);
    await Promise.all([mark(world.deps, id, false, ADA), mark(world.deps, id, false, { name: 'bob', via: 'api' })]);
    expect(await said()).toEqual([
      [0, 1, 0],
      [0, 1, 0],
    ]);
    expect(await mark(world.deps, id, false, ADA)).toEqual(['a', 'b']);
    expect(await said()).toEqual([
      [0, 1, 0],
      [0, 1, 0],
    ]);
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
