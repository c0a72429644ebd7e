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
  /** What was told of it when it began to be learned anew: it ends where its past, once that is learned, does not say that it lasts. */
  readonly stood?: Stood | undefined;
  /** Its last alarms, in order. */
  readonly past?: readonly PastAlarm[];
  /** The scorer's own bytes. */
  readonly state: Uint8Array;
}

export type Stood = Pick<Entry, 'alarmSince' | 'silent'>;

/** What is told of a series now, also from before it is learned anew; undefined for nothing. */
export function toldOf({
  alarmSince,
  silent,
  stood,
}: Pick<Entry, 'alarmSince' | 'silent' | 'stood'>): Stood | undefined {
  const told = { alarmSince: stood?.alarmSince ?? alarmSince, silent: silent || stood?.silent === true };
  return told.alarmSince === null && !told.silent ? undefined : told;
}

/** A watch whose past, or an outage, is caught up with in pieces. */
export interface Behind {
  /** Unix seconds: what is before is learned from and told to nobody; null where nothing was learned yet. */
  readonly tellFrom: number | null;
  /** Milliseconds that are asked for at once; null for all. */
  readonly piece: number | null;
}

export interface Shard {
  /** Last time, Unix seconds, up to which each watch was scored. */
  readonly upTo: Readonly<Record<string, number>>;
  /** What the states of each watch were learned by: those of another query, say, are not gone on from. */
  readonly rules: Readonly<Record<string, string>>;
  readonly behind: Readonly<Record<string, Behind>>;
  /** Why a watch could not be scored, or not all of it, when it was last tried. */
  readonly problems: Readonly<Record<string, string>>;
  /** The watch that the next round begins with: the first that the last one did not reach. */
  readonly next: string | null;
  readonly entries: readonly Entry[];
}

export const EMPTY: Shard = { upTo: {}, rules: {}, behind: {}, problems: {}, next: null, entries: [] };

/** What a shard keeps of some watches. */
export function only(shard: Shard, isMine: (watch: string) => boolean): Shard {
  const mine = <T>(given: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(given).filter(([id]) => isMine(id)));
  return {
    ...shard,
    upTo: mine(shard.upTo),
    rules: mine(shard.rules),
    behind: mine(shard.behind),
    problems: mine(shard.problems),
    entries: shard.entries.filter(({ watch }) => isMine(watch)),
  };
}

/** Shards of different watches as one. */
export function merged(shards: readonly Shard[]): Shard {
  const all = <T>(of: (shard: Shard) => Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.assign({}, ...shards.map(of));
  return {
    upTo: all(({ upTo }) => upTo),
    rules: all(({ rules }) => rules),
    behind: all(({ behind }) => behind),
    problems: all(({ problems }) => problems),
    next: null,
    entries: shards.flatMap(({ entries }) => entries),
  };
}

const VERSION = 1;
const PREFIX = 8;

/** Version, length of the index as two little-endian 32-bit numbers; the index as JSON; the states, one behind the other. */
export function encodeShard({ entries, ...about }: Shard): Uint8Array {
  const index = new TextEncoder().encode(
    JSON.stringify({ ...about, entries: entries.map(({ state, ...rest }) => ({ ...rest, bytes: state.length })) }),
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

/** All but the first two came later, and are not in what was written before. */
interface Index extends Partial<Omit<Shard, 'upTo' | 'entries'>>, Pick<Shard, 'upTo'> {
  readonly entries: readonly (Omit<Entry, 'state'> & { readonly bytes: number })[];
}

/** Throws `input` `watch.shard` for what is no shard of this version. */
export function decodeShard(bytes: Uint8Array): Shard {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREFIX || view.getUint32(0, true) !== VERSION) throw unreadable('a shard of another version');
  const begin = PREFIX + view.getUint32(4, true);
  if (begin > bytes.length) throw unreadable('a shard that ends too early');
  const { entries, ...about } = indexOf(new TextDecoder().decode(bytes.subarray(PREFIX, begin)));
  let at = begin;
  const whole = entries.map(({ bytes: length, ...entry }) => {
    const state = bytes.slice(at, at + length);
    at += length;
    return { ...entry, state };
  });
  if (at !== bytes.length) throw unreadable('a shard whose states are not whole');
  return { ...EMPTY, ...about, entries: whole };
}

function indexOf(text: string): Index {
  let index: Partial<Index> | null;
  try {
    index = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unreadable('a shard with an index that is no JSON');
  }
  if (typeof index?.upTo !== 'object' || !Array.isArray(index.entries)) throw unreadable('a shard without an index');
  return index as Index;
}

const unreadable = (message: string) => invalid('watch.shard', message, { expected: `a shard of version ${VERSION}` });
