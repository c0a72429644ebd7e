import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { World } from './worlds.ts';

const HERE = join(import.meta.dirname, 'peers');
const BUILD = join(import.meta.dirname, '../../build/peers');
const MOST_BYTES = 2 ** 30;

/** A detector that is a program of its own: series in, scores and the time they took out, all numbers big-endian. */
export interface Program {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

export const PROGRAMS: readonly Program[] = [
  {
    name: 'AWS random cut forest 4.3, shingles of 8, 50 trees of 256',
    command: ['java', '-XX:+UseSerialGC', '-cp', `${join(BUILD, 'forest')}/*:${join(BUILD, 'forest')}`, 'Forest', '8'],
  },
  {
    name: 'river 0.26 half-space trees',
    command: [join(BUILD, 'venv/bin/python'), join(HERE, 'half_space_trees.py')],
  },
];

export interface Scored {
  readonly scores: readonly Float64Array[];
  /** Microseconds a sample on one core, as the program itself measured them. */
  readonly micros: number;
}

/** Installs what is missing; throws with what it printed where a program fails. */
export function install(): void {
  run(join(HERE, 'install.sh'), [], Buffer.alloc(0));
}

export function scoresOf({ command: [program, ...args] }: Program, worlds: readonly World[]): Scored {
  const counts = worlds.map(({ values }) => values.length);
  const out = run(program, args, inputOf(worlds));
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (out.length !== 8 * (all + 1)) throw new Error(`${program} wrote ${out.length} bytes, not ${8 * (all + 1)}`);
  let from = 0;
  const scores = counts.map((count) => {
    const of = Float64Array.from({ length: count }, (_, at) => out.readDoubleBE(8 * (from + at)));
    from += count;
    return of;
  });
  return { scores, micros: out.readDoubleBE(8 * all) / 1000 / all };
}

function inputOf(worlds: readonly World[]): Buffer {
  const bytes = worlds.reduce((sum, { values }) => sum + 4 + 8 * values.length, 4);
  const buffer = Buffer.alloc(bytes);
  let at = buffer.writeInt32BE(worlds.length, 0);
  for (const { values } of worlds) {
    at = buffer.writeInt32BE(values.length, at);
    for (const value of values) at = buffer.writeDoubleBE(value, at);
  }
  return buffer;
}

function run(program: string, args: readonly string[], input: Buffer): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, maxBuffer: MOST_BYTES });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr.toString('utf8').slice(-2_000)}`);
  return stdout;
}
