import {
  AT_BODY_BYTE,
  AT_HEAD_BYTE,
  AT_MARKS_BYTE,
  BODY,
  BYTES,
  H,
  HEAD,
  MARKS,
  RUN,
  SHAPES,
  type State,
  VERSION,
} from './layout.ts';

/** Whether this machine writes numbers as the format does: then all is copied at once, which takes a hundredth of the time. */
const IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Version and length as 32-bit numbers, then the three arrays, all little-endian; into `out`, which has as many bytes. */
export function toBytes({ memory, head, body, marks }: State, out: Uint8Array): Uint8Array {
  if (IS_LITTLE) {
    out.set(memory);
    return out;
  }
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  out.set(memory.subarray(0, AT_HEAD_BYTE));
  for (let at = 0; at < HEAD; at += 1) view.setFloat64(AT_HEAD_BYTE + at * 8, head[at] as number, true);
  for (let at = 0; at < BODY; at += 1) view.setFloat32(AT_BODY_BYTE + at * 4, body[at] as number, true);
  out.set(marks, AT_MARKS_BYTE);
  return out;
}

/** What version 2 remembered of shapes beyond those of now: 32 runs of four float32. */
const SHAPES_2 = 32;
const BYTES_2 = BYTES + (SHAPES_2 - SHAPES) * RUN * 4;

/**
 * Puts a state in the place of another; one of version 2 is taken with as many of its shapes as are remembered now. Throws a
 * RangeError, and changes nothing, for what is no state of these versions: what was learned under other rules is not gone on from.
 */
export function fromBytes({ memory, head, body, marks }: State, given: Uint8Array): void {
  if (given.byteLength < AT_HEAD_BYTE) throw new RangeError(`${given.byteLength} bytes are no state`);
  const version = word(given, 0);
  if (version !== VERSION && version !== 2)
    throw new RangeError(`a state of version ${version}, and this is version ${VERSION}: learn it anew`);
  const expected = version === 2 ? BYTES_2 : BYTES;
  if (given.byteLength !== expected || word(given, 4) !== expected)
    throw new RangeError(`a state of ${given.byteLength} bytes, expected ${expected}`);
  const from = version === 2 ? fromVersion2(given) : given;
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
  if (IS_LITTLE) {
    memory.set(from);
    return;
  }
  for (let at = 0; at < HEAD; at += 1) head[at] = view.getFloat64(AT_HEAD_BYTE + at * 8, true);
  for (let at = 0; at < BODY; at += 1) body[at] = view.getFloat32(AT_BODY_BYTE + at * 4, true);
  marks.set(from.subarray(AT_MARKS_BYTE));
}

const word = (from: Uint8Array, at: number): number =>
  new DataView(from.buffer, from.byteOffset, from.byteLength).getUint32(at, true);

function fromVersion2(from: Uint8Array): Uint8Array {
  const out = new Uint8Array(BYTES);
  out.set(from.subarray(0, AT_MARKS_BYTE));
  out.set(from.subarray(BYTES_2 - MARKS), AT_MARKS_BYTE);
  const view = new DataView(out.buffer);
  view.setUint32(0, VERSION, true);
  view.setUint32(4, BYTES, true);
  const shapes = AT_HEAD_BYTE + H.shapes * 8;
  view.setFloat64(shapes, Math.min(SHAPES, view.getFloat64(shapes, true)), true);
  return out;
}
