import { timeIdsOf } from '../adapters/embedded/clock.ts';
import { openMemoryStore } from '../adapters/embedded/memoryStore.ts';
import { replayClock } from '../backtest/clock.ts';
import { historyOf } from '../backtest/history.ts';
import type { OpenScene } from '../backtest/replay.ts';
import type { Deps } from '../loop/deps.ts';
import type { Millis } from '../model/basic.ts';
import type { Bundle } from '../model/catalogue.ts';
import { refused } from '../model/errors.ts';
import type { Host } from '../model/host.ts';
import type { Settings } from '../model/settings.ts';
import type { Metrics } from '../ports/metrics.ts';
import { sha256 } from './catalogueFiles.ts';

/** One configuration as it is read from its folder. */
export interface Side {
  readonly folder: string;
  readonly settings: Settings;
  readonly bundle: Bundle;
  readonly hosts: readonly Host[];
}

const never = async (): Promise<never> => {
  throw refused('backtest.acts', 'a backtest sends nothing');
};

/** Whoever would be told or sent to is not there: these ports can only refuse. */
const REFUSING: Pick<Deps, 'runner' | 'http' | 'mail' | 'alertmanager' | 'cloud' | 'queue'> = {
  runner: { send: never, status: never, find: never, cancel: never },
  http: { request: never },
  mail: null,
  alertmanager: null,
  cloud: null,
  queue: {
    put: never,
    receive: never,
    ack: never,
    fail: never,
    depth: never,
    deadLetters: never,
    redrive: never,
  },
};

/** Nobody is told: without channels no notice is even written. */
const withoutPeople = (settings: Settings): Settings => ({
  ...settings,
  channels: {},
  routes: [],
  escalation: {},
  smtp: null,
  alertmanager: null,
  heartbeat: { ...settings.heartbeat, channels: [] },
});

/** Everything is in memory and at the replay's time; the one thing outside that is asked is the recorded history. */
export function scenes({ settings, bundle, hosts }: Side, source: Metrics, to: Millis): OpenScene {
  return (at) => {
    const clock = replayClock(at);
    const store = openMemoryStore();
    const history = historyOf(source, { clock, to, maxSeries: settings.watch.maxSeries });
    const deps: Deps = {
      ...REFUSING,
      ledger: store.ledger,
      blobs: store.blobs,
      inventory: { hosts: async () => hosts },
      metrics: history,
      catalogue: { active: async () => bundle },
      clock,
      ids: timeIdsOf(clock),
      timers: { wakeAt: () => undefined },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      settings: withoutPeople(settings),
      turns: (_key, run) => run(),
      sha256,
      random: () => 0,
      round: async () => 1,
      sendingGrace: 0,
    };
    return { deps, history, clock, close: store.close };
  };
}
