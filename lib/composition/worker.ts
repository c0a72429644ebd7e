import { describe } from '../model/errors.ts';
import type { Log, Timers } from '../ports/edges.ts';

export interface Worker extends Timers {
  start(): void;
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

/** What is done each minute, beside the others: one that takes long or fails holds up and skips itself alone. */
interface Job {
  /** In the log. */
  readonly name: string;
  /** `leaving` is true once the worker was told to stop: what takes long then leaves the rest to the next start. */
  readonly run: (leaving: () => boolean) => Promise<unknown>;
}

interface Work {
  /** Resolves with whether more waits. */
  readonly sweep: () => Promise<boolean>;
  readonly minutely: readonly Job[];
  readonly every: number;
  readonly minuteEvery: number;
  readonly log: Log;
}

/** In-process schedule: sweeps at each hint and at least every `every` ms, one at a time; a hint during one asks for another. */
export function createWorker(work: Work): Worker {
  let running: Promise<void> | null = null;
  const jobs = new Map<Job, Promise<void>>();
  let again = false;
  let stopped = true;
  let timer: NodeJS.Timeout | null = null;
  let minuteTimer: NodeJS.Timeout | null = null;
  let wakeTime = Number.POSITIVE_INFINITY;

  async function once<T>(run: () => Promise<T>, what: string): Promise<T | null> {
    try {
      return await run();
    } catch (error) {
      work.log.error(`${what} failed and will be run again`, { error: describe(error) });
      return null;
    }
  }
  async function loop(): Promise<void> {
    do {
      again = false;
      if (await once(work.sweep, 'a sweep')) again = true;
    } while (again && !stopped);
    running = null;
    arm(Date.now() + work.every);
  }
  function runMinute(): void {
    for (const job of work.minutely) {
      if (jobs.has(job)) continue;
      const run = once(() => job.run(() => stopped), job.name);
      jobs.set(
        job,
        run.then(() => void jobs.delete(job)),
      );
    }
  }
  function kick(): void {
    if (stopped) return;
    wakeTime = Number.POSITIVE_INFINITY;
    if (running === null) running = loop();
    else again = true;
  }
  function arm(at: number): void {
    if (stopped || at >= wakeTime) return;
    wakeTime = at;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(kick, Math.max(0, at - Date.now()));
  }
  return {
    wakeAt: (at) => (at <= Date.now() ? (running === null ? arm(at) : kick()) : arm(at)),
    start() {
      stopped = false;
      minuteTimer = setInterval(runMinute, work.minuteEvery);
      runMinute();
      kick();
    },
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      if (minuteTimer !== null) clearInterval(minuteTimer);
      await running;
      await Promise.all(jobs.values());
    },
  };
}
