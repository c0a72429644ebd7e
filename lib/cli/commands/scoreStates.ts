import { readFileSync, writeFileSync } from 'node:fs';
import { invalid } from '../../model/errors.ts';
import { bytes, type Options, open, type Series } from '../../scoring/series.ts';

/** A series and the latest time it was scored at. */
export interface Known {
  readonly series: Series;
  last: number;
}

/** One line a series: its name, the time it was last scored and its state. */
interface Kept {
  readonly series: string;
  readonly last: number;
  readonly state: string;
}

/** Throws `input` `score.state` for a file that holds no state of this version. */
export function loadStates(file: string | undefined, options: Options): Map<string, Known> {
  const known = new Map<string, Known>();
  if (file === undefined) return known;
  try {
    for (const text of readFileSync(file, 'utf8').split('\n')) {
      if (text === '') continue;
      const { series, last, state } = JSON.parse(text) as Kept;
      known.set(series, { series: open(options, Buffer.from(state, 'base64')), last });
    }
    return known;
  } catch (cause) {
    throw invalid('score.state', `${file} holds no state that can be gone on from: ${String(cause)}`, {
      field: '--state-in',
      expected: 'what --state-out of this version wrote',
      cause,
    });
  }
}

export function saveStates(file: string | undefined, known: ReadonlyMap<string, Known>): void {
  if (file === undefined) return;
  const lines = [...known].map(([series, own]): Kept => {
    return { series, last: own.last, state: Buffer.from(bytes(own.series)).toString('base64') };
  });
  writeFileSync(file, lines.map((kept) => `${JSON.stringify(kept)}\n`).join(''));
}
