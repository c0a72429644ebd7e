import type { BacktestCommand } from './commands/backtest.ts';
import type { Program } from './program.ts';
import { attempt, EXIT } from './run.ts';

const HELP = `
What Prometheus recorded is replayed through the watch list and the policies; nothing is sent, told or written. A folder is one
with nightshift.yaml, policies/ and inventory.yaml. Without --old it is listed what the new one would have done.

Examples:
  $ nightshift backtest --from -7d
  $ nightshift backtest --from -7d --old ../before --new .
  $ nightshift backtest --from 2026-01-01T00:00:00Z --to 2026-01-08T00:00:00Z --old ../before --json
  $ nightshift backtest --samples metrics.csv --old ../before

Exit codes: 0 no difference, 1 they differ, 2 used wrongly, 3 the history could not be read.
`;

/** A backtest needs no running Nightshift. */
export function addBacktest({ root, output, done }: Program): void {
  root
    .command('backtest')
    .description('what another configuration would have done with the recorded past')
    .option('--from <time>', 'ISO 8601 (UTC where it says no other), or a length before now such as -7d')
    .option('--to <time>', 'the same', 'now')
    .option('--old <folder>', 'the configuration to compare with')
    .option('--new <folder>', 'the configuration that is tried', '.')
    .option('--prometheus <url>', 'instead of prometheus.url of the new configuration')
    .option('--learn <duration>', 'learn for so long before --from, and tell nothing of it')
    .option('--samples <file>', 'series,timestamp,value instead of Prometheus: the watch list alone')
    .addHelpText('after', HELP)
    .action((command: BacktestCommand) =>
      done(
        attempt(
          output(),
          async () =>
            (await import('./commands/backtest.ts')).backtest(output(), command, {
              now: Date.now(),
              environment: process.env,
              errors: process.stderr,
            }),
          // 1 says that they differ: what went wrong must not look like an answer.
          ({ kind }) => (kind === 'input' ? EXIT.usage : EXIT.unreachable),
        ),
      ),
    );
}
