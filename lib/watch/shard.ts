import type { Labels } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';
import type { Alarming } from './alarm.ts';
import type { PastAlarm } from './similar.ts';

/** Of the language, not of a platform; the pure rooms are checked without any runtime's types. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

/** What a scored series looked like at its last sample. All in the unit of the value; times are Unix seconds. */
export interface Last {
  readonly t: number;
  readonly v: number;
  readonly score: number;
  readonly severity: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

/** One series of one watch. */
export interface Entry extends Alarming {
  readonly watch: string;
  readonly labels: Labels;
  readonly last: Last | null;
  /** Told as silent and not heard since. */
  readonly silent: boolean;
  /** Its last alarms, in order. */
  readonly past?: readonly PastAlarm[];
  /** The scorer's own bytes. */
  readonly state: Uint8Array;
}

export interface Shard {
  /** Last time, Unix seconds, up to which each watch was scored. */
  readonly upTo: Readonly<Record<string, number>>;
  readonly entries: readonly Entry[];
}

export const EMPTY: Shard = { upTo: {}, entries: [] };

const VERSION = 1;
const PREFIX = 8;

/** Version, length of the index as two little-endian 32-bit numbers; the index as JSON; the states, one behind the other. */
export function encodeShard({ upTo, entries }: Shard): Uint8Array {
  const index = new TextEncoder().encode(
    JSON.stringify({ upTo, entries: entries.map(({ state, ...rest }) => ({ ...rest, bytes: state.length })) }),
  );
  const size = entries.reduce((sum, { state }) => sum + state.length, PREFIX + index.length);
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  view.setUint32(0, VERSION, true);
  view.setUint32(4, index.length, true);
  out.set(index, PREFIX);
  let at = PREFIX + index.length;
  for (const { state } of entries) {
    out.set(state, at);
    at += state.length;
  }
  return out;
}

interface Index {
  readonly upTo: Shard['upTo'];
  readonly entries: readonly (Omit<Entry, 'state'> & { readonly bytes: number })[];
}

/** Throws `input` `watch.shard` for what is no shard of this version. */
export function decodeShard(bytes: Uint8Array): Shard {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREFIX || view.getUint32(0, true) !== VERSION) throw unreadable('a shard of another version');
  const begin = PREFIX + view.getUint32(4, true);
  if (begin > bytes.length) throw unreadable('a shard that ends too early');
  const { upTo, entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(PREFIX, begin))) as Index;
  let at = begin;
  const whole = entries.map(({ bytes: length, ...entry }) => {
    const state = bytes.slice(at, at + length);
    at += length;
    return { ...entry, state };
  });
  if (at !== bytes.length) throw unreadable('a shard whose states are not whole');
  return { upTo, entries: whole };
}

const unreadable = (message: string) => invalid('watch.shard', message, { expected: `a shard of version ${VERSION}` });
