import { type FileHandle, open as openFile } from 'node:fs/promises';
import { MAX_BODY, MAX_STATES } from '../../api/limits.ts';
import { invalid, type NightshiftError } from '../../model/errors.ts';
import { HOW, type LearnedAs, otherThan } from '../../scoring/learned.ts';
import { open, reopen, type Series } from '../../scoring/series.ts';
import { zoneExists } from '../../scoring/zone.ts';
import { keptOf } from './scoreStates.ts';

const EXPECTED = 'what nightshift score --state-out or the Spark job wrote';
/** Of a request, around its states. */
const AROUND = '{"states":[]}'.length;

/** A state as the API takes it. */
export interface Given extends LearnedAs {
  readonly series: string;
  readonly last: number;
  readonly state: string;
}

/** Where a state was read. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** What goes in one request. */
export interface Batch {
  readonly states: readonly Given[];
  readonly places: readonly Place[];
}

/** What is read more than once. */
export interface Source {
  readonly file: string;
  /** Null: it is a file, and is opened for each reading. A pipe can be read only once. */
  readonly lines: readonly string[] | null;
}

export const placed = ({ file, line }: Place): string => `${file}, line ${line}`;

/**
 * Looks at every line before anything is sent. Throws `input` `cli.states`, naming file and line, for what is no state, for a series
 * that is there twice, and for states of which not all were learned in the same way: those would be refused when others are taken.
 */
export async function lookedAt(files: readonly string[]): Promise<readonly Source[]> {
  const sources: Source[] = [];
  const seen = new Set<string>();
  let first: { readonly given: Given; readonly place: Place; readonly series: Series } | null = null;
  for (const file of files) {
    const source = await sourceOf(file);
    sources.push(source);
    for await (const { text, place } of linesOf(source)) {
      const given = givenOf(text, place);
      if (seen.has(given.series)) throw wrong(place, `${given.series} is there twice`, 'each series once in all files');
      seen.add(given.series);
      first ??= { given, place, series: open({ tell: given.tell === 'new' ? 'new' : 'all' }) };
      const other = otherThan(given, first.given);
      if (other !== null)
        throw wrong(
          place,
          `it was learned ${HOW[other]} ${given[other]}, and ${placed(first.place)} ${HOW[other]} ${first.given[other]}`,
          'states that were learned in the same way',
        );
      checkState(first.series, given, place);
    }
  }
  return sources;
}

/** As many states at once as the API takes. */
export async function* batchesOf(sources: readonly Source[]): AsyncGenerator<Batch> {
  let states: Given[] = [];
  let places: Place[] = [];
  let size = AROUND;
  for (const source of sources)
    for await (const { text, place } of linesOf(source)) {
      const given = givenOf(text, place);
      const own = sizeOf(given);
      if (states.length === MAX_STATES || size + own > MAX_BODY) {
        yield { states, places };
        [states, places, size] = [[], [], AROUND];
      }
      states.push(given);
      places.push(place);
      size += own;
    }
  if (states.length > 0) yield { states, places };
}

/** With the comma behind it. */
const sizeOf = (given: Given): number => Buffer.byteLength(JSON.stringify(given)) + 1;

async function sourceOf(file: string): Promise<Source> {
  const handle = await opened(file);
  if ((await handle.stat()).isFile()) {
    await handle.close();
    return { file, lines: null };
  }
  const lines: string[] = [];
  for await (const line of handle.readLines()) lines.push(line);
  return { file, lines };
}

async function* linesOf({ file, lines }: Source): AsyncGenerator<{ readonly text: string; readonly place: Place }> {
  let line = 0;
  for await (const text of lines ?? (await opened(file)).readLines()) {
    line += 1;
    if (text !== '') yield { text, place: { file, line } };
  }
}

async function opened(file: string): Promise<FileHandle> {
  const handle = await openFile(file).catch((cause: unknown) => {
    throw invalid('cli.states', `${file} cannot be read`, { field: 'files', expected: EXPECTED, cause });
  });
  if (!(await handle.stat()).isDirectory()) return handle;
  await handle.close();
  throw invalid('cli.states', `${file} is a folder`, { field: 'files', expected: `${EXPECTED}: ${file}/part-*` });
}

const wrong = (place: Place, what: string, expected = EXPECTED): NightshiftError =>
  invalid('cli.states', `${placed(place)}: ${what}`, { field: 'files', expected });

/** Throws for what the API would refuse whatever the watch is. */
function givenOf(text: string, place: Place): Given {
  const kept = keptOf(text);
  if (kept === null || kept.series === '') throw wrong(place, 'it is no state');
  const { series, last, kind, tz, tell = 'all', state } = kept;
  if (kind === undefined || tz === undefined)
    throw wrong(
      place,
      'it does not say how it was learned',
      'a state with kind and tz, as nightshift score --state-in … --kind … --tz … --state-out … writes an older one anew',
    );
  if (last < 0) throw wrong(place, `its last is ${last}`, 'Unix seconds');
  if (kind !== 'gauge' && kind !== 'counter') throw wrong(place, `its kind is ${kind}`, 'gauge or counter');
  if (tell !== 'all' && tell !== 'new') throw wrong(place, `its tell is ${tell}`, 'all or new');
  if (!zoneExists(tz)) throw wrong(place, `there is no time zone ${tz}`, 'an IANA name such as Europe/Berlin');
  const given = { series, last, kind, tz, tell, state };
  if (AROUND + sizeOf(given) > MAX_BODY)
    throw wrong(place, 'it is too long', `at most ${MAX_BODY} bytes with its name`);
  return given;
}

function checkState(series: Series, { state }: Given, place: Place): void {
  const bytes = Buffer.from(state, 'base64');
  if (bytes.toString('base64') !== state) throw wrong(place, 'it is no state: its state is no base64');
  try {
    reopen(series, bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw wrong(place, `it is no state: ${error.message}`);
  }
}
