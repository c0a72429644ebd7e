import { isoUtc } from '../language/time.ts';
import type { Millis } from '../model/basic.ts';
import { describe } from '../model/errors.ts';
import type { Desk } from './deps.ts';
import type { Door } from './door.ts';
import { lastBeat } from './heartbeat.ts';
import type { Health } from './operations.ts';

type Dependency = Health['dependencies'][number];

async function probe(deps: Desk, name: string, ask: () => Promise<string>): Promise<Dependency> {
  const began = deps.clock.now();
  try {
    const detail = await ask();
    return { name, status: 'ok', detail, latency: deps.clock.now() - began };
  } catch (error) {
    return { name, status: 'down', detail: describe(error), latency: deps.clock.now() - began };
  }
}

const absent = (name: string, detail: string): Dependency => ({
  name,
  status: 'not-configured',
  detail,
  latency: null,
});

/** Asks each dependency. Without its own store Nightshift is down; without the others it is degraded. */
export async function health(
  deps: Desk,
  door: Pick<Door, 'check'>,
  about: { version: string; startedAt: Millis },
): Promise<Health> {
  const { metrics, alertmanager } = deps;
  const dependencies = await Promise.all([
    probe(deps, 'ledger', async () => {
      await deps.ledger.nextDue();
      return 'answers';
    }),
    probe(deps, 'queue', async () => {
      door.check();
      const { waiting, dead } = await deps.queue.depth();
      return `${waiting} waiting, ${dead} dead letters`;
    }),
    probe(deps, 'catalogue', async () => {
      const { packs, policies, hash } = await deps.catalogue.active();
      return `${packs.length} packs, ${policies.length} policies, ${hash.slice(0, 12)}`;
    }),
    probe(deps, 'inventory', async () => `${(await deps.inventory.hosts()).length} hosts`),
    metrics === null
      ? absent('prometheus', 'set prometheus.url to diagnose and to prove cures')
      : probe(deps, 'prometheus', async () => `its clock says ${isoUtc((await metrics.time()) * 1000)}`),
    alertmanager === null
      ? absent('alertmanager', 'set alertmanager.url to reconcile each minute')
      : probe(deps, 'alertmanager', async () => `${(await alertmanager.active()).alerts.length} alerts active`),
    probe(deps, 'watchdog', async () => {
      const beat = await lastBeat(deps);
      return beat === null ? 'never heard yet' : `last heard ${new Date(beat.at).toISOString()}`;
    }),
  ]);
  const down = dependencies.filter(({ status }) => status === 'down').map(({ name }) => name);
  const status = down.includes('ledger') || down.includes('queue') ? 'down' : down.length > 0 ? 'degraded' : 'ok';
  return { status, version: about.version, startedAt: about.startedAt, dependencies };
}
