import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';

const FILLER = join(import.meta.dirname, 'filler.ts');
const disk = mkdtempSync(join(tmpdir(), 'nightshift-full-'));
afterAll(() => rmSync(disk, { recursive: true, force: true }));

/** Runs a command on a disk of that size, mounted where nobody else sees it and gone with the command. */
function onTinyDisk(size: string, ...command: readonly string[]) {
  const mounted = `mount -t tmpfs -o size=${size} none "$0" && exec "$@"`;
  return spawnSync('unshare', ['-m', 'sh', '-c', mounted, disk, ...command], { encoding: 'utf8', timeout: 60_000 });
}

const canMount = onTinyDisk('1m', 'true').status === 0;
if (!canMount && process.env.CI === 'true') throw new Error('a full disk needs root, `unshare -m` and tmpfs');
if (!canMount) {
  process.stderr.write('\n*** NOT TESTED: a full disk. `unshare -m` with `mount -t tmpfs` needs root on Linux. ***\n');
}

(canMount ? test : test.skip)(
  'a full disk is `busy`, loses nothing, and works again when there is space',
  () => {
    const run = onTinyDisk('1m', process.execPath, '--disable-warning=ExperimentalWarning', FILLER, disk);
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    const { appendRefused, putRefused, full, after, reopened } = JSON.parse(run.stdout);
    expect({ appendRefused, putRefused }).toEqual({ appendRefused: 'busy ledger.full', putRefused: 'busy queue.full' });
    expect(full.acknowledged.events).toBeGreaterThan(10);
    expect(full.found).toEqual({ ...full.acknowledged, problems: [] });
    expect(after.found).toEqual({ ...after.acknowledged, problems: [] });
    expect(after.acknowledged.events).toBe(full.acknowledged.events + 1);
    expect(reopened).toEqual(after.found);
  },
  60_000,
);

(canMount ? test : test.skip)(
  'over HTTP a full disk is 503 and nothing else, and 200 again when there is space',
  () => {
    const program = join(import.meta.dirname, 'httpFiller.ts');
    const run = onTinyDisk('4m', process.execPath, '--disable-warning=ExperimentalWarning', program, disk);
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    const { before, after, problems } = JSON.parse(run.stdout);
    expect({ before, problems }).toEqual({ before: [200], problems: [] });
    expect([[], [503]]).toContainEqual(after);
  },
  120_000,
);
