import { type ChainProblem, chainProblem, type Head } from '../../../model/audit.ts';
import { streamPartition } from './items.ts';
import { sha256 } from './plan.ts';
import { readEvents, readHeads, type Table } from './reads.ts';
import { scanPrefix } from './scan.ts';

/**
 * Recomputes every chain. The whole table is read once to find streams that have entries but no head any more: a rare,
 * deliberate cost of an audit.
 */
export async function verifyLedger(table: Table): Promise<readonly ChainProblem[]> {
  const heads = new Map((await readHeads(table)).map((head) => [head.stream, head]));
  const streams = [...new Set([...heads.keys(), ...(await streamsWithEntries(table))])].sort();
  const problems: ChainProblem[] = [];
  for (const stream of streams) {
    const problem = await checkStream(table, stream, heads.get(stream) ?? null);
    if (problem !== null) problems.push(problem);
  }
  return problems;
}

async function streamsWithEntries(table: Table): Promise<ReadonlySet<string>> {
  const prefix = streamPartition('');
  const streams = new Set<string>();
  for await (const { pk } of scanPrefix(table, prefix, 'pk')) streams.add(String(pk?.S).slice(prefix.length));
  return streams;
}

async function checkStream(table: Table, stream: string, head: Head | null): Promise<ChainProblem | null> {
  try {
    return chainProblem(stream, await readEvents(table, stream), head, sha256);
  } catch (error) {
    // Text that is no JSON any more is what this looks for; a table that cannot be read is not.
    if ((error as { name?: unknown }).name !== 'SyntaxError') throw error;
    return { stream, version: 0, problem: 'an entry is not JSON' };
  }
}
