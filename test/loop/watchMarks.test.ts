import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { compile } from '../../lib/catalogue/compile.ts';
import { parsePack } from '../../lib/catalogue/pack.ts';
import { parseSettings } from '../../lib/catalogue/settings.ts';
import { checkWatchList } from '../../lib/catalogue/watchSettings.ts';
import type { Deps } from '../../lib/loop/deps.ts';
import { mark, watched } from '../../lib/loop/watched.ts';
import type { Watch } from '../../lib/model/watch.ts';
import { demoPack, sha256 } from '../catalogue/fixture.ts';
import { MINUTE } from '../simulation/time.ts';
import { ADA, type World } from '../simulation/world.ts';
import { Answers, calm, changed, minutes, watch, watching } from './lengths.ts';

/** An anomaly on each of five hosts. */
async function fiveAnomalies(id = 'queue-length'): Promise<World> {
  const answers = new Answers();
  answers.hosts.push('h2', 'h3', 'h4', 'h5');
  const world = await watching(answers, [watch({ id })]);
  await minutes(world, 3);
  answers.trouble(world.now);
  await minutes(world, 3);
  expect(await world.incidents()).toHaveLength(5);
  return world;
}

async function markAll(world: World, deps: Deps, useful: boolean, count = 5) {
  for (const { id } of (await world.incidents()).slice(0, count)) await mark(deps, id, useful, ADA);
}

describe('what people say', () => {
  test('of what is silent says nothing of a sensitivity', async () => {
    const answers = new Answers();
    const world = await watching(answers);
    await minutes(world, 3);
    answers.at = (_, time) => (time < world.now - 10 * MINUTE ? calm(time) : null);
    await minutes(world, 12);
    const { id } = await world.incident();
    await expect(mark(world.deps, id, false, ADA)).rejects.toMatchObject({ code: 'watch.mark' });
  });

  test.each<[string, Partial<Watch>]>([
    ['sensitivity', { maxFalseAlarmsPerWeek: 0.25 }],
    ['query', { expr: 'other' }],
    ['kind', { kind: 'counter' }],
    ['direction', { direction: 'both' }],
    ['tell', { tell: 'new' }],
  ])('is of the %s that was asked for, and counts for no other', async (_, change) => {
    const world = await fiveAnomalies();
    await markAll(world, world.deps, false);
    const other = changed(world, { own: [watch(change)] });
    const followed = expect.stringContaining('watch.own[0].maxFalseAlarmsPerWeek: 0.25 ');
    expect([...(await watched(world.deps)), ...(await watched(other))]).toMatchObject([
      { useless: 5, precision: 0, earlier: 0, suggestion: followed },
      { useful: 0, useless: 0, precision: null, earlier: 5, suggestion: null },
    ]);
    await markAll(world, other, true, 2);
    expect([...(await watched(world.deps)), ...(await watched(other))]).toMatchObject([
      { useful: 0, useless: 3, earlier: 2, suggestion: null },
      { useful: 2, useless: 0, precision: 1, earlier: 3, suggestion: null },
    ]);
    await markAll(world, world.deps, false);
    expect(await watched(world.deps)).toMatchObject([{ useful: 0, useless: 5, earlier: 0, suggestion: followed }]);
  });

  test("of a pack's watch names the setting of this watch alone, and it can be followed", async () => {
    const bundle = compile([parsePack(demoPack, 'demo', sha256)], [], sha256);
    // A watch of the indicator's name finds what is marked.
    const world = await fiveAnomalies('demo-up');
    const read = (text: string): Deps => {
      const { watch: settings } = parseSettings(text, 'nightshift.yaml', {});
      checkWatchList(settings, bundle, { file: 'nightshift.yaml', text });
      return { ...changed(world, settings), catalogue: { ...world.deps.catalogue, active: async () => bundle } };
    };
    const before = read('watch: { own: [{ name: mine, expr: up }] }');
    await markAll(world, before, false);
    const [advised, mine] = await watched(before);
    const [, path = '', value] = /: (watch\.\S+): (\S+) would/.exec(advised?.suggestion ?? '') ?? [];
    expect([path, value]).toEqual(['watch.indicators.demo-up.maxFalseAlarmsPerWeek', '0.25']);
    expect(mine).toMatchObject({ id: 'mine', suggestion: null });
    const written = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), parse(value ?? ''));
    expect(await watched(read(JSON.stringify(written)))).toMatchObject([
      { id: 'demo-up', maxFalseAlarmsPerWeek: 0.25, earlier: 5, suggestion: null },
    ]);
  });
});
