import { canonicalJson } from './canonical.ts';
import type { StoredEvent } from './incident.ts';

/** SHA-256 of the UTF-8 text, lower-case hex. Passed in: the pure rooms have no crypto of their own. */
export type Sha256 = (text: string) => string;

/** The last entry of a stream. */
export interface Head {
  readonly stream: string;
  readonly version: number;
  readonly hash: string;
}
export interface ChainProblem {
  readonly stream: string;
  readonly version: number;
  readonly problem: string;
}

/** What an entry's hash is taken over: everything but the hash itself. */
export function entryHashInput(entry: Omit<StoredEvent, 'hash'>): string {
  const { v, stream, version, at, actor, event, previous } = entry;
  return canonicalJson({ v, stream, version, at, actor, event, previous });
}

/**
 * The first break of a stream's chain, or null where it is whole. `head` is what the store believes to be the last entry
 * (null where it knows none), so that entries cut off at the end are seen too.
 */
export function chainProblem(
  stream: string,
  entries: readonly StoredEvent[],
  head: Head | null,
  sha256: Sha256,
): ChainProblem | null {
  let previous = '';
  for (const [index, entry] of entries.entries()) {
    const version = index + 1;
    const problem = entryProblem(entry, stream, version, previous, sha256);
    if (problem !== null) return { stream, version, problem };
    previous = entry.hash;
  }
  const problem = headProblem(entries.length, previous, head);
  return problem === null ? null : { stream, version: entries.length, problem };
}

function entryProblem(
  entry: StoredEvent,
  stream: string,
  version: number,
  previous: string,
  sha256: Sha256,
): string | null {
  if (entry.version !== version) return `entry ${version} is missing, found ${entry.version}`;
  if (entry.stream !== stream) return `entry belongs to stream ${entry.stream}`;
  if (sha256(entryHashInput(entry)) !== entry.hash) return 'the entry does not match its hash';
  if (entry.previous !== previous) return 'the entry does not continue the one before it';
  return null;
}

function headProblem(version: number, hash: string, head: Head | null): string | null {
  if (head === null) return version === 0 ? null : 'the stream has entries but no head';
  if (head.version !== version) return `the head says ${head.version} entries, found ${version}`;
  return head.hash === hash ? null : 'the head does not match the last entry';
}

/**
 * One hash over all heads, in the order given (the ledger gives stream order). Leaves and nodes are hashed under different
 * prefixes, so that a node can never pass for a leaf; an odd one moves up unchanged (RFC 6962, section 2.1).
 */
export function merkleRoot(heads: readonly Head[], sha256: Sha256): string {
  return rootOfLeaves(
    heads.map((head) => merkleLeaf(head, sha256)),
    sha256,
  );
}

export const merkleLeaf = ({ stream, version, hash }: Head, sha256: Sha256): string =>
  sha256(`leaf:${canonicalJson({ stream, version, hash })}`);

export function rootOfLeaves(leaves: readonly string[], sha256: Sha256): string {
  let level = leaves;
  while (level.length > 1) level = pairUp(level, sha256);
  return level[0] ?? sha256('empty');
}

function pairUp(level: readonly string[], sha256: Sha256): string[] {
  const above: string[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const left = level[at] ?? '';
    const right = level[at + 1];
    above.push(right === undefined ? left : sha256(`node:${left}${right}`));
  }
  return above;
}
