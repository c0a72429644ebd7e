import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { openAuditKey } from '../adapters/embedded/auditKey.ts';
import { systemClock, timeIds } from '../adapters/embedded/clock.ts';
import { fileInventory } from '../adapters/embedded/inventory.ts';
import { embeddedRunner } from '../adapters/embedded/runner.ts';
import { type EmbeddedStore, openEmbeddedStore } from '../adapters/embedded/store.ts';
import { alertmanagerClient } from '../adapters/remote/alertmanager.ts';
import { httpClient } from '../adapters/remote/http.ts';
import { prometheusMetrics } from '../adapters/remote/prometheus.ts';
import { smtpMail } from '../adapters/remote/smtp.ts';
import { createPost, type Post } from '../loop/deliver.ts';
import type { Deps, Heard } from '../loop/deps.ts';
import { createOperations } from '../loop/operate.ts';
import type { Operations } from '../loop/operations.ts';
import { type RootKeeper, rootKeeper } from '../loop/roots.ts';
import { minute, sweep } from '../loop/sweep.ts';
import { keyedTurns } from '../loop/turns.ts';
import { watchOnce } from '../loop/watch.ts';
import type { Bundle } from '../model/catalogue.ts';
import { describe } from '../model/errors.ts';
import type { Settings } from '../model/settings.ts';
import type { Log } from '../ports/edges.ts';
import type { Queue } from '../ports/queue.ts';
import type { Signer } from '../ports/signer.ts';
import { housekeeping } from './housekeeping.ts';
import { underPressure } from './pressure.ts';
import { secretsOf } from './secretSettings.ts';
import { createWorker } from './worker.ts';

export interface EmbeddedParts {
  readonly settings: Settings;
  readonly bundle: Bundle;
  readonly inventoryFile: string | null;
  readonly version: string;
  readonly log: Log;
  /** Replaces ports: the example's inventory, faults in tests. */
  readonly wrap?: (deps: Deps) => Deps;
}

export interface Embedded {
  readonly deps: Deps;
  readonly operations: Operations;
  /** Begins to work on what waits. */
  start(): void;
  /** Finishes the sweep under way and frees the data folder. Runbooks that run go on: a restart finds them. */
  stop(): Promise<void>;
}

/** Every port on this machine, and the loop over them. Throws what opening the data folder throws. */
export async function createEmbedded(parts: EmbeddedParts): Promise<Embedded> {
  const { settings, log } = parts;
  const store = await openEmbeddedStore(settings.dataFolder, { maxWaiting: settings.intake.maxWaiting });
  const signer = await signerOrClosed(settings, store);
  let deps: Deps | null = null;
  let post: Post | null = null;
  let sign: RootKeeper = async () => null;
  const tidy = housekeeping({
    ledger: store.ledger,
    clock: systemClock,
    log,
    executions: join(settings.dataFolder, 'executions'),
    keep: settings.retention,
  });
  const worker = createWorker({
    sweep: async () => (deps === null || post === null ? false : (await sweep(deps, post)).more),
    // Apart: a Prometheus that hangs must hold up neither the dead man's switch nor the audit.
    minutely: [
      { name: 'the minute', run: async () => deps !== null && minute(deps) },
      { name: 'the watch list', run: async (leaving) => deps !== null && watchOnce(deps, leaving) },
      { name: 'the signing of the audit', run: () => sign() },
      { name: 'the clean-up', run: tidy },
    ],
    every: settings.sweep.every,
    minuteEvery: settings.sweep.reconcileEvery,
    log,
  });
  const built = portsOver(parts, store, worker.wakeAt);
  const wrapped = parts.wrap === undefined ? built : parts.wrap(built);
  deps = wrapped;
  const posting = createPost(wrapped);
  post = posting;
  sign = rootKeeper(wrapped, signer);
  return {
    deps: wrapped,
    operations: createOperations(wrapped, { version: parts.version, startedAt: systemClock.now(), verifier: signer }),
    start: () => worker.start(),
    async stop() {
      await worker.stop();
      await posting.idle();
      try {
        // What is left behind is signed to its end.
        await sign();
      } catch (error) {
        log.error('the last root could not be signed; the next start will', { error: describe(error) });
      }
      await store.close();
    },
  };
}

async function signerOrClosed(settings: Settings, store: EmbeddedStore): Promise<Signer> {
  try {
    return await openAuditKey(settings.dataFolder, settings.audit.key);
  } catch (error) {
    await store.close();
    throw error;
  }
}

function portsOver(
  { settings, bundle, inventoryFile, log }: EmbeddedParts,
  store: EmbeddedStore,
  wakeAt: (at: number) => void,
): Deps {
  const { prometheus, alertmanager, smtp } = settings;
  return {
    ledger: store.ledger,
    ...underPressure(store.queue as Queue<Heard>, systemClock.now),
    blobs: store.blobs,
    inventory: fileInventory(inventoryFile),
    runner: embeddedRunner({
      folder: join(settings.dataFolder, 'executions'),
      clock: systemClock,
      environment: process.env,
      secrets: secretsOf(settings),
    }),
    metrics: prometheus === null ? null : prometheusMetrics(prometheus),
    cloud: null,
    alertmanager: alertmanager === null ? null : alertmanagerClient(alertmanager),
    http: httpClient(),
    mail: smtp === null ? null : smtpMail(smtp),
    catalogue: { active: async () => bundle },
    clock: systemClock,
    ids: timeIds,
    timers: { wakeAt },
    log,
    settings,
    turns: keyedTurns(),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    random: Math.random,
    // One process holds the data folder: whoever finds an execution in `sending` is its successor.
    sendingGrace: 0,
  };
}
