import { type FileHandle, open } from 'node:fs/promises';
import type { Warmed } from '../../loop/warm.ts';
import { invalid } from '../../model/errors.ts';
import type { Client } from '../client.ts';
import { type Output, oneLine, print, printJson, printTable } from '../output.ts';

/** States of one request: about two megabytes. */
const BATCH = 500;
const EXPECTED = 'what nightshift score --state-out or the Spark job wrote';
/** More of them help nobody to see what is wrong. */
const SHOWN = 20;

/** Hands over what `nightshift score --state-out`, or the Spark job, has learned. Exit code 1 where nothing was taken. */
export async function warm(client: Client, output: Output, watch: string, files: readonly string[]): Promise<number> {
  const path = `/api/watches/${encodeURIComponent(watch)}/states`;
  const left: Warmed['left'][number][] = [];
  let taken = 0;
  for await (const states of batches(files)) {
    const answer = await client.send<Warmed>('POST', path, { states });
    taken += answer.taken;
    left.push(...answer.left);
  }
  if (output.json) printJson(output, { taken, left });
  else {
    print(
      output,
      `${watch}: ${taken} series start with what was learned of them, ${left.length} were left as they are`,
    );
    if (left.length > 0)
      printTable(
        output,
        ['SERIES', 'WHY NOT'],
        left.slice(0, SHOWN).map(({ series, why }) => [oneLine(series), why]),
      );
    if (left.length > SHOWN) print(output, `and ${left.length - SHOWN} more; --json names them all`);
  }
  return taken > 0 ? 0 : 1;
}

async function* batches(files: readonly string[]): AsyncGenerator<unknown[]> {
  let batch: unknown[] = [];
  for (const file of files) {
    let number = 0;
    for await (const line of (await opened(file)).readLines()) {
      number += 1;
      if (line === '') continue;
      batch.push(parsed(line, file, number));
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

async function opened(file: string): Promise<FileHandle> {
  const handle = await open(file).catch((cause: unknown) => {
    throw invalid('cli.states', `${file} cannot be read`, { field: 'files', expected: EXPECTED, cause });
  });
  if (!(await handle.stat()).isDirectory()) return handle;
  await handle.close();
  throw invalid('cli.states', `${file} is a folder`, { field: 'files', expected: `${EXPECTED}: ${file}/part-*` });
}

function parsed(line: string, file: string, number: number): unknown {
  try {
    // How it was learned is a matter of the file: the watch is asked for what it needs.
    const { series, last, state } = JSON.parse(line) as Record<string, unknown>;
    return { series, last, state };
  } catch (cause) {
    throw invalid('cli.states', `${file}, line ${number}: it is no state`, {
      field: 'files',
      expected: EXPECTED,
      cause,
    });
  }
}
