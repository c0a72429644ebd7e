import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const FILLER = join(import.meta.dirname, 'filler.ts');
const disk = mkdtempSync(join(tmpdir(), 'nightshift-full-'));
afterAll(() => rmSync(disk, { recursive: true, force: true }));

/** Runs a command on a disk of that size, mounted where nobody else sees it and gone with the command. */
function onTinyDisk(size: string, ...command: readonly string[]) {
  const mounted = `mount -t tmpfs -o size=${size} none "$0" && exec "$@"`;
  return spawnSync('unshare', ['-m', 'sh', '-c', mounted, disk, ...command], { encoding: 'utf8', timeout: 60_000 });
}

/** A suite without its disk fails loudly; it is never skipped. */
beforeAll(() => {
  const { status, stderr, error } = onTinyDisk('1m', 'true');
  if (status === 0) return;
  throw new Error(`a full disk needs root on Linux, for \`unshare -m\` and a tmpfs: ${error?.message ?? stderr}`);
});

test('a full disk is `busy`, loses nothing, and works again when there is space', () => {
  const run = onTinyDisk('4m', process.execPath, '--disable-warning=ExperimentalWarning', FILLER, disk);
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  const { appendRefused, putRefused, full, after, reopened } = JSON.parse(run.stdout);
  expect({ appendRefused, putRefused }).toEqual({ appendRefused: 'busy ledger.full', putRefused: 'busy queue.full' });
  expect(full.acknowledged.events).toBeGreaterThan(10);
  expect(full.found).toEqual({ ...full.acknowledged, problems: [] });
  expect(after.found).toEqual({ ...after.acknowledged, problems: [] });
  expect(after.acknowledged.events).toBe(full.acknowledged.events + 1);
  expect(reopened).toEqual(after.found);
}, 60_000);

interface Kept {
  readonly status: number;
  /** Of the twenty that were sent. */
  readonly alerts: number;
}

test('over HTTP a full disk is 503, not ready and no half record, and all is well again when there is space', () => {
  const program = join(import.meta.dirname, 'httpFiller.ts');
  const run = onTinyDisk('10m', process.execPath, '--disable-warning=ExperimentalWarning', program, disk);
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  const { before, after, ready, kept, problems } = JSON.parse(run.stdout);
  expect({ before, ready, problems }).toEqual({ before: [200], ready: [200, 503, 200], problems: [] });
  expect([[], [503]]).toContainEqual(after);
  const whole = ({ status, alerts }: Kept) => alerts === (status === 200 ? 20 : 0);
  expect(kept.filter((one: Kept) => !whole(one))).toEqual([]);
  expect(new Set(kept.map(({ status }: Kept) => status))).toEqual(new Set([200, 503]));
}, 120_000);
