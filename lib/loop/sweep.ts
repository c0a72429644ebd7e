import { describe } from '../model/errors.ts';
import type { ReceivedMessage } from '../ports/queue.ts';
import { advanceSafely } from './advance.ts';
import type { Post } from './deliver.ts';
import type { Deps, Heard } from './deps.ts';
import { beat, checkBeat, isBeat } from './heartbeat.ts';
import { reconcile } from './reconcile.ts';
import { triage } from './triage.ts';

const RETRY = 5_000;

async function work(deps: Deps, { body }: ReceivedMessage<Heard>): Promise<string | null> {
  if (body.kind === 'truncated') {
    await reconcile(deps);
    return null;
  }
  if (!isBeat(deps, body.signal)) return triage(deps, body.signal);
  await beat(deps, body.signal);
  return null;
}

/** One group in order; behind a failed message nothing of its group is worked on. */
async function workGroup(deps: Deps, messages: readonly ReceivedMessage<Heard>[]): Promise<readonly string[]> {
  const touched = new Set<string>();
  const done: string[] = [];
  for (const message of messages) {
    try {
      const id = await work(deps, message);
      if (id !== null) touched.add(id);
      done.push(message.receipt);
    } catch (error) {
      deps.log.error('a signal could not be triaged', { message: message.id, error: describe(error) });
      const retryAt = deps.clock.now() + RETRY * 2 ** (message.attempt - 1);
      // Those behind it were handed out with it, and would hold up their group: last first, so that none passes another.
      const rest = messages.slice(messages.indexOf(message)).toReversed();
      for (const { receipt } of rest) await deps.queue.fail(receipt, describe(error), retryAt);
      break;
    }
  }
  if (done.length > 0) await deps.queue.ack(done);
  return [...touched];
}

/** Triages up to `limit` signals of those that wait. Returns the incidents that were touched, and how many signals there were. */
export async function drain(
  deps: Deps,
  limit: number,
): Promise<{ readonly touched: readonly string[]; readonly signals: number }> {
  const messages = await deps.queue.receive(limit, deps.clock.now());
  const groups = Map.groupBy(messages, ({ group }) => group);
  const ids = await Promise.all([...groups.values()].map((group) => workGroup(deps, group)));
  return { touched: [...new Set(ids.flat())], signals: messages.length };
}

const isIncident = (stream: string) => stream.startsWith('inc_');

/**
 * One round of what is due: signals and incidents, then messages, which are begun and not waited for. Bounded, so that what was
 * heard first is mended before all of a storm was heard. Cheap when nothing is due. Tells whether more waits.
 */
export async function sweep(
  deps: Deps,
  post: Pick<Post, 'begin'>,
): Promise<{ readonly advanced: number; readonly more: boolean }> {
  const limit = await deps.round();
  const { touched, signals } = await drain(deps, limit);
  const advanced = await advanceDue(deps, touched, limit);
  await post.begin();
  return { advanced, more: signals > 0 };
}

/** Carries on the incidents that were touched and up to `limit` of those whose time has come. Returns how many. */
export async function advanceDue(deps: Deps, touched: readonly string[], limit: number): Promise<number> {
  const due = await deps.ledger.due(deps.clock.now(), limit);
  const ids = new Set([...touched, ...due.map(({ stream }) => stream).filter(isIncident)]);
  await inParallel([...ids], 8, (id) => advanceSafely(deps, id));
  return ids.size;
}

async function inParallel<T>(items: readonly T[], width: number, run: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const lane = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** The once-a-minute part: the watchdog and Alertmanager's own state. An outage of either is told, not hidden. */
export async function minute(deps: Deps): Promise<void> {
  await checkBeat(deps);
  try {
    await reconcile(deps);
  } catch (error) {
    deps.log.warn('Alertmanager could not be reconciled with', { error: describe(error) });
  }
}
