import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createEmbedded } from '../../lib/composition/embedded.ts';
import type { Deps } from '../../lib/loop/deps.ts';
import type { Metrics } from '../../lib/ports/metrics.ts';
import { watch } from '../loop/lengths.ts';
import { bundleOf } from '../simulation/catalogue.ts';
import { SETTINGS } from '../simulation/scene.ts';

const WATCHES = 20;
const BEATS = 5;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-embedded-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const settings = () => ({
  ...SETTINGS,
  dataFolder: folder,
  sweep: { every: 1_000, reconcileEvery: 20 },
  watch: {
    ...SETTINGS.watch,
    packs: [],
    own: Array.from({ length: WATCHES }, (_, at) => watch({ id: `w${at}`, expr: `e${at}` })),
  },
});

test('a Prometheus that hangs holds up neither the dead man’s switch nor the end', async () => {
  const beaten = Promise.withResolvers<void>();
  const hanging = Promise.withResolvers<readonly []>();
  let [beats, asked] = [0, 0];
  const metrics: Metrics = {
    range: () => {
      asked += 1;
      return hanging.promise;
    },
    instant: async () => [],
    raw: async () => [],
    time: async () => 0,
    healthy: async () => false,
  };
  const wrap = (deps: Deps): Deps => ({
    ...deps,
    metrics,
    ledger: {
      ...deps.ledger,
      record: (key) => {
        if (key === 'heartbeat') beats += 1;
        if (beats === BEATS) beaten.resolve();
        return deps.ledger.record(key);
      },
    },
  });
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const parts = { settings: settings(), bundle: bundleOf(), inventoryFile: null, version: 'test', log: silent, wrap };
  const embedded = await createEmbedded(parts);
  embedded.start();
  await beaten.promise;
  // The first query is not answered yet.
  expect(asked).toBeGreaterThan(0);
  const hung = asked;
  const stopping = embedded.stop();
  hanging.resolve([]);
  await stopping;
  // What was under way ends, and the rest of the list waits for the next start.
  expect(asked).toBe(hung);
});
