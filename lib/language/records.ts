/** Characters of one row or line: what is longer is no row, and is not held. */
export const LONGEST = 1_048_576;

/** One record of the input: its cells, or why it is none. */
export interface TextRecord {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  readonly problem: string | null;
}

export interface Splitting {
  /** Null: a record is one cell, the whole line. */
  readonly delimiter: string | null;
  /** Whether a cell may be quoted as RFC 4180 says. */
  readonly quoted: boolean;
  /** Whether a mark of the byte order at the beginning of a record, and all but one `\r` at its end, are text like any other. */
  readonly raw?: boolean;
}

type Found =
  | { readonly cells: string[]; readonly end: number }
  /** Another quote shows that one was not closed. */
  | 'unclosed'
  /** What has come ends inside a quote. */
  | 'open';

const MARK = '\ufeff';
const UNCLOSED = 'a quote that is not closed';
const UNCLOSED_LONG = `${UNCLOSED} within ${LONGEST} characters`;
const TOO_LONG = `longer than ${LONGEST} characters`;

/**
 * Takes a text piece by piece and gives the records that are complete by then; with the last piece, the rest. A record is refused, and those
 * after it are read, where it is longer than LONGEST or where a quote is not closed before another quote contradicts it. Empty lines
 * are none. What is held is never longer than LONGEST and a piece.
 */
export function splitter({
  delimiter,
  quoted,
  raw = false,
}: Splitting): (piece: string, isLast: boolean) => TextRecord[] {
  let text = '';
  let line = 1;
  let lineEnd: '\n' | '\r' | null = null;
  /** Inside a line that was refused for its length. */
  let skipping = false;

  return (piece, isLast) => {
    text = text === '' ? piece : text + piece;
    lineEnd ??= lineEndOf(text, isLast);
    const found: TextRecord[] = [];
    let at = 0;
    while (lineEnd !== null && at < text.length) {
      const next = text.indexOf(lineEnd, at);
      if (next < 0 && !isLast && text.length - at <= LONGEST) break;
      const end = next < 0 ? text.length : next;
      const after = next < 0 ? end : end + 1;
      if (skipping || end - at > LONGEST) {
        if (!skipping) found.push({ line, cells: [], problem: TOO_LONG });
        // Of a line whose end has not come yet only that is remembered.
        skipping = next < 0;
        if (!skipping) line += 1;
        at = after;
        continue;
      }
      // Files that were joined have a mark where each of them began.
      const from = !raw && text[at] === MARK ? at + 1 : at;
      const own = text.slice(from, lineEnd === '\n' ? endOfCells(text, from, end, raw) : end);
      if (!quoted || !own.includes('"')) {
        if (own !== '') found.push({ line, cells: delimiter === null ? [own] : own.split(delimiter), problem: null });
        line += 1;
        at = after;
        continue;
      }
      const record = quotedRecord(text, from, lineEnd, delimiter ?? ',', isLast);
      if (record === 'open' && !isLast && text.length - at <= LONGEST) break;
      if (typeof record === 'string' || record.end - at > LONGEST) {
        // What was taken for the inside of a quote is read again as rows.
        const isLong = record !== 'unclosed' && text.length - at > LONGEST;
        found.push({ line, cells: [], problem: isLong ? UNCLOSED_LONG : UNCLOSED });
        line += 1;
        at = after;
        continue;
      }
      found.push({ line, cells: record.cells, problem: null });
      line += linesIn(text, at, record.end, lineEnd);
      at = record.end;
    }
    text = at === 0 ? text : text.slice(at);
    return found;
  };
}

/**
 * As the first line ends, so do all; null while that cannot be told. A line may end with `\r\n` where it is `\n`, and with `\r\r\n`, which
 * a program writes that ends its lines as Windows does into a file that does so once more.
 */
function lineEndOf(text: string, isLast: boolean): '\n' | '\r' | null {
  const isAll = isLast || text.length > LONGEST;
  const line = text.indexOf('\n');
  const back = text.indexOf('\r');
  if (back < 0 || (line >= 0 && line < back)) return line >= 0 || isAll ? '\n' : null;
  const after = behindReturns(text, back);
  if (after === text.length && !isAll) return null;
  return text[after] === '\n' ? '\n' : '\r';
}

function behindReturns(text: string, from: number): number {
  let at = from;
  while (text[at] === '\r') at += 1;
  return at;
}

function endOfCells(text: string, from: number, to: number, raw: boolean): number {
  let end = to;
  while (end > from && text[end - 1] === '\r' && !(raw && end < to)) end -= 1;
  return end;
}

function linesIn(text: string, from: number, to: number, lineEnd: string): number {
  let count = 0;
  for (let at = text.indexOf(lineEnd, from); at >= 0 && at < to; at = text.indexOf(lineEnd, at + 1)) count += 1;
  return count;
}

/** A record in which something is quoted. A quote inside a cell that does not begin with one is a character like any other. */
function quotedRecord(text: string, from: number, lineEnd: string, delimiter: string, isLast: boolean): Found {
  const cells: string[] = [];
  let at = from;
  while (true) {
    let cell = '';
    if (text[at] === '"') {
      const close = closingQuote(text, at);
      if (close < 0 || (close === text.length - 1 && !isLast)) return 'open';
      const inside = text.slice(at + 1, close).replaceAll('""', '"');
      const isClosed = close + 1 >= text.length || text[close + 1] === delimiter || isLineEnd(text, close + 1, lineEnd);
      // "a"b is what it says, in one line; over several, the quote was meant to end long before.
      if (!isClosed && inside.includes(lineEnd)) return 'unclosed';
      cell = isClosed ? inside : `"${inside}"`;
      at = close + 1;
    }
    const comma = text.indexOf(delimiter, at);
    const next = text.indexOf(lineEnd, at);
    const isInner = comma >= 0 && (next < 0 || comma < next);
    if (!isInner && next < 0 && !isLast) return 'open';
    const end = isInner ? comma : next < 0 ? text.length : next;
    cells.push(cell + text.slice(at, !isInner && lineEnd === '\n' ? endOfCells(text, at, end, false) : end));
    if (!isInner) return { cells, end: next < 0 ? end : end + 1 };
    at = end + 1;
  }
}

function closingQuote(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

function isLineEnd(text: string, at: number, lineEnd: string): boolean {
  const after = lineEnd === '\n' ? behindReturns(text, at) : at;
  return text[after] === lineEnd || (after > at && after >= text.length);
}
