import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { type ChainProblem, chainProblem, type Head } from '../../model/audit.ts';
import { sha256 } from './ledgerAppend.ts';
import type { LedgerReads } from './ledgerReads.ts';

/** Streams between two breaths, so that intake goes on while a long history is checked. */
const STREAMS_AT_ONCE = 50;

/**
 * Recomputes every chain, one stream after the other, each as it is at that moment. Looks into events and heads both, so that
 * neither a stream without a head nor a head without its stream goes unseen.
 */
export async function verifyLedger(db: DatabaseSync, reads: LedgerReads): Promise<readonly ChainProblem[]> {
  const problems: ChainProblem[] = [];
  const head = db.prepare('SELECT stream, version, hash FROM streams WHERE stream = ?');
  const next = db.prepare(`SELECT min(stream) AS stream FROM (
    SELECT min(stream) AS stream FROM streams WHERE stream > :after
    UNION ALL SELECT min(stream) FROM events WHERE stream > :after)`);
  let checked = 0;
  let stream = next.get({ after: '' })?.stream ?? null;
  while (stream !== null) {
    const name = String(stream);
    const problem = checkStream(name, reads, (head.get(name) as unknown as Head | undefined) ?? null);
    if (problem !== null) problems.push(problem);
    checked += 1;
    if (checked % STREAMS_AT_ONCE === 0) await setImmediate();
    stream = next.get({ after: name })?.stream ?? null;
  }
  return problems;
}

function checkStream(stream: string, reads: LedgerReads, head: Head | null): ChainProblem | null {
  try {
    return chainProblem(stream, reads.events(stream), head, sha256);
  } catch (error) {
    // Text that is no JSON any more is what this looks for; a disk that cannot be read is not.
    if ((error as { name?: unknown }).name !== 'SyntaxError') throw error;
    return { stream, version: 0, problem: 'an entry is not JSON' };
  }
}
