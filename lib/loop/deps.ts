import type { Duration } from '../model/basic.ts';
import type { Settings } from '../model/settings.ts';
import type { Signal } from '../model/signal.ts';
import type { AlertmanagerPort } from '../ports/alertmanager.ts';
import type { CloudMetrics } from '../ports/cloud.ts';
import type { Blobs, CataloguePort, Clock, HttpPort, Ids, Inventory, Log, MailPort, Timers } from '../ports/edges.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Queue } from '../ports/queue.ts';
import type { RunbookRunner } from '../ports/runner.ts';
import type { Turns } from './turns.ts';

/** What waits in the queue: one signal, or the word that a group was truncated and Alertmanager must be read. */
export type Heard = { readonly kind: 'signal'; readonly signal: Signal } | { readonly kind: 'truncated' };

/**
 * What stands behind everybody who hears, reads, judges and writes. Nothing in it reaches a host or tells anybody: what is to
 * be sent or run is an entry of the ledger, and whoever holds all of `Deps` takes it from there.
 */
export interface Desk {
  readonly ledger: Ledger;
  readonly queue: Queue<Heard>;
  readonly blobs: Blobs;
  readonly inventory: Inventory;
  /** Null where no Prometheus is configured: diagnosis and proof then say so. */
  readonly metrics: Metrics | null;
  readonly alertmanager: AlertmanagerPort | null;
  readonly catalogue: CataloguePort;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly timers: Timers;
  readonly log: Log;
  readonly settings: Settings;
  readonly sha256: (text: string) => string;
}

/** What the messenger has beside: ways to people, none to hosts. */
export interface Messenger extends Desk {
  readonly http: HttpPort;
  readonly mail: MailPort | null;
  readonly turns: Turns;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
}

/** Everything the loop is given. The room builds nothing and reads no clock of its own. */
export interface Deps extends Messenger {
  readonly runner: RunbookRunner;
  /** What only the cloud measures, as further evidence; null where there is no cloud. */
  readonly cloud: CloudMetrics | null;
  /** Resolves when there is room for another round of work, with how many signals and incidents it may take. */
  readonly round: () => Promise<number>;
  /** How long an execution may be found in `sending` before whoever sent it is taken for dead. 0 where one process works. */
  readonly sendingGrace: Duration;
}
