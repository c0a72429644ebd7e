import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadBundle, loadSettings } from '../../lib/composition/catalogueFiles.ts';
import { createEmbedded, type Embedded } from '../../lib/composition/embedded.ts';
import { PACKS } from '../../lib/composition/run.ts';
import { reconcile } from '../../lib/loop/reconcile.ts';
import { drain } from '../../lib/loop/sweep.ts';
import type { Signal } from '../../lib/model/signal.ts';
import { T0 } from '../contract/ledgerFixtures.ts';

const HOUR = 3_600_000;
/** More than two pages of the list. */
const MANY = 250;

let folder: string;
let embedded: Embedded;
let now = T0;
let fires: readonly number[] = [];
const labelsOf = (at: number) => ({ alertname: 'Down', cluster: 'a', host: `h${at}`, service: 'redis' });
const fingerprintOf = (at: number) => at.toString(16).padStart(16, '0');

const signal = (at: number): Signal => ({
  id: embedded.deps.ids.next('sig'),
  source: 'alertmanager',
  receivedAt: now,
  fingerprint: fingerprintOf(at),
  status: 'firing',
  startsAt: T0,
  endsAt: null,
  labels: labelsOf(at),
  annotations: {},
  generatorURL: null,
});
async function hearAll(): Promise<void> {
  const signals = Array.from({ length: MANY }, (_, at) => signal(at));
  await embedded.operations.hear(signals, false);
  while ((await drain(embedded.deps, 500)).signals > 0);
}
const active = async () => ({
  startedAt: now - 24 * HOUR,
  alerts: fires.map((at) => ({
    fingerprint: fingerprintOf(at),
    labels: labelsOf(at),
    annotations: {},
    startsAt: T0,
    generatorURL: null,
    silenced: false,
  })),
});

beforeEach(async () => {
  now = T0;
  folder = await mkdtemp(join(tmpdir(), 'nightshift-reconcile-'));
  embedded = await createEmbedded({
    settings: { ...(await loadSettings(null, {})), dataFolder: folder },
    bundle: await loadBundle({ packsFolder: PACKS, policiesFolder: folder }),
    inventoryFile: null,
    version: 'test',
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    wrap: (deps) => ({ ...deps, clock: { now: () => now }, alertmanager: { active } }),
  });
});
afterEach(async () => {
  await embedded.stop();
  await rm(folder, { recursive: true, force: true });
});

test('whatever page an incident is on: what still fires is left alone, what is gone ends, what was missed is heard', async () => {
  await hearAll();
  now += HOUR;
  fires = Array.from({ length: MANY + 3 }, (_, at) => at).filter((at) => at % 50 !== 7);
  expect(await reconcile(embedded.deps)).toEqual({ heard: 3, ended: 5 });
  while ((await drain(embedded.deps, 500)).signals > 0);
  expect(await reconcile(embedded.deps)).toEqual({ heard: 0, ended: 0 });
});

test('what was heard a moment ago is not over because the answer was asked before', async () => {
  await hearAll();
  fires = [];
  expect(await reconcile(embedded.deps)).toEqual({ heard: 0, ended: 0 });
});

test('others have their turn between pages', async () => {
  await hearAll();
  fires = [];
  let [turns, reconciling] = [0, true];
  const count = () => {
    turns += 1;
    if (reconciling) setImmediate(count);
  };
  setImmediate(count);
  await reconcile(embedded.deps);
  reconciling = false;
  expect(turns).toBeGreaterThanOrEqual(MANY / 100);
});
