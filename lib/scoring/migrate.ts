import {
  AT_BODY_BYTE,
  AT_BORN,
  AT_DAY,
  AT_HEAD_BYTE,
  AT_MARKS_BYTE,
  AT_RING,
  AT_SHAPES,
  AT_TAILS,
  AT_USUAL,
  BODY,
  BORN_STEP,
  BYTES,
  emptyState,
  H,
  HEAD_FIELDS,
  type HeadField,
  RESTLESSNESS,
  RING,
  SEASON,
  SEASON_TREND,
  SHAPE,
  SHIFT,
  TAIL,
  TELLS_ALL,
  TOP,
  VALUE,
  VERSION,
} from './layout.ts';

/** Version 3 had six aspects of these and a level, each with two tails, and a shape with one. */
const FEATURES_3 = [VALUE, null, SHIFT, RESTLESSNESS, SEASON, SEASON_TREND, SHAPE] as const;
const TAILS_3 = 2 * FEATURES_3.length - 1;
const NOT_IN_3: readonly HeadField[] = ['later', 'hourScore', 'lastHourScore', 'dulling'];
const FIELDS_3 = HEAD_FIELDS.filter((name) => !NOT_IN_3.includes(name));
const HOURS = AT_USUAL - AT_DAY;
const AT_DAY_3 = AT_TAILS + TAILS_3 * TAIL;
const BODY_3 = AT_DAY_3 + HOURS + (BODY - AT_SHAPES);
const AT_BODY_BYTE_3 = AT_HEAD_BYTE + FIELDS_3.length * 8;
const AT_MARKS_BYTE_3 = AT_BODY_BYTE_3 + BODY_3 * 4;
export const BYTES_3 = AT_MARKS_BYTE_3 + AT_BORN;

/**
 * A state of version 3 as one of this version: what it knew is kept, as if its maxima had been seen just now, and the aspects that it
 * did not look at are learned from here on.
 */
export function fromVersion3(given: Uint8Array): Uint8Array {
  const { memory, head, body, marks } = emptyState();
  const from = new DataView(given.buffer, given.byteOffset, given.byteLength);
  for (const [at, name] of FIELDS_3.entries()) head[H[name]] = from.getFloat64(AT_HEAD_BYTE + at * 8, true);
  head[H.later] = head[H.n] as number;
  const copy = (to: number, at: number, count: number) => {
    for (let i = 0; i < count; i += 1) body[to + i] = from.getFloat32(AT_BODY_BYTE_3 + (at + i) * 4, true);
  };
  copy(AT_RING, AT_RING, RING);
  copy(AT_DAY, AT_DAY_3, HOURS);
  copy(AT_SHAPES, AT_DAY_3 + HOURS, BODY - AT_SHAPES);
  for (let tail = 0; tail < TAILS_3; tail += 1) {
    const feature = FEATURES_3[tail >> 1] ?? null;
    if (feature === null) continue;
    const to = 2 * feature + (tail & 1);
    copy(AT_TAILS + to * TAIL, AT_TAILS + tail * TAIL, TAIL);
    const isSeasonal = feature === SEASON || feature === SEASON_TREND;
    const seen = head[isSeasonal ? H.seasonSeen : H.n] as number;
    marks.fill(Math.floor(seen / BORN_STEP), AT_BORN + to * TOP, AT_BORN + (to + 1) * TOP);
  }
  marks.set(given.subarray(AT_MARKS_BYTE_3, BYTES_3));
  // Little-endian whatever the machine writes: the reader of bytes takes it from here.
  const out = memory.slice();
  const to = new DataView(out.buffer);
  for (let at = 0; at < head.length; at += 1) to.setFloat64(AT_HEAD_BYTE + at * 8, head[at] as number, true);
  const atBody = AT_HEAD_BYTE + head.length * 8;
  for (let at = 0; at < body.length; at += 1) to.setFloat32(atBody + at * 4, body[at] as number, true);
  out.set(marks, AT_MARKS_BYTE);
  return out;
}

/** Version 4 told all: it had every field but the last. */
export const BYTES_4 = BYTES - 8;

/** A state of version 4 as one of this version; nothing of what it knew is lost. */
export function fromVersion4(given: Uint8Array): Uint8Array {
  const out = new Uint8Array(BYTES);
  const prefix = new DataView(out.buffer);
  prefix.setUint32(0, VERSION, true);
  prefix.setUint32(4, BYTES, true);
  const fields = given.subarray(AT_HEAD_BYTE, AT_BODY_BYTE - 8);
  out.set(fields, AT_HEAD_BYTE);
  prefix.setFloat64(AT_BODY_BYTE - 8, TELLS_ALL, true);
  out.set(given.subarray(AT_BODY_BYTE - 8), AT_BODY_BYTE);
  return out;
}
