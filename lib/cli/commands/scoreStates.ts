import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, type FileHandle, open as openFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, failed, invalid } from '../../model/errors.ts';
import { HOW, type LearnedAs, otherThan } from '../../scoring/learned.ts';
import { bytes, type Series } from '../../scoring/series.ts';
import { recordsOf } from './inputText.ts';

/** A series and the latest time it was scored at. */
export interface Known {
  readonly series: Series;
  last: number;
}

/** One line a series: its name, the time it was last scored, how, and its state. Older ones do not say how, and told all. */
export interface Kept extends Partial<LearnedAs> {
  readonly series: string;
  readonly last: number;
  readonly state: string;
}

const EXPECTED = 'what --state-out wrote, one series a line';

/**
 * Reads the file line by line. Throws `input` `score.state`, naming the line, for one that is no state of this version, that is there twice,
 * or that was learned under other options.
 */
export async function loadStates(
  file: string | undefined,
  given: LearnedAs,
  open: (bytes: Uint8Array) => Series,
): Promise<Map<string, Known>> {
  const known = new Map<string, Known>();
  if (file === undefined) return known;
  const wrong = (what: string, field = '--state-in', expected = EXPECTED, cause?: unknown) =>
    invalid('score.state', `${file}${what}`, { field, expected, cause });
  try {
    for await (const records of recordsOf(createReadStream(file), { delimiter: null, quoted: false })) {
      for (const { line, cells, problem } of records) {
        const at = (what: string, field?: string, expected?: string) =>
          wrong(`, line ${line}: ${what}`, field, expected);
        const kept = problem === null ? keptOf(cells[0] ?? '') : null;
        if (kept === null) throw at('it holds no state');
        if (known.has(kept.series)) throw at(`${kept.series} is there twice`, '--state-in', 'each series once');
        checkSame(kept, given, at);
        known.set(kept.series, { series: opened(kept, open, at), last: kept.last });
      }
    }
  } catch (cause) {
    if (typeof (cause as NodeJS.ErrnoException).syscall !== 'string' && !isUnreadable(cause)) throw cause;
    throw wrong(` holds no state that can be gone on from: ${describe(cause)}`, '--state-in', EXPECTED, cause);
  }
  return known;
}

const isUnreadable = (cause: unknown): boolean =>
  ['score.input', 'score.compressed'].includes((cause as { code?: string }).code ?? '');

type Wrong = (what: string, field?: string, expected?: string) => Error;

/** What a line holds, as far as its form says; null for no state. */
export function keptOf(text: string): Kept | null {
  try {
    const kept = JSON.parse(text) as Partial<Kept> | null;
    const { series, last, state, kind = '', tz = '', tell = '' } = kept ?? {};
    const isKept = [series, state, kind, tz, tell].every((one) => typeof one === 'string') && Number.isFinite(last);
    return isKept ? (kept as Kept) : null;
  } catch {
    return null;
  }
}

function opened({ state }: Kept, open: (bytes: Uint8Array) => Series, wrong: Wrong): Series {
  try {
    return open(Buffer.from(state, 'base64'));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw wrong(`it holds no state: ${cause.message}`, '--state-in', 'what --state-out of this version wrote');
  }
}

/** Older states do not say what they tell: it is all. */
function checkSame(kept: Kept, given: LearnedAs, wrong: Wrong): void {
  const learned = { tell: 'all', ...kept };
  const other = otherThan(learned, given);
  if (other === null) return;
  const own = learned[other];
  throw wrong(
    `it was learned ${HOW[other]} ${own}, and --${other} is ${given[other]}`,
    `--${other}`,
    `${own}, or a state of its own`,
  );
}

/** What states are written to. */
export interface Keeper {
  /** All or nothing: until everything is written, and on the disk, the file is as it was. Throws `failed` `score.state-out`. */
  readonly save: (known: ReadonlyMap<string, Known>, learned: LearnedAs) => Promise<void>;
}

/** Throws `input` `score.state-out` where nothing could be written there, before hours are spent on learning it. */
export async function keeperOf(file: string | undefined): Promise<Keeper> {
  if (file === undefined) return { save: async () => undefined };
  const { path, isFile } = await targetOf(file);
  return {
    async save(known, learned) {
      try {
        await (isFile ? replace(path, known, learned) : into(path, 'w', known, learned));
      } catch (cause) {
        throw failed('score.state-out', `${file} was not written: ${describe(cause)}`, { field: '--state-out', cause });
      }
    },
  };
}

async function targetOf(file: string): Promise<{ readonly path: string; readonly isFile: boolean }> {
  const wrong = (what: string, cause?: unknown) =>
    invalid('score.state-out', `${file} ${what}`, {
      field: '--state-out',
      expected: 'a file in a folder that is there',
      cause,
    });
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory() === true) throw wrong('is a folder');
  // A pipe or a terminal is written to as it is, and what a link leads to is replaced, not the link, where it leads to something.
  if (found !== null && !found.isFile()) return { path: file, isFile: false };
  const path = found === null ? file : await realpath(file);
  // The folder for the new file, and the old one because whoever protected it did not mean it to be replaced.
  for (const each of found === null ? [dirname(path)] : [dirname(path), path])
    await access(each, constants.W_OK).catch((cause: unknown) => {
      throw wrong('cannot be written', cause);
    });
  return { path, isFile: true };
}

async function replace(path: string, known: ReadonlyMap<string, Known>, learned: LearnedAs): Promise<void> {
  const mode = (await stat(path).catch(() => null))?.mode;
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await into(temporary, 'wx', known, learned, mode);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
}

async function into(path: string, flags: string, known: ReadonlyMap<string, Known>, learned: LearnedAs, mode?: number) {
  const handle = await openFile(path, flags);
  try {
    if (mode !== undefined) await handle.chmod(mode & 0o7777);
    await write(handle, known, learned);
    if (flags === 'wx') await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Lines that are written at once, about a megabyte. */
const LINES = 256;

async function write(
  handle: FileHandle,
  known: ReadonlyMap<string, Known>,
  { kind, tz, tell }: LearnedAs,
): Promise<void> {
  let lines: string[] = [];
  for (const [series, { last, series: own }] of known) {
    const state = Buffer.from(bytes(own)).toString('base64');
    const kept: Kept = { series, last, kind, tz, tell, state };
    lines.push(`${JSON.stringify(kept)}\n`);
    if (lines.length < LINES) continue;
    await handle.appendFile(lines.join(''));
    lines = [];
  }
  await handle.appendFile(lines.join(''));
}
