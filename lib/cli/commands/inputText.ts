import { isUtf8 } from 'node:buffer';
import { type Splitting, splitter, type TextRecord } from '../../language/records.ts';
import { failed, invalid } from '../../model/errors.ts';

const GZIP = [0x1f, 0x8b] as const;
const UTF16_LE = [0xff, 0xfe] as const;
const UTF16_BE = [0xfe, 0xff] as const;
const beginsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, at) => bytes[at] === byte);

export const NOT_UTF8 = 'not UTF-8 (Latin-1? expected UTF-8: iconv -f LATIN1 -t UTF-8)';
/** Stands for bytes that are no text: half a pair, which no UTF-8 decodes to. */
const BROKEN = '\udfff';
/** What a decoder makes of such bytes, and what a text may hold in its own right. */
const REPLACED = '\ufffd';

type Input = AsyncIterable<string | Uint8Array>;

/**
 * The records of a text, those of each piece that comes together: memory is bounded by the piece and LONGEST. A record is refused, and
 * those after it are read, where it is longer, where it is not UTF-8, or where a quote is not closed before another quote contradicts it.
 * Empty lines are none. Throws `input` `score.compressed`, and `failed` `score.input` where reading fails.
 */
export async function* recordsOf(input: Input, splitting: Splitting): AsyncGenerator<TextRecord[]> {
  const split = splitter(splitting);
  let isBroken = false;
  for await (const text of decoded(input)) {
    isBroken ||= text.includes(BROKEN);
    const records = split(text, false);
    yield isBroken ? records.map(textOnly) : records;
  }
  const rest = split('', true);
  yield isBroken ? rest.map(textOnly) : rest;
}

/** Two names that differ in such bytes alone would be one series. */
const textOnly = (record: TextRecord): TextRecord =>
  record.cells.some((cell) => cell.includes(BROKEN)) ? { line: record.line, cells: [], problem: NOT_UTF8 } : record;

async function* decoded(input: Input): AsyncGenerator<string> {
  let decode: Decode | null = null;
  let first: Uint8Array = new Uint8Array();
  try {
    for await (const piece of input) {
      let bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
      if (decode === null) {
        // A slow writer may give a byte at a time, and the first two say what it is.
        first = Buffer.concat([first, bytes]);
        bytes = first;
        if (first.length < 2) continue;
      }
      decode ??= decoderOf(bytes);
      yield decode(bytes, false);
    }
  } catch (cause) {
    if (typeof (cause as NodeJS.ErrnoException).syscall !== 'string') throw cause;
    throw failed('score.input', `the input cannot be read: ${(cause as Error).message}`, { field: 'input', cause });
  }
  yield decode?.(new Uint8Array(), true) ?? utf8()(first, true);
}

/** Text of a piece; what of a letter is still to come waits for the next one. */
type Decode = (bytes: Uint8Array, isLast: boolean) => string;

/** UTF-8, or UTF-16 that says so as Windows and Java write it; the mark at the beginning is no text. */
function decoderOf(bytes: Uint8Array): Decode {
  if (beginsWith(bytes, GZIP))
    throw invalid('score.compressed', 'the input is compressed', {
      field: 'input',
      expected: 'text: gunzip -c metrics.csv.gz | nightshift score',
    });
  if (!beginsWith(bytes, UTF16_LE) && !beginsWith(bytes, UTF16_BE)) return utf8();
  const decoder = new TextDecoder(beginsWith(bytes, UTF16_LE) ? 'utf-16le' : 'utf-16be');
  return (piece, isLast) => decoder.decode(piece, { stream: !isLast });
}

function utf8(): Decode {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let held: Uint8Array = new Uint8Array();
  let isBegun = false;
  return (piece, isLast) => {
    const bytes = held.length === 0 ? piece : Buffer.concat([held, piece]);
    const end = isLast ? bytes.length : bytes.length - begunLetter(bytes);
    held = bytes.slice(end);
    const whole = bytes.subarray(0, end);
    let text = decoder.decode(whole);
    if (text.includes(REPLACED) && !isUtf8(whole)) text = withBroken(whole, decoder);
    const isMarked = !isBegun && text.startsWith('\ufeff');
    isBegun ||= text !== '';
    return isMarked ? text.slice(1) : text;
  };
}

/** Bytes at the end that begin a letter and are not all of it. */
function begunLetter(bytes: Uint8Array): number {
  for (let count = 1; count <= Math.min(3, bytes.length); count += 1) {
    const byte = bytes[bytes.length - count] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > count ? count : 0;
  }
  return 0;
}

/** Line by line: a line that is UTF-8 keeps what it holds. */
function withBroken(bytes: Uint8Array, decoder: InstanceType<typeof TextDecoder>): string {
  let text = '';
  for (let from = 0, end = 0; from < bytes.length; from = end) {
    end = from + 1;
    while (end < bytes.length && bytes[end - 1] !== 0x0a && bytes[end - 1] !== 0x0d) end += 1;
    const line = bytes.subarray(from, end);
    const own = decoder.decode(line);
    text += isUtf8(line) ? own : own.replaceAll(REPLACED, BROKEN);
  }
  return text;
}
