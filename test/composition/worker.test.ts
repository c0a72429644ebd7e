import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createWorker } from '../../lib/composition/worker.ts';

/** A job that a test lets end. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, end: () => resolve() };
}

/** Resolves at the nth call. */
function counted(times: number, each: () => Promise<void> = async () => undefined) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let calls = 0;
  return {
    enough: promise,
    calls: () => calls,
    run: async () => {
      calls += 1;
      if (calls === times) resolve();
      await each();
    },
  };
}

function workerOf(minutely: Parameters<typeof createWorker>[0]['minutely']) {
  const errors: (readonly [string, unknown])[] = [];
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (message: string, fields: unknown) => void errors.push([message, fields]),
  };
  return { errors, worker: createWorker({ sweep: async () => false, minutely, every: 60_000, minuteEvery: 5, log }) };
}

test('a job that hangs holds up no other, and is not begun again meanwhile', async () => {
  const gate = held();
  const slow = counted(1, () => gate.promise);
  const quick = counted(5);
  const { worker } = workerOf([
    { name: 'slow', run: slow.run },
    { name: 'quick', run: quick.run },
  ]);
  worker.start();
  await quick.enough;
  expect(slow.calls()).toBe(1);
  gate.end();
  await worker.stop();
});

test('a job that fails is named, is begun again and fails alone', async () => {
  const fails = counted(2, async () => {
    throw new Error('no');
  });
  const quick = counted(2);
  const { worker, errors } = workerOf([
    { name: 'the first', run: fails.run },
    { name: 'the second', run: quick.run },
  ]);
  worker.start();
  await Promise.all([fails.enough, quick.enough]);
  await worker.stop();
  expect(new Set(errors.map(([message]) => message))).toEqual(new Set(['the first failed and will be run again']));
  expect(errors[0]?.[1]).toEqual({ error: 'no' });
});

test('stopping is told to every job, waits for each and begins none', async () => {
  const gates = [held(), held()];
  const seen: boolean[] = [];
  const jobs = gates.map((gate, at) => ({
    name: `job ${at}`,
    run: async (leaving: () => boolean) => {
      seen.push(leaving());
      await gate.promise;
      seen.push(leaving());
    },
  }));
  const { worker } = workerOf(jobs);
  worker.start();
  let over = false;
  const stopping = worker.stop().then(() => {
    over = true;
  });
  for (const gate of gates) {
    await turn();
    expect(over).toBe(false);
    gate.end();
  }
  await stopping;
  expect(seen).toEqual([false, false, true, true]);
});
