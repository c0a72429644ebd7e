import { expect, test } from '@jest/globals';
import type { Desk } from '../../lib/loop/deps.ts';
import { readShard, writeShard } from '../../lib/loop/shards.ts';
import { watchExposition } from '../../lib/loop/watchExposition.ts';
import type { Labels } from '../../lib/model/basic.ts';
import { bytes, open } from '../../lib/scoring/series.ts';
import { EMPTY, type Shard } from '../../lib/watch/shard.ts';
import { SETTINGS } from '../simulation/scene.ts';
import { worlds } from '../simulation/world.ts';
import { watch } from './lengths.ts';

const openWorld = worlds();

const last = { t: 1, v: 1, score: 0.5, severity: 1, expected: 1, lower: 0, upper: Number.POSITIVE_INFINITY };
const entry = (watch: string, labels: Labels, t: number) => {
  return { watch, labels, last: { ...last, t }, alarmSince: null, silent: false, state: bytes(open()) };
};

async function exposed(deps: Desk, shard: Partial<Shard>): Promise<readonly string[]> {
  const read = await readShard(deps, 0);
  await writeShard(deps, 0, { ...read, shard: { ...EMPTY, ...shard } });
  return (await watchExposition(deps)).split('\n');
}
const scoresIn = (lines: readonly string[]) => {
  const name = 'nightshift_anomaly_score';
  return lines.filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(name.length));
};

test('no two series are one to who scrapes, and every label is one that the text format knows', async () => {
  const { deps } = await openWorld({ policies: [] });
  const now = deps.clock.now() / 1000;
  const lines = await exposed(deps, {
    entries: [
      entry('queues', { __name__: 'ready', host: 'h1' }, now),
      entry('queues', { __name__: 'waiting', host: 'h1' }, now),
      entry('others', { host: 'h1' }, now),
      entry('own', { host: 'h1', watch: 'night', metric: 'm' }, now),
      entry('own', { host: 'h1', watch: 'day', metric: 'm', exported_watch: 'x' }, now),
      entry('own', { path: 'C:\\tmp\n"a"\ttab' }, now),
      entry('otel', { 'service.name': 'checkout', '1st': 'a', größe: 'b' }, now),
      entry('otel', { 'service.name': 'a', service_name: 'b', 'service-name': 'c' }, now),
    ],
  });
  expect(scoresIn(lines)).toEqual([
    '{host="h1",metric="ready",watch="queues"} 0.5',
    '{host="h1",metric="waiting",watch="queues"} 0.5',
    '{host="h1",watch="others"} 0.5',
    '{exported_metric="m",exported_watch="night",host="h1",watch="own"} 0.5',
    '{exported_exported_watch="day",exported_metric="m",exported_watch="x",host="h1",watch="own"} 0.5',
    '{path="C:\\\\tmp\\n\\"a\\"\ttab",watch="own"} 0.5',
    '{_1st="a",gr__e="b",service_name="checkout",watch="otel"} 0.5',
    '{exported_exported_service_name="c",exported_service_name="a",service_name="b",watch="otel"} 0.5',
  ]);
  expect(lines.join()).not.toMatch(/null|undefined/);
});

test('what is not heard of any more has no score and no band, and it is said what is told of it', async () => {
  const { deps } = await openWorld({ policies: [] });
  const now = deps.clock.now() / 1000;
  const gone = { ...entry('hosts', { host: 'gone' }, now - 301), alarmSince: now - 400, silent: true };
  const lines = await exposed(deps, { entries: [gone, entry('hosts', { host: 'here' }, now - 299)] });
  expect(scoresIn(lines)).toEqual(['{host="here",watch="hosts"} 0.5']);
  expect(lines.filter((line) => line.includes('host="gone"'))).toEqual([
    'nightshift_anomaly_alarm{host="gone",watch="hosts"} 1',
    'nightshift_anomaly_silent{host="gone",watch="hosts"} 1',
  ]);
});

test('up to when each watch was scored, and whether anything was wrong', async () => {
  const { deps } = await openWorld({
    policies: [],
    settings: { watch: { ...SETTINGS.watch, packs: [], own: ['well', 'ill', 'new'].map((id) => watch({ id })) } },
  });
  const lines = await exposed(deps, { upTo: { well: 120, ill: 60 }, problems: { ill: 'refused' } });
  expect(lines.filter((line) => line.startsWith('nightshift_watch_'))).toEqual([
    'nightshift_watch_scored_timestamp_seconds{watch="well"} 120',
    'nightshift_watch_scored_timestamp_seconds{watch="ill"} 60',
    'nightshift_watch_problem{watch="well"} 0',
    'nightshift_watch_problem{watch="ill"} 1',
    'nightshift_watch_problem{watch="new"} 0',
  ]);
});
