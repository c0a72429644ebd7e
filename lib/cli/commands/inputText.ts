import { type Splitting, splitter } from '../../language/records.ts';
import { failed, invalid } from '../../model/errors.ts';

const GZIP = [0x1f, 0x8b] as const;
const UTF16 = [0xff, 0xfe] as const;
const beginsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, at) => bytes[at] === byte);

/**
 * The records of a text, those of each piece that comes together: memory is bounded by the piece and LONGEST. A record is refused, and
 * those after it are read, where it is longer, or where a quote is not closed before another quote contradicts it. Empty lines are none.
 * Throws `input` `score.compressed`, and `failed` `score.input` where reading fails.
 */
export async function* recordsOf(input: AsyncIterable<string | Uint8Array>, splitting: Splitting) {
  const split = splitter(splitting);
  for await (const text of decoded(input)) yield split(text, false);
  yield split('', true);
}

/** UTF-8, or UTF-16 that says so as Windows writes it; the mark at the beginning is no text. */
async function* decoded(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  let first: Uint8Array = new Uint8Array();
  try {
    for await (const piece of input) {
      let bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
      if (decoder === null) {
        // A slow writer may give a byte at a time, and the first two say what it is.
        first = Buffer.concat([first, bytes]);
        bytes = first;
        if (first.length < 2) continue;
      }
      if (decoder === null && beginsWith(bytes, GZIP))
        throw invalid('score.compressed', 'the input is compressed', {
          field: 'input',
          expected: 'text: gunzip -c metrics.csv.gz | nightshift score',
        });
      decoder ??= new TextDecoder(beginsWith(bytes, UTF16) ? 'utf-16le' : 'utf-8');
      yield decoder.decode(bytes, { stream: true });
    }
  } catch (cause) {
    if (typeof (cause as NodeJS.ErrnoException).syscall !== 'string') throw cause;
    throw failed('score.input', `the input cannot be read: ${(cause as Error).message}`, { field: 'input', cause });
  }
  yield decoder?.decode() ?? new TextDecoder().decode(first);
}
