import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { File, Scores } from './protocol.ts';

const FOLDER = join(import.meta.dirname, '../data/nab');
const json = (name: string) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
const unpacked = (name: string) => gunzipSync(readFileSync(join(FOLDER, name))).toString('utf8');

/** The 58 files of NAB v1.1 with the rows of their labelled windows. */
export function readCorpus(): readonly File[] {
  const windows = json('combined_windows.json') as Record<string, readonly (readonly [string, string])[]>;
  const rows = Map.groupBy(unpacked('data.csv.gz').trim().split('\n').slice(1), (line) =>
    line.slice(0, line.indexOf(',')),
  );
  return [...rows].map(([name, lines]) => {
    const cells = lines.map((line) => line.split(','));
    const times = cells.map(([, time = '']) => time);
    const labelled = windows[name] ?? [];
    return {
      name,
      times,
      values: cells.map(([, , value]) => Number(value)),
      windows: labelled.map(([from, to]) => {
        const inside = times
          .map((time, at) => [time, at] as const)
          .filter(([time]) => time >= from.slice(0, 19) && time <= to.slice(0, 19));
        return [inside[0]?.[1] ?? 0, inside.at(-1)?.[1] ?? 0] as const;
      }),
    };
  });
}

/** Seconds of a time as NAB writes it, taken as UTC. */
export const secondsOf = (time: string): number => Date.parse(`${time.replace(' ', 'T')}Z`) / 1000;

/** Scores that a published detector gave each row. */
export function readScores(detector: string): Scores {
  const scores = new Map<string, number[]>();
  for (const line of unpacked(`scores-${detector}.csv.gz`).trim().split('\n').slice(1)) {
    const [file = '', row, score] = line.split(',');
    const own = scores.get(file) ?? [];
    own[Number(row)] = Number(score);
    scores.set(file, own);
  }
  return scores;
}

export const published = () => json('final_results.json') as Record<string, Record<string, number>>;
export const thresholds = () => json('thresholds.json') as Record<string, Record<string, { threshold: number }>>;
