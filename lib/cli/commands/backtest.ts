import type { BacktestReport } from '../../composition/backtest.ts';
import { parseDuration } from '../../language/duration.ts';
import { invalid } from '../../model/errors.ts';
import type { Output } from '../output.ts';
import { printJson } from '../output.ts';
import { type Bounds, printReport } from './backtestPrint.ts';
import { samplesIn } from './backtestSamples.ts';
import { spanOf, spanOfSamples } from './backtestTime.ts';

export interface BacktestCommand {
  readonly from?: string;
  readonly to: string;
  readonly learn?: string;
  readonly old?: string;
  readonly new: string;
  readonly prometheus?: string;
  /** A file instead of Prometheus. */
  readonly samples?: string;
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
  const { backtest: run, backtestArchive } = await import('../../composition/backtest.ts');
  const sides = { old: command.old ?? null, new: command.new, environment: around.environment };
  if (command.samples !== undefined) {
    checkAlone(command);
    const span = spanOfSamples(command.from, command.to, around.now);
    const refused = (text: string) => void around.errors.write(text);
    const samples = samplesIn(command.samples, span, refused);
    const report = await backtestArchive({ ...sides, from: span.from ?? Number.NEGATIVE_INFINITY }, samples);
    return tell(output, span, report);
  }
  const span = spanOf(command.from, command.to, around.now);
  const report = await run({
    ...sides,
    ...span,
    learn: parseDuration(command.learn ?? '0'),
    prometheus: command.prometheus ?? null,
    progress: teller(around.errors, Date.now),
  });
  return tell(output, span, report);
}

/** Throws `input` `backtest.samples` for what a file has no part in: it would be done without in silence. */
function checkAlone(command: BacktestCommand): void {
  const refuse = (field: string, expected: string) => {
    throw invalid('backtest.samples', `${field} has no part in a backtest of --samples`, { field, expected });
  };
  if (command.learn !== undefined) refuse('--learn', 'no --learn: of a file all that is before --from is learned from');
  if (command.prometheus !== undefined) refuse('--prometheus', 'either of the two');
}

function tell(output: Output, span: Bounds, report: BacktestReport): number {
  if (output.json) printJson(output, { ...span, ...report });
  else printReport(output, span, report);
  return report.comparison?.differ === true ? 1 : 0;
}
