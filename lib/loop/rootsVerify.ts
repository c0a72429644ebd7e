import { type ChainProblem, type Head, merkleRoot, type Sha256 } from '../model/audit.ts';
import type { Millis } from '../model/basic.ts';
import { ROOT_RECORD, ROOTS, type RootBody, rootKey, rootText, type SignedRoot } from '../model/root.ts';
import type { Blobs } from '../ports/edges.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Verifier } from '../ports/signer.ts';

declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

export interface AuditSources {
  readonly ledger: Pick<Ledger, 'heads' | 'verify' | 'read' | 'record'>;
  readonly blobs: Pick<Blobs, 'get' | 'list'>;
  readonly sha256: Sha256;
  /** Null checks the chains alone. */
  readonly verifier: Verifier | null;
}

export interface AuditReport {
  readonly streams: number;
  readonly events: number;
  /** What was seen of the signed roots; null where there was no key to check them with. */
  readonly roots: {
    readonly count: number;
    readonly last: { readonly seq: number; readonly at: Millis } | null;
  } | null;
  /** The first bad place of each stream and of the roots; [] where all is whole. */
  readonly problems: readonly ChainProblem[];
}

interface Promised extends Head {
  readonly seq: number;
  readonly at: Millis;
}

/**
 * Recomputes every chain, checks every signed root, and holds each stream against what the roots saw of it: a history that was
 * cut or written anew with matching hashes is whole in itself and still not what was signed.
 */
export async function verifyAudit(sources: AuditSources): Promise<AuditReport> {
  const heads = await sources.ledger.heads();
  const problems = [...(await sources.ledger.verify())];
  const report = { streams: heads.length, events: heads.reduce((sum, { version }) => sum + version, 0) };
  if (sources.verifier === null) return { ...report, roots: null, problems };
  const { roots, problems: ofRoots } = await readRoots(sources, sources.verifier);
  problems.push(...ofRoots, ...(await unkept(sources, roots, problems)));
  const last = roots.at(-1) ?? null;
  return {
    ...report,
    roots: { count: roots.length, last: last && { seq: last.seq, at: last.at } },
    problems,
  };
}

const when = (at: Millis) => new Date(at).toISOString();
const ofRoot = (version: number, problem: string): ChainProblem => ({ stream: 'audit/roots', version, problem });

/** All roots whose signature is right, and the first thing that is wrong with their row. */
async function readRoots({ ledger, blobs, sha256 }: AuditSources, verifier: Verifier) {
  const keys = await blobs.list(ROOTS, Number.MAX_SAFE_INTEGER);
  const newest = (await ledger.record<SignedRoot>(ROOT_RECORD)).value;
  const roots: RootBody[] = [];
  const problems: ChainProblem[] = [];
  const take = (text: string | null) => {
    const seq = (roots.at(-1)?.seq ?? 0) + 1;
    const checked = checkRoot(text, roots.at(-1) ?? null, verifier, sha256);
    if (checked.problem !== null) problems.push(ofRoot(seq, checked.problem));
    if (checked.body !== null) roots.push(checked.body);
  };
  for (const key of keys) {
    const bytes = await blobs.get(key);
    take(bytes === null ? null : new TextDecoder().decode(bytes));
  }
  // A crash between the record and its copy leaves the newest root in the record alone.
  if (newest !== null && !keys.includes(rootKey(newest.body.seq))) take(JSON.stringify(newest));
  const last = roots.at(-1);
  if (last !== undefined && rootText(last) !== (newest === null ? '' : rootText(newest.body)))
    problems.push(ofRoot(last.seq, 'the newest root is not the one that the ledger keeps'));
  if (last !== undefined && merkleRoot(headsAt(roots), sha256) !== last.root)
    problems.push(ofRoot(last.seq, 'the root is not that of its heads'));
  return { roots, problems: problems.slice(0, 1) };
}

function checkRoot(text: string | null, before: RootBody | null, verifier: Verifier, sha256: Sha256) {
  const signed = text === null ? null : parsed(text);
  if (signed === null) return { body: null, problem: 'the root is not readable' };
  const { body, signature } = signed;
  if (body.keyId !== verifier.keyId)
    return { body: null, problem: `the root is signed by another key (${body.keyId})` };
  if (!verifier.verify(rootText(body), signature))
    return { body: null, problem: 'the root does not match its signature' };
  const expected = (before?.seq ?? 0) + 1;
  if (body.seq !== expected) return { body, problem: `the root is missing, found ${body.seq}` };
  const previous = before === null ? '' : sha256(rootText(before));
  return { body, problem: body.previous === previous ? null : 'the root does not continue the one before it' };
}

function parsed(text: string): SignedRoot | null {
  try {
    const { body, signature } = JSON.parse(text) as Partial<SignedRoot>;
    const shaped = typeof body === 'object' && Array.isArray(body?.heads) && typeof signature === 'string';
    return shaped ? { body, signature } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function headsAt(roots: readonly RootBody[]): Head[] {
  const from = roots.findLastIndex(({ full }) => full);
  const heads = new Map(
    roots.slice(Math.max(0, from)).flatMap((root) => root.heads.map((head) => [head.stream, head])),
  );
  return [...heads.values()].sort((a, b) => (a.stream < b.stream ? -1 : 1));
}

/** Streams whose chains are whole and which are not what a root saw. A broken chain has been told of already. */
async function unkept({ ledger }: AuditSources, roots: readonly RootBody[], told: readonly ChainProblem[]) {
  const promised = Map.groupBy(
    roots.flatMap(({ seq, at, heads }) => heads.map((head): Promised => ({ ...head, seq, at }))),
    ({ stream }) => stream,
  );
  const broken = new Set(told.map(({ stream }) => stream));
  const problems: ChainProblem[] = [];
  for (const [stream, seen] of promised) {
    if (broken.has(stream)) continue;
    const problem = unkeptBy(
      stream,
      seen,
      (await ledger.read(stream)).map(({ hash }) => hash),
    );
    if (problem !== null) problems.push(problem);
  }
  return problems;
}

function unkeptBy(stream: string, seen: readonly Promised[], hashes: readonly string[]): ChainProblem | null {
  let good = 0;
  for (const { version, hash, seq, at } of seen) {
    const root = `root ${seq} of ${when(at)}`;
    if (version > hashes.length)
      return { stream, version: hashes.length + 1, problem: `${root} saw ${version} entries, found ${hashes.length}` };
    if (hashes[version - 1] !== hash)
      return { stream, version: good + 1, problem: `entries ${good + 1} to ${version} are not those that ${root} saw` };
    good = version;
  }
  return null;
}
