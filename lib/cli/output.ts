/** Where a command writes, and how: colours only for people at a terminal who did not ask for none. */
export interface Output {
  readonly json: boolean;
  readonly colours: boolean;
  readonly write: (text: string) => void;
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;
export type Style = keyof typeof STYLES;

export function paint(output: Output, style: Style, text: string): string {
  return output.colours ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
}

/** Text from alerts and hosts must not steer the terminal: control characters become visible. */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
export const oneLine = (text: string): string => plain(text.replace(/\s*\n\s*/g, ' '));

/** For standard output: a reader that has seen enough (`| head`) is no failure. */
export function endQuietlyOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
}

export function print(output: Output, line = ''): void {
  output.write(`${line}\n`);
}

export function printJson(output: Output, value: unknown): number {
  output.write(`${JSON.stringify(value, null, 2)}\n`);
  return 0;
}

/** Columns as wide as their widest cell; a cell may be painted, its width is that of its plain text. */
export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

export function printTable(
  output: Output,
  head: readonly string[],
  rows: readonly (readonly (Cell | string)[])[],
): void {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)));
  const clean: Cell[][] = cells.map((row) => row.map((cell) => ({ ...cell, text: oneLine(cell.text) })));
  const widths = head.map((name, column) =>
    Math.max(name.length, ...clean.map((row) => row[column]?.text.length ?? 0)),
  );
  const line = (row: readonly Cell[]): string =>
    row
      .map((cell, column) => {
        const padded = column === row.length - 1 ? cell.text : cell.text.padEnd(widths[column] ?? 0);
        return cell.style === undefined ? padded : paint(output, cell.style, padded);
      })
      .join('  ');
  print(output, line(head.map((text) => ({ text, style: 'bold' as const }))));
  for (const row of clean) print(output, line(row));
}

/** UTC, to the second, as it is in every log. */
export const time = (millis: number): string => new Date(millis).toISOString().replace(/\.\d+Z$/, 'Z');

/** The largest two units: `3h 12m`. */
export function ago(millis: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - millis) / 1000));
  const units: readonly [string, number][] = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first === -1) return '0s';
  let rest = seconds;
  const parts = units.slice(first, first + 2).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? '' : `${count}${unit}`;
  });
  return parts.filter(Boolean).join(' ');
}

const STATE_STYLES: Readonly<Record<string, Style>> = {
  open: 'red',
  escalated: 'red',
  failed: 'red',
  critical: 'red',
  down: 'red',
  refuse: 'red',
  unknown: 'yellow',
  inconclusive: 'yellow',
  acknowledged: 'yellow',
  warning: 'yellow',
  hold: 'yellow',
  degraded: 'yellow',
  offline: 'red',
  resolved: 'green',
  verified: 'green',
  succeeded: 'green',
  online: 'green',
  ok: 'green',
  pass: 'green',
  closed: 'dim',
};
/** A word in the colour of what it means. */
export const word = (text: string): Cell => {
  const style = STATE_STYLES[text];
  return style === undefined ? { text } : { text, style };
};
export const paintWord = (output: Output, text: string): string => {
  const style = STATE_STYLES[text];
  return style === undefined ? text : paint(output, style, text);
};
