import { oneLine } from '../output.ts';
import { membersOf } from './jsonText.ts';
import type { Format, Row } from './scoreRows.ts';

const ADDED = ['score', 'severity', 'alarm', 'expected', 'lower', 'upper', 'reason'] as const;
/** What is added to a row, in this order. */
export type Scored = readonly (string | number | null)[];

const NAMES: ReadonlySet<string> = new Set(ADDED);
const ANY_OF_THEM = new RegExp(`"(?:${ADDED.join('|')})":`);

/** Whether a column of this name is written, and replaces one of the input. */
export const isAdded = (name: string): boolean => NAMES.has(name);

/** The lines that are written, each with its end. What of the input is called as what is added, such as by an earlier scoring, is replaced. */
export interface Lines {
  /** The header; the rows that follow are of these columns. */
  readonly header: (columns: readonly string[]) => string;
  readonly row: (whole: Row['whole'], added: Scored) => string;
  /** Null, or a warning that names what was replaced. */
  readonly warning: () => string | null;
}

export function linesOf(format: Format): Lines {
  const replaced = new Set<string>();
  /** The places of the columns that stay; null where all do. */
  let staying: readonly number[] | null = null;
  const own = (cells: readonly string[]): readonly string[] => staying?.map((at) => cells[at] ?? '') ?? cells;
  return {
    header(columns) {
      const stay = [...columns.keys()].filter((at) => !isAdded(columns[at] ?? ''));
      staying = stay.length < columns.length ? stay : null;
      for (const name of columns.filter(isAdded)) replaced.add(name);
      return tableLine(format, [...own(columns), ...ADDED]);
    },
    row(whole, added) {
      if (typeof whole !== 'string') return tableLine(format, [...own(whole), ...added]);
      return jsonLine(whole, added, replaced);
    },
    warning() {
      if (replaced.size === 0) return null;
      const names = ADDED.filter((name) => replaced.has(name)).join(', ');
      return oneLine(`warning: what the input had as ${names} was replaced`);
    },
  };
}

function jsonLine(
  object: string,
  [score, severity, alarm, expected, lower, upper, reason]: Scored,
  replaced: Set<string>,
): string {
  const own = ANY_OF_THEM.test(object) ? withoutAdded(object, replaced) : object.slice(1, -1);
  const added = JSON.stringify({ score, severity, alarm, expected, lower, upper, reason });
  return `{${own}${own === '' ? '' : ','}${added.slice(1)}\n`;
}

function withoutAdded(object: string, replaced: Set<string>): string {
  const members = membersOf(object);
  for (const { name } of members) if (isAdded(name)) replaced.add(name);
  return members
    .filter(({ name }) => !isAdded(name))
    .map(({ text }) => text)
    .join();
}

const tableLine = (format: Format, cells: readonly unknown[]): string =>
  `${cells.map((cell) => cellText(format, cell)).join(format === 'tsv' ? '\t' : ',')}\n`;

function cellText(format: Format, cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  const text = String(cell);
  if (format === 'tsv') return text.replace(/[\t\n\r]/g, ' ');
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
