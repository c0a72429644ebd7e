import { expect, test } from '@jest/globals';
import { readShard, writeShard } from '../../lib/loop/shards.ts';
import { watchExposition } from '../../lib/loop/watchExposition.ts';
import type { Labels } from '../../lib/model/basic.ts';
import { bytes, open } from '../../lib/scoring/series.ts';
import { EMPTY } from '../../lib/watch/shard.ts';
import { worlds } from '../simulation/world.ts';

const openWorld = worlds();

test('no two series are one to who scrapes, and every label is one that the text format knows', async () => {
  const { deps } = await openWorld({ policies: [] });
  const last = { t: 1, v: 1, score: 0.5, severity: 1, expected: 1, lower: 0, upper: Number.POSITIVE_INFINITY };
  const entry = (watch: string, labels: Labels) => {
    return { watch, labels, last, alarmSince: null, silent: false, state: bytes(open()) };
  };
  const { version } = await readShard(deps, 0);
  const entries = [
    entry('queues', { __name__: 'ready', host: 'h1' }),
    entry('queues', { __name__: 'waiting', host: 'h1' }),
    entry('others', { host: 'h1' }),
    entry('own', { host: 'h1', watch: 'night', metric: 'm' }),
    entry('own', { host: 'h1', watch: 'day', metric: 'm', exported_watch: 'x' }),
    entry('own', { path: 'C:\\tmp\n"a"\ttab' }),
  ];
  await writeShard(deps, 0, { version, shard: { ...EMPTY, entries } });
  const text = await watchExposition(deps);
  const scores = text.split('\n').filter((line) => line.startsWith('nightshift_anomaly_score{'));
  expect(scores.map((line) => line.slice('nightshift_anomaly_score'.length))).toEqual([
    '{host="h1",metric="ready",watch="queues"} 0.5',
    '{host="h1",metric="waiting",watch="queues"} 0.5',
    '{host="h1",watch="others"} 0.5',
    '{exported_metric="m",exported_watch="night",host="h1",watch="own"} 0.5',
    '{exported_exported_watch="day",exported_metric="m",exported_watch="x",host="h1",watch="own"} 0.5',
    '{path="C:\\\\tmp\\n\\"a\\"\ttab",watch="own"} 0.5',
  ]);
  expect(text).not.toMatch(/null|undefined/);
});
