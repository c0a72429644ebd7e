import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { watchesDashboard, watchesDashboardText } from '../../infra/dashboards.ts';
import { checkPromql } from '../../lib/language/promql.ts';
import { readShard, writeShard } from '../../lib/loop/shards.ts';
import { watchExposition } from '../../lib/loop/watchExposition.ts';
import { bytes, open } from '../../lib/scoring/series.ts';
import { EMPTY } from '../../lib/watch/shard.ts';
import { watch } from '../loop/lengths.ts';
import { SETTINGS } from '../simulation/scene.ts';
import { worlds } from '../simulation/world.ts';

const openWorld = worlds();
const root = join(import.meta.dirname, '../..');
const named = (text: string) => new Set(text.match(/nightshift_(?:anomaly|watch)_\w+/g));

test('the dashboard of the watches is the one that is made, and asks for what is exposed and no other metric', async () => {
  const file = readFileSync(join(root, 'infra/tier/watches-dashboard.json'), 'utf8');
  expect(JSON.parse(file)).toEqual(JSON.parse(watchesDashboardText()));
  for (const { targets } of watchesDashboard().panels) {
    for (const { expr } of targets) expect(() => checkPromql(expr.replaceAll('$watch', 'x'))).not.toThrow();
  }
  const { deps } = await openWorld({
    policies: [],
    settings: { watch: { ...SETTINGS.watch, packs: [], own: [watch()] } },
  });
  const t = deps.clock.now() / 1000;
  const last = { t, v: 1, score: 0.5, severity: 1, expected: 1, lower: 0, upper: 2 };
  const { id } = watch();
  const entry = { watch: id, labels: {}, last, alarmSince: null, silent: false, state: bytes(open()) };
  const read = await readShard(deps, 0);
  await writeShard(deps, 0, { ...read, shard: { ...EMPTY, upTo: { [id]: t }, entries: [entry] } });
  const exposed = named(await watchExposition(deps));
  expect([...named(file)].filter((name) => !exposed.has(name))).toEqual([]);
  const docs = readFileSync(join(root, 'docs/watches.md'), 'utf8').replaceAll(/`(_\w+)`/g, '`nightshift_anomaly$1`');
  expect(named(docs)).toEqual(exposed);
});
