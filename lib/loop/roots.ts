import { type Head, merkleLeaf, rootOfLeaves } from '../model/audit.ts';
import { SYSTEM } from '../model/basic.ts';
import { ROOT_RECORD, type RootBody, rootKey, rootText, type SignedRoot } from '../model/root.ts';
import type { LedgerRecord } from '../ports/ledger.ts';
import type { Signer } from '../ports/signer.ts';
import type { Deps } from './deps.ts';

declare const TextEncoder: new () => { encode(text: string): Uint8Array };

type Needs = Pick<Deps, 'ledger' | 'blobs' | 'clock' | 'sha256'>;

const STREAM = 'audit';

/** Signs the heads of all streams; null where nothing was written since. Remembers the heads, so one keeper per process. */
export type RootKeeper = () => Promise<SignedRoot | null>;

/**
 * The newest root is a record of the ledger, written first and whole; the copy among the blobs follows, and one that a crash
 * left out is made at the next call. Where another keeper was faster the ledger's `conflict` is thrown and nothing is lost.
 */
export function rootKeeper(deps: Needs, signer: Signer): RootKeeper {
  const known = new Map<string, { readonly hash: string; readonly leaf: string }>();
  let copied = 0;
  return async () => {
    const record = await deps.ledger.record<SignedRoot>(ROOT_RECORD);
    const last = record.value;
    if (last !== null && last.body.seq > copied) copied = await copyOut(deps, last);
    const full = known.size === 0;
    const heads = await deps.ledger.heads();
    const moved = heads.filter(({ stream, hash }) => known.get(stream)?.hash !== hash);
    for (const head of moved) known.set(head.stream, { hash: head.hash, leaf: merkleLeaf(head, deps.sha256) });
    const leaves = heads.map(({ stream }) => known.get(stream)?.leaf ?? '');
    const root = rootOfLeaves(leaves, deps.sha256);
    if (heads.length === 0 || root === last?.body.root) return null;
    try {
      const signed = await write(deps, signer, record, { root, streams: heads.length, full, heads: moved });
      copied = await copyOut(deps, signed);
      return signed;
    } catch (error) {
      // What moved is not known to be signed: the next root holds everything again.
      known.clear();
      throw error;
    }
  };
}

interface Content {
  readonly root: string;
  readonly streams: number;
  readonly full: boolean;
  readonly heads: readonly Head[];
}

async function write(
  deps: Needs,
  signer: Signer,
  record: LedgerRecord<SignedRoot>,
  content: Content,
): Promise<SignedRoot> {
  const last = record.value?.body ?? null;
  const body: RootBody = {
    v: 1,
    seq: (last?.seq ?? 0) + 1,
    at: deps.clock.now(),
    keyId: signer.keyId,
    previous: last === null ? '' : deps.sha256(rootText(last)),
    ...content,
  };
  const signed = { body, signature: signer.sign(rootText(body)) };
  await deps.ledger.append({
    stream: STREAM,
    expectedVersion: 0,
    at: body.at,
    actor: SYSTEM,
    // No event: a root that moved a head would want a root of its own, for ever.
    events: [],
    records: [{ key: ROOT_RECORD, expectedVersion: record.version, value: signed }],
  });
  return signed;
}

async function copyOut({ blobs }: Needs, signed: SignedRoot): Promise<number> {
  const key = rootKey(signed.body.seq);
  if ((await blobs.get(key)) === null)
    await blobs.put(key, new TextEncoder().encode(JSON.stringify(signed)), 'application/json');
  return signed.body.seq;
}
