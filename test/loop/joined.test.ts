import { describe, expect, test } from '@jest/globals';
import { apply } from '../../lib/incidents/fold.ts';
import type { Deps } from '../../lib/loop/deps.ts';
import { diagnoseJoined } from '../../lib/loop/diagnose.ts';
import { failed } from '../../lib/model/errors.ts';
import type { Evidence, Incident } from '../../lib/model/incident.ts';
import { MINUTE } from '../simulation/time.ts';
import type { World } from '../simulation/world.ts';
import { Lengths, minutes, watching } from './lengths.ts';

/** An alert that has its evidence, and an anomaly of the same host and service that came after it. */
async function joined(): Promise<{ world: World; lengths: Lengths; incident: Incident; first: Evidence }> {
  const lengths = new Lengths();
  const world = await watching(lengths);
  await minutes(world, 10);
  await world.breaks('h1');
  const first = (await world.incident()).evidence;
  if (first === null) throw new Error('there is no evidence');
  expect(first.ranked.map(({ indicator }) => indicator)).not.toContain('queue-length');
  await minutes(world, 2);
  lengths.troubles.push({ host: 'h1', from: world.now, add: 200 });
  await minutes(world, 3);
  const now = await world.incident();
  expect(now.episodes.map(({ alertname }) => alertname)).toEqual(['SvcDown', 'Anomaly']);
  // As it was when the anomaly had joined and nobody had looked at it.
  return { world, lengths, incident: { ...now, evidence: first }, first };
}

async function look({ deps }: World, incident: Incident, change: Partial<Deps> = {}): Promise<Incident | null> {
  const wanted = await diagnoseJoined({ ...deps, ...change }, incident);
  const [event] = wanted?.events ?? [];
  if (event === undefined) return null;
  expect(event.type).toBe('diagnosis.made');
  const { id: stream, version } = incident;
  const actor = { name: 'nightshift', via: 'system' } as const;
  return apply(incident, { stream, version: version + 1, at: deps.clock.now(), actor, event });
}

describe('an anomaly that joins an open incident', () => {
  test('is looked at by the loop itself, and told of quietly', async () => {
    const { world } = await joined();
    const { evidence } = await world.incident();
    expect(evidence?.ranked.map(({ indicator }) => indicator)).toContain('queue-length');
    expect(evidence?.joins).toBe(1);
  });

  test('has its series in the evidence, once', async () => {
    const { world, incident, first } = await joined();
    const after = await look(world, incident);
    const [own] = after?.evidence?.ranked ?? [];
    expect(own).toMatchObject({ indicator: 'queue-length', title: 'Queue length', movedAt: expect.any(Number) });
    expect(own?.last).toBeGreaterThan(300);
    expect(await world.deps.blobs.get(own?.blob ?? '')).not.toBeNull();
    expect(after?.evidence).toMatchObject({ at: first.at, joins: 1 });
    expect(after?.evidence?.summary).toMatch(/Queue length joined, \d.* deviations high, .* after the alert\.$/);
    expect(after?.diagnosis).toBe('made');
    expect(after === null ? null : await look(world, after)).toBeNull();
  });

  test.each(['Prometheus', 'the store'])(
    'without %s keeps the evidence that was made, and says so',
    async (missing) => {
      const { world, lengths, incident, first } = await joined();
      lengths.down = missing === 'Prometheus';
      const broken = { put: () => Promise.reject(failed('blobs.unavailable', 'the disk is full')) };
      const change = missing === 'Prometheus' ? {} : { blobs: { ...world.deps.blobs, ...broken } };
      const after = await look(world, incident, change);
      expect(after?.evidence?.ranked).toEqual(first.ranked);
      expect(after?.evidence?.missing.find(({ indicator }) => indicator === 'queue-length')?.reason).toMatch(
        /unavailable|refused|full/,
      );
      expect(after?.diagnosis).toBe('made');
      // A look that failed is not taken again and again.
      expect(after === null ? null : await look(world, after)).toBeNull();
    },
  );

  test('is looked for a few times only, and not where all is over or nobody knows what was looked for', async () => {
    const { world, incident, first } = await joined();
    const storm = { ...incident, evidence: { ...first, joins: 3 } };
    expect(await look(world, storm)).toBeNull();
    expect(await look(world, { ...incident, state: 'closed' })).toBeNull();
    const { told: _, ...old } = first;
    expect(await look(world, { ...incident, evidence: old })).toBeNull();
    expect(await look(world, { ...incident, evidence: null })).toBeNull();
  });

  test('beside many others is one look at some of them; the rest is named', async () => {
    const { world, incident } = await joined();
    const [, anomaly] = incident.episodes;
    if (anomaly === undefined) throw new Error('there is no anomaly');
    const many = Array.from({ length: 20 }, (_, n) => `watch-${n}`);
    const own = many.map((id) => ({ ...world.deps.settings.watch.own[0], id })) as Deps['settings']['watch']['own'];
    const episodes = many.map((id) => ({ ...anomaly, fingerprint: id, labels: { ...anomaly.labels, watch: id } }));
    const settings = { ...world.deps.settings, watch: { ...world.deps.settings.watch, own } };
    let asked = 0;
    const { metrics } = world.deps;
    if (metrics === null) throw new Error('there is no Prometheus');
    const range: typeof metrics.range = (...all) => {
      asked += 1;
      return metrics.range(...all);
    };
    const after = await look(world, { ...incident, episodes }, { settings, metrics: { ...metrics, range } });
    expect(asked).toBe(8);
    const reasons = after?.evidence?.missing.map(({ reason }) => reason) ?? [];
    expect(reasons.filter((reason) => reason.startsWith('not asked: too much'))).toHaveLength(12);
    expect(after === null ? null : await look(world, after)).toBeNull();
  });

  test('after a pause is measured up to when it was heard of', async () => {
    const { world, incident } = await joined();
    const heard = incident.episodes[1]?.lastHeard ?? 0;
    world.now += 30 * MINUTE;
    expect((await look(world, incident))?.evidence?.to).toBe(heard);
  });
});
