import { type Output, paint, print, printJson } from '../output.ts';

export interface StartOptions {
  readonly example: boolean;
  readonly config: string | null;
  readonly data: string | null;
}

/** Runs until a signal ends it. */
export async function start(options: StartOptions): Promise<number> {
  const composition = await import('../../composition/start.ts');
  const code: unknown = await composition.start(options);
  return typeof code === 'number' ? code : 0;
}

export async function check(output: Output, options: { readonly config: string | null }): Promise<number> {
  const composition = await import('../../composition/check.ts');
  const { problems, summary } = await composition.check(options);
  if (output.json) printJson(output, { problems, summary });
  else {
    for (const problem of problems) print(output, `${paint(output, 'red', '✗')} ${problem}`);
    print(output, summary);
  }
  return problems.length === 0 ? 0 : 1;
}
