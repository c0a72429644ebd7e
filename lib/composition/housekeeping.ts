import { pruneExecutions } from '../adapters/embedded/pruneExecutions.ts';
import type { Clock, Log } from '../ports/edges.ts';
import type { Ledger } from '../ports/ledger.ts';

const HOUR = 3_600_000;

interface Housekeeping {
  readonly ledger: Pick<Ledger, 'prune'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly executions: string;
  /** How long what is settled and ended is kept, milliseconds. */
  readonly keep: number;
}

/** Called each minute, does something once an hour. The audit's events are never touched. */
export function housekeeping(of: Housekeeping): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = of.clock.now();
    if (now < next) return;
    next = now + HOUR;
    const { outbox, claims } = await of.ledger.prune(now - of.keep);
    const executions = await pruneExecutions(of.executions, now - of.keep);
    if (outbox + claims + executions > 0) of.log.info('forgot what had ended', { outbox, claims, executions });
  };
}
