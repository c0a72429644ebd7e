import { invalid } from '../model/errors.ts';

/** A record and the line of the text in which it begins. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

export const wrongCsv = (line: number, message: string, expected: string) =>
  invalid('detect.csv', `line ${line}: ${message}`, { field: `line ${line}`, expected });

const PLAIN = /[^,\r\n]*/y;
const END = /\r\n|\n|\r|$/y;

/** RFC 4180, with any end of line; lines without anything are passed over. Throws `input` `detect.csv` naming the line. */
export function csvRows(text: string): readonly CsvRow[] {
  const rows: CsvRow[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const begin = line;
    const cells: string[] = [];
    for (let more = true; more; ) {
      const cell = text[at] === '"' ? quoted(text, at, line) : plainCell(text, at);
      cells.push(cell.text);
      at = cell.end;
      line += cell.lines;
      more = text[at] === ',';
      if (more) at += 1;
    }
    END.lastIndex = at;
    const end = END.exec(text);
    if (end === null) throw wrongCsv(line, 'something follows a closing quote', 'a comma or the end of the line');
    at += end[0].length;
    line += 1;
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: begin, cells });
  }
  return rows;
}

interface Cell {
  readonly text: string;
  readonly end: number;
  /** Ends of lines in it. */
  readonly lines: number;
}

function plainCell(text: string, at: number): Cell {
  PLAIN.lastIndex = at;
  const found = PLAIN.exec(text)?.[0] ?? '';
  return { text: found, end: at + found.length, lines: 0 };
}

/** A quote in it is written twice. */
function quoted(text: string, at: number, line: number): Cell {
  let end = at + 1;
  for (;;) {
    end = text.indexOf('"', end);
    if (end < 0) throw wrongCsv(line, 'a quote is opened and not closed', 'RFC 4180');
    if (text[end + 1] !== '"') break;
    end += 2;
  }
  const inner = text.slice(at + 1, end);
  return { text: inner.replaceAll('""', '"'), end: end + 1, lines: inner.split(/\r\n|\n|\r/).length - 1 };
}
