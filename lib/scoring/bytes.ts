import { AT_BODY_BYTE, AT_HEAD_BYTE, AT_MARKS_BYTE, BODY, BYTES, HEAD, type State, VERSION } from './layout.ts';

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

/**
 * Puts a state in the place of another. Throws a RangeError, and changes nothing, for what is no state of this version: what was
 * learned under other rules is not gone on from.
 */
export function fromBytes({ memory, head, body, marks }: State, from: Uint8Array): void {
  if (from.byteLength < AT_HEAD_BYTE) throw new RangeError(`${from.byteLength} bytes are no state`);
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
  const version = view.getUint32(0, true);
  if (version !== VERSION)
    throw new RangeError(`a state of version ${version}, and this is version ${VERSION}: learn it anew`);
  if (from.byteLength !== BYTES || view.getUint32(4, true) !== BYTES)
    throw new RangeError(`a state of ${from.byteLength} bytes, expected ${BYTES}`);
  if (IS_LITTLE) {
    memory.set(from);
    return;
  }
  for (let at = 0; at < HEAD; at += 1) head[at] = view.getFloat64(AT_HEAD_BYTE + at * 8, true);
  for (let at = 0; at < BODY; at += 1) body[at] = view.getFloat32(AT_BODY_BYTE + at * 4, true);
  marks.set(from.subarray(AT_MARKS_BYTE));
}
