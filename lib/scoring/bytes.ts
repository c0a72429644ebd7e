import { BODY, emptyState, HEAD, MARKS, type State, VERSION } from './layout.ts';

/** Version and length. */
const PREFIX = 8;
const AT_BODY = PREFIX + HEAD * 8;
const AT_MARKS = AT_BODY + BODY * 4;
export const BYTES = AT_MARKS + MARKS;

/** Whether this machine writes numbers as the format does: then whole arrays are copied, which takes a hundredth of the time. */
const IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Version, length, then the three arrays, little-endian. */
export function toBytes({ head, body, marks }: State): Uint8Array {
  const out = new Uint8Array(BYTES);
  const view = new DataView(out.buffer);
  view.setUint32(0, VERSION, true);
  view.setUint32(4, BYTES, true);
  if (IS_LITTLE) {
    out.set(new Uint8Array(head.buffer), PREFIX);
    out.set(new Uint8Array(body.buffer), AT_BODY);
  } else {
    for (let field = 0; field < HEAD; field += 1) view.setFloat64(PREFIX + field * 8, head[field] as number, true);
    for (let field = 0; field < BODY; field += 1) view.setFloat32(AT_BODY + field * 4, body[field] as number, true);
  }
  out.set(marks, AT_MARKS);
  return out;
}

/** Throws a RangeError for what is no state of this version: what was learned under other rules is not gone on from. */
export function fromBytes(from: Uint8Array): State {
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
  if (from.byteLength < PREFIX) throw new RangeError(`${from.byteLength} bytes are no state`);
  const version = view.getUint32(0, true);
  if (version !== VERSION)
    throw new RangeError(`a state of version ${version}, and this is version ${VERSION}: learn it anew`);
  if (from.byteLength !== BYTES || view.getUint32(4, true) !== BYTES)
    throw new RangeError(`a state of ${from.byteLength} bytes, expected ${BYTES}`);
  if (!IS_LITTLE) return slowly(view, from);
  // Of their own: `from` may be a window into something larger that is not aligned.
  const head = new Float64Array(HEAD);
  const body = new Float32Array(BODY);
  new Uint8Array(head.buffer).set(from.subarray(PREFIX, AT_BODY));
  new Uint8Array(body.buffer).set(from.subarray(AT_BODY, AT_MARKS));
  return { head, body, marks: from.slice(AT_MARKS) };
}

function slowly(view: DataView, from: Uint8Array): State {
  const state = emptyState();
  for (let field = 0; field < HEAD; field += 1) state.head[field] = view.getFloat64(PREFIX + field * 8, true);
  for (let field = 0; field < BODY; field += 1) state.body[field] = view.getFloat32(AT_BODY + field * 4, true);
  state.marks.set(from.subarray(AT_MARKS));
  return state;
}
