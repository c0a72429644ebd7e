import { parseDuration } from '../../language/duration.ts';
import type { Output } from '../output.ts';
import { printJson } from '../output.ts';
import { printReport } from './backtestPrint.ts';
import { spanOf } from './backtestTime.ts';

export interface BacktestCommand {
  readonly from: string;
  readonly to: string;
  readonly learn: string;
  readonly old?: string;
  readonly new: string;
  readonly prometheus?: string;
}

export interface Around {
  readonly now: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly errors: { write(text: string): unknown };
}

/** A short replay says nothing of itself; a long one where it is, each so many milliseconds. */
const TELL = 2_000;

export function teller(errors: Around['errors'], clock: () => number): (what: string, share: number) => void {
  let told = clock();
  return (what, share) => {
    if (clock() - told < TELL) return;
    told = clock();
    errors.write(`${what} ${Math.floor(Math.min(1, share) * 100)} %\n`);
  };
}

/** 0 no difference (or nothing to compare with), 1 they differ. */
export async function backtest(output: Output, command: BacktestCommand, around: Around): Promise<number> {
  const { backtest: run } = await import('../../composition/backtest.ts');
  const span = { ...spanOf(command.from, command.to, around.now), learn: parseDuration(command.learn) };
  const report = await run({
    ...span,
    old: command.old ?? null,
    new: command.new,
    prometheus: command.prometheus ?? null,
    environment: around.environment,
    progress: teller(around.errors, Date.now),
  });
  if (output.json) printJson(output, { from: span.from, to: span.to, ...report });
  else printReport(output, span, report);
  return report.comparison?.differ === true ? 1 : 0;
}
