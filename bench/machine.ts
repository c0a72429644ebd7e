import { spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './processes.ts';

const WRITES = 200;

/** Median of 200 appends of 4 kB, each followed by fdatasync: what durability costs on this disk now, milliseconds. */
export function fdatasyncP50(): number {
  const place = scratch();
  const file = openSync(join(place.folder, 'probe'), 'w');
  const block = Buffer.alloc(4096, 1);
  const times = Array.from({ length: WRITES }, () => {
    const from = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    return performance.now() - from;
  }).sort((a, b) => a - b);
  closeSync(file);
  place.remove();
  return times[WRITES / 2] ?? 0;
}

const said = (program: string, args: readonly string[]) => {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`;
};

/** Device and file system of a folder, as `df` tells them. */
export function diskOf(folder: string): string {
  const [device = 'unknown', kind = ''] = (said('df', ['-PT', folder]).trim().split('\n')[1] ?? '').split(/\s+/);
  return `${device} ${kind}`.trim();
}

/** Null where the program is not installed. */
export function versionOf(program: string): string | null {
  return /version (\S+)/.exec(said(program, ['--version']))?.[1]?.replace(/,$/, '') ?? null;
}
