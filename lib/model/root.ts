import type { Head } from './audit.ts';
import type { Millis } from './basic.ts';
import { canonicalJson } from './canonical.ts';

/** What is signed each minute in which something was written. */
export interface RootBody {
  readonly v: 1;
  /** 1, 2, 3 …: a missing one is seen. */
  readonly seq: number;
  readonly at: Millis;
  readonly keyId: string;
  /** SHA-256 of the body before this one, '' for the first. */
  readonly previous: string;
  /** The Merkle root of the heads of all streams, in stream order. */
  readonly root: string;
  readonly streams: number;
  /** All heads where true (the first after a start), else those that moved since the root before. */
  readonly full: boolean;
  readonly heads: readonly Head[];
}
export interface SignedRoot {
  readonly body: RootBody;
  /** Over the canonical JSON of the body. */
  readonly signature: string;
}

/** The record that holds the newest root, whole. */
export const ROOT_RECORD = 'audit/root';
export const ROOTS = 'audit/roots/';

export const rootText = (body: RootBody): string => canonicalJson(body);

/** In key order the roots are in the order of their numbers; a thousand to a folder. */
export function rootKey(seq: number): string {
  const number = String(seq).padStart(10, '0');
  return `${ROOTS}${number.slice(0, 7)}/${number}.json`;
}
