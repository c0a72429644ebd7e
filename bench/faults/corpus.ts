import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export const FOLDER = join(import.meta.dirname, '../data/faults');

/** Times are Unix seconds of the made-up days. */
export interface Label {
  readonly kind: string;
  readonly hosts: readonly string[];
  readonly begin: number;
  readonly end: number;
}
export interface Alert extends Omit<Label, 'kind' | 'hosts'> {
  readonly alert: string;
  readonly host: string;
}
export interface Recorded {
  readonly name: string;
  readonly host: string;
  readonly times: Float64Array;
  /** NaN where nothing was to be had. */
  readonly values: Float64Array;
}
/** From and to in Unix seconds of the made-up days: programs that have nothing to do with this took much of the machine. */
export type Disturbed = readonly [from: number, to: number];

const rowsOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

export const readLabels = (folder = FOLDER): readonly Label[] =>
  rowsOf(readFileSync(join(folder, 'labels.csv'), 'utf8')).map(([kind = '', hosts = '', begin, end]) => {
    return { kind, hosts: hosts.split(' '), begin: Number(begin), end: Number(end) };
  });

export const readAlerts = (folder = FOLDER): readonly Alert[] =>
  rowsOf(readFileSync(join(folder, 'alerts.csv'), 'utf8')).map(([alert = '', host = '', , , begin, end]) => {
    return { alert, host, begin: Number(begin), end: Number(end) };
  });

export function readDisturbed(folder = FOLDER): readonly Disturbed[] {
  const file = join(folder, 'disturbed.csv');
  if (!existsSync(file)) return [];
  return rowsOf(readFileSync(file, 'utf8')).map(([from, to]) => [Number(from), Number(to)] as const);
}

/** Every series, from the tables that have a column for each. */
export function readSeries(folder = FOLDER): readonly Recorded[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.csv.gz'));
  return files.sort().flatMap((file) => columnsOf(gunzipSync(readFileSync(join(folder, file))).toString('utf8')));
}

function columnsOf(text: string): Recorded[] {
  const rows = rowsOf(text);
  const names = (JSON.parse(`[${text.slice(0, text.indexOf('\n')).replace(/^\w+/, '"$&"')}]`) as string[]).slice(1);
  const times = Float64Array.from(rows, ([time]) => Number(time));
  return names.map((name, at) => {
    const values = Float64Array.from(rows, (row) => (row[at + 1] ? Number(row[at + 1]) : Number.NaN));
    return { name, host: name.split(' ')[0] ?? '', times, values };
  });
}
