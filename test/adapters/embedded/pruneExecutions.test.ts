import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pruneExecutions } from '../../../lib/adapters/embedded/pruneExecutions.ts';
import { bootId } from '../../../lib/adapters/engine/process.ts';
import { housekeeping } from '../../../lib/composition/housekeeping.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nightshift-executions-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** The files that a supervisor leaves, and the marker of the script. */
function execution(id: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(root, id), { recursive: true });
  mkdirSync(join(root, '.markers', id), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, id, name), text);
}
const ended = (at: number) => ({ request: '1', supervisor: `1,1,${bootId()},${at - 5}`, exit: `exited,0,${at}` });
const there = (id: string) => [existsSync(join(root, id)), existsSync(join(root, '.markers', id))];

test('what ended before goes with its marker; what ended later, runs, waits or is no execution stays', async () => {
  execution('exe_old', ended(999));
  execution('exe_young', ended(1_000));
  execution('exe_runs', { request: '1', supervisor: `${process.pid},,${bootId()},1` });
  execution('exe_waits', { request: String(Date.now() + 60_000) });
  execution('other', {});
  expect(await pruneExecutions(root, 1_000)).toBe(1);
  expect(there('exe_old')).toEqual([false, false]);
  for (const id of ['exe_young', 'exe_runs', 'exe_waits', 'other']) expect(there(id)).toEqual([true, true]);
});

test('where nothing ever ran there is nothing to forget', async () => {
  expect(await pruneExecutions(join(root, 'nowhere'), 1_000)).toBe(0);
});

test('the sweep tidies once an hour, by the setting', async () => {
  const HOUR = 3_600_000;
  let now = 100 * HOUR;
  const asked: number[] = [];
  const ledger = {
    prune: async (before: number) => {
      asked.push(before);
      return { outbox: 0, claims: 0 };
    },
  };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const tidy = housekeeping({ ledger, clock: { now: () => now }, log, executions: root, keep: 24 * HOUR });
  execution('exe_old', ended(76 * HOUR - 1));
  await tidy();
  now += HOUR - 1;
  await tidy();
  now += 1;
  await tidy();
  expect(asked).toEqual([76 * HOUR, 77 * HOUR]);
  expect(there('exe_old')).toEqual([false, false]);
});
