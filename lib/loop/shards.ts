import { SYSTEM } from '../model/basic.ts';
import { describe, isNightshiftError } from '../model/errors.ts';
import { decodeShard, EMPTY, encodeShard, merged, only, type Shard } from '../watch/shard.ts';
import { shardOf } from '../watch/watches.ts';
import { isRaced } from './change.ts';
import type { Desk } from './deps.ts';

const STREAM = 'watch';
/** Older blobs of a shard that stay: whoever reads one has this many rounds to finish. */
const SLOTS = 8;

/** Which blob holds the states of a shard now. Written by compare-and-set, so that one round counts once. */
interface Pointer {
  readonly blob: string;
  /** Of how many shards it is one; not there where it was written before anybody asked. */
  readonly of?: number;
}
const pointerKey = (shard: number) => `watch/${shard}`;

export interface ReadShard {
  /** Of the pointer: what a write must find unchanged. */
  readonly version: number;
  readonly shard: Shard;
  /** Where it was read; null where there was none. */
  readonly blob: string | null;
}

/** A shard that is lost or of another version begins anew: its series learn again from their past. */
export async function readShard(deps: Desk, number: number): Promise<ReadShard> {
  const { shard, ...read } = await readWhole(deps, number);
  return { ...read, shard: only(shard, (id) => shardOf(id, deps.settings.watch.shards) === number) };
}

async function readWhole(deps: Desk, number: number): Promise<ReadShard> {
  const { version, value } = await deps.ledger.record<Pointer>(pointerKey(number));
  if (value === null) return { version, shard: EMPTY, blob: null };
  const { blob } = value;
  const anew = (why: string) => {
    deps.log.warn('the states of the watch list begin anew', { blob, error: why });
    return { version, shard: EMPTY, blob };
  };
  const bytes = await deps.blobs.get(blob);
  if (bytes === null) {
    // Whoever moved the pointer meanwhile has removed what it left.
    const now = await deps.ledger.record<Pointer>(pointerKey(number));
    return now.version === version ? anew('there is no such blob') : readWhole(deps, number);
  }
  try {
    return { version, shard: decodeShard(bytes), blob };
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    return anew(describe(error));
  }
}

/** Of all shards, as one. */
export async function readShards(deps: Desk): Promise<Shard> {
  const numbers = Array.from({ length: deps.settings.watch.shards }, (_, number) => number);
  return merged(await Promise.all(numbers.map(async (number) => (await readShard(deps, number)).shard)));
}

/**
 * Where another number of shards is configured than was written, every watch's states move to its new shard. The first shard says
 * how many there are, and is written last: until then all is still where it was, and the whole is done again.
 */
export async function regroup(deps: Desk): Promise<void> {
  const { shards } = deps.settings.watch;
  const before = await written(deps);
  if (before === null || before === shards) return;
  const old = await Promise.all(Array.from({ length: before }, (_, number) => readWhole(deps, number)));
  // A move that was broken off has left some at both places: where a watch was is what counts.
  const parts = old.map(({ shard }, number) => only(shard, (id) => shardOf(id, before) === number));
  for (let number = shards - 1; number >= 0; number -= 1) {
    const isMine = (id: string) =>
      shardOf(id, shards) === number || (number < before && shardOf(id, before) === number);
    const { version, blob } = old[number] ?? (await readWhole(deps, number));
    const shard = merged(parts.map((part) => only(part, isMine)));
    await writeShard(deps, number, { version, shard, blob }, `watch/spread/${number}-${deps.ids.next('shard')}`);
  }
  deps.log.info('the states of the watch list were spread anew', { from: before, to: shards });
}

/** How many shards there are; null for none. Each round writes all, so where none says how many there are it is those that are there. */
async function written({ ledger }: Desk): Promise<number | null> {
  const pointer = async (number: number) => (await ledger.record<Pointer>(pointerKey(number))).value;
  const first = await pointer(0);
  if (first === null) return null;
  if (first.of !== undefined) return first.of;
  let count = 1;
  while ((await pointer(count)) !== null) count += 1;
  return count;
}

/**
 * Throws `conflict` `ledger.record` where another was faster. Two rounds that write at once may take the same blob, as either's
 * states are right: what is missing in them is asked for again. Whoever writes what no round would find again names a blob `aside`, which
 * is removed when the pointer leaves it: only a crash leaves one behind.
 */
export async function writeShard(
  deps: Desk,
  number: number,
  { version, shard, blob: before }: ReadShard,
  aside: string | null = null,
): Promise<void> {
  const blob = aside ?? `watch/${number}/${(version + 1) % SLOTS}`;
  await deps.blobs.put(blob, encodeShard(shard), 'application/octet-stream');
  const value: Pointer = { blob, of: deps.settings.watch.shards };
  const head = await deps.ledger.head(STREAM);
  try {
    await deps.ledger.append({
      stream: STREAM,
      expectedVersion: head.version,
      at: deps.clock.now(),
      actor: SYSTEM,
      // Each minute moves the pointer; nothing of it belongs into the audit.
      events: [],
      records: [{ key: pointerKey(number), expectedVersion: version, value }],
    });
  } catch (error) {
    if (isRaced(error)) await leave(deps, number, blob);
    throw error;
  }
  await leave(deps, number, before);
}

/** A slot is written again; any other blob is removed, unless it is pointed to: a write may be told as raced by its own first attempt. */
async function leave(deps: Desk, number: number, blob: string | null): Promise<void> {
  if (blob === null || isSlot(blob)) return;
  try {
    const { value } = await deps.ledger.record<Pointer>(pointerKey(number));
    if (value?.blob !== blob) await deps.blobs.remove(blob);
  } catch (error) {
    // The states are where they belong: what is left over is no reason to fail.
    deps.log.warn('old states of the watch list could not be removed', { blob, error: describe(error) });
  }
}

const isSlot = (blob: string): boolean => /^watch\/\d+\//.test(blob);
