import { SYSTEM } from '../model/basic.ts';
import { describe, isNightshiftError } from '../model/errors.ts';
import { decodeShard, EMPTY, encodeShard, type Shard } from '../watch/shard.ts';
import type { Desk } from './deps.ts';

const STREAM = 'watch';
/** Older blobs of a shard that stay: whoever reads one has this many rounds to finish. */
const SLOTS = 8;

/** Which blob holds the states of a shard now. Written by compare-and-set, so that one round counts once. */
interface Pointer {
  readonly blob: string;
}
const pointerKey = (shard: number) => `watch/${shard}`;

export interface ReadShard {
  /** Of the pointer: what a write must find unchanged. */
  readonly version: number;
  readonly shard: Shard;
}

/** A shard that is lost or of another version begins anew: its series learn again from their past. */
export async function readShard(deps: Desk, number: number): Promise<ReadShard> {
  const { version, value } = await deps.ledger.record<Pointer>(pointerKey(number));
  const bytes = value === null ? null : await deps.blobs.get(value.blob);
  if (value === null || bytes === null) return { version, shard: EMPTY };
  try {
    return { version, shard: decodeShard(bytes) };
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    deps.log.warn('the states of the watch list begin anew', { blob: value.blob, error: describe(error) });
    return { version, shard: EMPTY };
  }
}

/**
 * Throws `conflict` `ledger.record` where another was faster. Two rounds that write at once may take the same blob, as either's
 * states are right: what is missing in them is asked for again. Whoever writes what no round would find again names a blob `aside`.
 */
export async function writeShard(
  deps: Desk,
  number: number,
  { version, shard }: ReadShard,
  aside: string | null = null,
): Promise<void> {
  const blob = aside ?? `watch/${number}/${(version + 1) % SLOTS}`;
  await deps.blobs.put(blob, encodeShard(shard), 'application/octet-stream');
  const value: Pointer = { blob };
  const head = await deps.ledger.head(STREAM);
  await deps.ledger.append({
    stream: STREAM,
    expectedVersion: head.version,
    at: deps.clock.now(),
    actor: SYSTEM,
    // Each minute moves the pointer; nothing of it belongs into the audit.
    events: [],
    records: [{ key: pointerKey(number), expectedVersion: version, value }],
  });
}
