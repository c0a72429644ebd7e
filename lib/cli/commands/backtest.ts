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

/** Told anew after each tenth. */
function teller(errors: Around['errors']): (what: string, share: number) => void {
  let told = '';
  return (what, share) => {
    const line = `${what} ${Math.min(100, Math.floor(share * 10) * 10)} %\n`;
    if (line !== told) errors.write(line);
    told = line;
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
    progress: teller(around.errors),
  });
  if (output.json) printJson(output, { from: span.from, to: span.to, ...report });
  else printReport(output, span, report);
  return report.comparison?.differ === true ? 1 : 0;
}
