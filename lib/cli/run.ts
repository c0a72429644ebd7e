import { isNightshiftError, type NightshiftError } from '../model/errors.ts';
import type { Client } from './client.ts';
import { type Output, plain } from './output.ts';

/** 0 done, 1 failed or refused, 2 used wrongly, 3 no running Nightshift reached. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const;

function codeOf(error: { readonly code: string; readonly kind: string }): number {
  if (error.code === 'cli.unreachable') return EXIT.unreachable;
  return error.kind === 'input' && /^(cli|duration|score)\./.test(error.code) ? EXIT.usage : EXIT.failed;
}

interface Told {
  readonly code: string;
  readonly message: string;
  readonly field: string | undefined;
  readonly expected: string | undefined;
}

function tell(error: Told, output: Output): void {
  const { code, message, field = null, expected = null } = error;
  if (output.json) process.stderr.write(`${JSON.stringify({ error: { code, message, field, expected } })}\n`);
  else {
    const where = field === null || message.includes(field) ? '' : ` (${field})`;
    process.stderr.write(`nightshift: ${plain(message)}${where} [${code}]\n`);
    if (expected !== null && !message.includes(expected)) process.stderr.write(`  expected: ${plain(expected)}\n`);
  }
}

/** Runs a command and turns what goes wrong into a sentence and an exit code. A defect keeps its stack. */
export async function attempt(
  output: Output,
  command: () => Promise<number>,
  exitOf: (error: NightshiftError) => number = codeOf,
): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    tell(error, output);
    return exitOf(error);
  }
}

/** The client is loaded with the first command that needs it, so that `--help` waits for nothing. */
export async function withClient(output: Output, command: (client: Client) => Promise<number>): Promise<number> {
  const { connect } = await import('./client.ts');
  return attempt(output, async () => command(await connect()));
}
