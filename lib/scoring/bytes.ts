import {
  AT_BODY_BYTE,
  AT_HEAD_BYTE,
  AT_MARKS_BYTE,
  BODY,
  BYTES,
  DAY,
  emptyState,
  H,
  HEAD,
  HEAD_FIELDS,
  SHAPES,
  type State,
  VERSION,
} from './layout.ts';
import { BYTES_3, BYTES_4, fromVersion3, fromVersion4 } from './migrate.ts';

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

/** Fields that are no number while there is nothing to tell. */
const MAY_BE_NAN: ReadonlySet<number> = new Set([H.time, H.counter, H.counterTime, H.began]);

/**
 * Puts a state in the place of another; one of version 3 or 4 goes on with what it knew. Throws a RangeError, and changes nothing, for
 * what is no state of these versions, or of a series that tells something else: what was learned under other rules is not gone on from.
 */
export function fromBytes({ memory, head, body, marks }: State, given: Uint8Array): void {
  if (given.byteLength < AT_HEAD_BYTE) throw new RangeError(`${given.byteLength} bytes are no state`);
  const version = word(given, 0);
  const past = OLDER.get(version);
  if (version !== VERSION && past === undefined)
    throw new RangeError(`a state of version ${version}, and this is version ${VERSION}: learn it anew`);
  const expected = past?.bytes ?? BYTES;
  if (given.byteLength !== expected || word(given, 4) !== expected)
    throw new RangeError(`a state of ${given.byteLength} bytes, expected ${expected}`);
  const from = past?.migrate(given) ?? given;
  if (IS_LITTLE) {
    // Looked at where a number begins at a multiple of eight, as it may not where it was given.
    draft.memory.set(from);
    checkHead(draft.head, head[H.dulling] as number);
    memory.set(draft.memory);
    return;
  }
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
  for (let at = 0; at < HEAD; at += 1) draft.head[at] = view.getFloat64(AT_HEAD_BYTE + at * 8, true);
  checkHead(draft.head, head[H.dulling] as number);
  head.set(draft.head);
  for (let at = 0; at < BODY; at += 1) body[at] = view.getFloat32(AT_BODY_BYTE + at * 4, true);
  marks.set(from.subarray(AT_MARKS_BYTE));
}

const OLDER: ReadonlyMap<number, { readonly bytes: number; readonly migrate: (given: Uint8Array) => Uint8Array }> =
  new Map([
    [3, { bytes: BYTES_3, migrate: fromVersion3 }],
    [4, { bytes: BYTES_4, migrate: fromVersion4 }],
  ]);

/** Whether bytes are of a version that is gone on from, and were learned to tell all or only what is new as wanted; looks no further. */
export function areOf(bytes: Uint8Array, tellsAll: boolean): boolean {
  if (bytes.byteLength < AT_HEAD_BYTE) return false;
  const version = word(bytes, 0);
  if (version !== VERSION) return tellsAll && OLDER.has(version);
  if (bytes.byteLength !== BYTES) return false;
  const dulling = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(AT_HEAD_BYTE + H.dulling * 8, true);
  return dulling < 0 === tellsAll;
}

const draft = emptyState();

/** Little-endian. */
const word = (from: Uint8Array, at: number): number =>
  ((from[at] as number) |
    ((from[at + 1] as number) << 8) |
    ((from[at + 2] as number) << 16) |
    ((from[at + 3] as number) << 24)) >>>
  0;

function checkWhole(head: Float64Array, at: number, least: number, most: number): void {
  const value = head[at] as number;
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`bytes that are no state: ${HEAD_FIELDS[at]} is ${value}`);
}

/** Bytes of the right length that nobody wrote would come out as scores. `own` is the dulling of the series that is to go on from them. */
function checkHead(head: Float64Array, own: number): void {
  for (let at = 0; at < HEAD; at += 1) {
    const value = head[at] as number;
    // What is finite is nothing less itself.
    if (value - value === 0 || (Number.isNaN(value) && MAY_BE_NAN.has(at))) continue;
    throw new RangeError(`bytes that are no state: ${HEAD_FIELDS[at]} is ${value}`);
  }
  const n = head[H.n] as number;
  checkWhole(head, H.n, 0, Number.MAX_SAFE_INTEGER);
  // These are places in an array: anything else would be read and written beside it.
  checkWhole(head, H.hour, n === 0 ? -1 : 0, n === 0 ? -1 : DAY - 1);
  checkWhole(head, H.lastHour, -1, DAY - 1);
  checkWhole(head, H.shapes, 0, SHAPES);
  const given = head[H.dulling] as number;
  if (own < 0 === given < 0) return;
  const [learned, wanted] = own < 0 ? ['only what is new', 'all'] : ['all', 'only what is new'];
  throw new RangeError(`a state that was learned to tell ${learned}, and this series tells ${wanted}: learn it anew`);
}
