import { s3Blobs } from '../../adapters/aws/blobs.ts';
import { dynamo, lambda, s3, sqs } from '../../adapters/aws/clients.ts';
import { invokedInventory } from '../../adapters/aws/invokedInventory.ts';
import { dynamoLedger } from '../../adapters/aws/ledger/ledger.ts';
import { measured } from '../../adapters/aws/measured.ts';
import { queryPorts } from '../../adapters/aws/queries.ts';
import { type WakeTimers, wakeTimers } from '../../adapters/aws/timers.ts';
import type { Desk } from '../../loop/deps.ts';
import type { Base } from './base.ts';
import { variable } from './environment.ts';
import { signalsQueue } from './signalsQueue.ts';

/** Timers whose wishes are sent when the work is over. */
export interface Timed {
  readonly timers: WakeTimers;
}

/** What every function has that reads and writes incidents. Those of people and of the watch have no more. */
export function awsDesk(base: Base): Desk & Timed {
  const { settings, clock, ids, log } = base;
  const messages = sqs();
  const functions = lambda();
  const { metrics, alertmanager } = queryPorts(functions, variable('NIGHTSHIFT_QUERY_FUNCTION'));
  return {
    ledger: measured(dynamoLedger(dynamo(), variable('NIGHTSHIFT_TABLE'))),
    queue: signalsQueue(base, messages),
    blobs: s3Blobs(s3(), variable('NIGHTSHIFT_BUCKET')),
    inventory: invokedInventory(functions, variable('NIGHTSHIFT_HOSTS_FUNCTION'), clock),
    metrics: settings.prometheus === null ? null : metrics,
    alertmanager: settings.alertmanager === null ? null : alertmanager,
    catalogue: { active: async () => base.bundle },
    clock,
    ids,
    timers: wakeTimers({
      client: messages,
      wakeUrl: variable('NIGHTSHIFT_WAKE_URL'),
      notifyUrl: variable('NIGHTSHIFT_NOTIFY_URL'),
      clock,
      ids,
      log,
    }),
    log,
    settings,
    sha256: base.sha256,
  };
}

/** Runs with what was built, and wakes what it asked for also when it failed. */
export async function flushing<Ports extends Timed, T>(ports: Ports, run: (ports: Ports) => Promise<T>): Promise<T> {
  try {
    return await run(ports);
  } finally {
    await ports.timers.flush();
  }
}
