import type { Labels } from '../model/basic.ts';

/** Of the language, not of a platform; see json.ts. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const SEPARATOR = Uint8Array.of(0xff);

function feed(hash: bigint, bytes: Uint8Array): bigint {
  let sum = hash;
  for (const byte of bytes) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * PRIME);
  return sum;
}

/**
 * The fingerprint that Alertmanager gives the same labels (FNV-1a 64 over sorted names and values, each followed by 0xff:
 * `LabelSet.Fingerprint` of prometheus/common), so that a sender that leaves it out still meets the same alert.
 */
export function fingerprintOf(labels: Labels): string {
  const encoder = new TextEncoder();
  let hash = OFFSET;
  for (const name of Object.keys(labels).sort()) {
    hash = feed(feed(hash, encoder.encode(name)), SEPARATOR);
    hash = feed(feed(hash, encoder.encode(labels[name] ?? '')), SEPARATOR);
  }
  return hash.toString(16).padStart(16, '0');
}
