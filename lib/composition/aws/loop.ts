import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { batchOf } from '../../adapters/aws/batch.ts';
import { sqs } from '../../adapters/aws/clients.ts';
import { advanceSafely } from '../../loop/advance.ts';
import type { Heard } from '../../loop/deps.ts';
import { reconcile } from '../../loop/reconcile.ts';
import { advanceDue, drain } from '../../loop/sweep.ts';
import { describe } from '../../model/errors.ts';
import { base } from './base.ts';
import { flushing } from './desk.ts';
import { variable } from './environment.ts';
import { once } from './once.ts';
import { type AwsDeps, awsDeps, ROUND } from './ports.ts';

const OPEN = ['open', 'acknowledged', 'escalated'] as const;

const deps = once(async () => awsDeps(await base()));

/** Runs with every port. */
export const withDeps = async <T>(run: (ports: AwsDeps) => Promise<T>): Promise<T> => flushing(await deps(), run);

/** Works on a batch of signals, and carries on what they touched. What is not done with is put back. */
export const triage = (event: SQSEvent): Promise<SQSBatchResponse> =>
  withDeps(async (ports) => {
    const retry = { client: sqs(), url: variable('NIGHTSHIFT_SIGNALS_URL'), clock: ports.clock, log: ports.log };
    const batch = batchOf<Heard>(event.Records, ports.queue, retry);
    const { touched } = await drain({ ...ports, queue: batch.queue }, event.Records.length);
    await Promise.all(touched.map((id) => advanceSafely(ports, id)));
    return batch.answer();
  });

/** Everything that is due. Called by wake-ups, and each minute by the schedule. */
export const sweep = (): Promise<{ readonly advanced: number }> =>
  withDeps(async (ports) => {
    const advanced = await advanceDue(ports, [], ROUND);
    const due = await ports.ledger.outboxDue(ports.clock.now(), 1);
    if (due.length > 0) await ports.timers.ring();
    return { advanced };
  });

/** The schedule's own part: what Alertmanager knows and we do not. Its outage is told, not hidden. */
export const reconciled = (): Promise<void> =>
  withDeps(async (ports) => {
    try {
      await reconcile(ports);
    } catch (error) {
      ports.log.warn('Alertmanager could not be reconciled with', { error: describe(error) });
    }
  });

/** A command changed its state somewhere: whoever waits for one asks now. The event is a hint, and its text is not believed. */
export const hinted = (): Promise<number> =>
  withDeps(async (ports) => {
    const { items } = await ports.ledger.list({ state: OPEN, limit: 200 });
    const waiting = items.filter(({ plan }) => plan === 'running');
    await Promise.all(waiting.map(({ id }) => advanceSafely(ports, id)));
    return waiting.length;
  });
