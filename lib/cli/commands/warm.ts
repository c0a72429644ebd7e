import type { Warmed } from '../../loop/warm.ts';
import { isNightshiftError, NightshiftError } from '../../model/errors.ts';
import type { Client } from '../client.ts';
import { type Output, oneLine, print, printJson, printTable } from '../output.ts';
import { type Batch, batchesOf, lookedAt, placed } from './warmStates.ts';

/** More of them help nobody to see what is wrong. */
const SHOWN = 20;

/**
 * Hands over what `nightshift score --state-out`, or the Spark job, has learned: all is looked at before any of it is sent. Exit code 1
 * where nothing was taken.
 */
export async function warm(client: Client, output: Output, watch: string, files: readonly string[]): Promise<number> {
  const path = `/api/watches/${encodeURIComponent(watch)}/states`;
  const left: Warmed['left'][number][] = [];
  let taken = 0;
  for await (const batch of batchesOf(await lookedAt(files))) {
    const answer = await client.send<Warmed>('POST', path, { states: batch.states }).catch((error: unknown) => {
      throw isNightshiftError(error) ? told(error, batch, taken) : error;
    });
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

/** The error with the line that the API means by `states[1]`, and what was changed before it. */
function told(error: NightshiftError, { places }: Batch, taken: number): NightshiftError {
  const { kind, code, retryable, cause } = error;
  const [, at, name] = /^states\[(\d+)\]\.(.+)$/.exec(error.field ?? '') ?? [];
  const place = at === undefined ? undefined : places[Number(at)];
  const field = place === undefined ? error.field : name;
  const where = place === undefined ? '' : `${placed(place)}: `;
  const before = taken === 0 ? '' : `; ${taken} series before it were taken`;
  return new NightshiftError(kind, code, `${where}${error.message}${before}`, {
    retryable,
    ...(field !== undefined && { field }),
    ...(error.expected !== undefined && { expected: error.expected }),
    ...(cause !== undefined && { cause }),
  });
}
