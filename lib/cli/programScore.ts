import { fstatSync } from 'node:fs';
import { failed } from '../model/errors.ts';
import type { ScoreOptions } from './commands/score.ts';
import { endQuietlyOnClosedPipe } from './output.ts';
import type { Program } from './program.ts';
import { attempt } from './run.ts';

const HELP = `
Reads series,timestamp,value from standard input and writes each row with score, severity, alarm, expected, lower, upper and
reason to standard output. Timestamps are epoch seconds or ISO 8601; an empty value or \\N is missing. Other columns are kept,
but what is called like one of the seven is replaced, and cannot be the series, the timestamp or the value. The text is UTF-8, or
UTF-16 with a byte order mark.

Examples:
  $ nightshift score < metrics.csv > scored.csv
  $ nightshift score --format jsonl --series host --value cpu < metrics.jsonl
  $ nightshift score --columns series,timestamp,value --tz Europe/Berlin --state-out state.jsonl < yesterday.csv

Exit codes: 0 all scored, 1 some rows refused (named on standard error) or not all could be read and written, 2 used wrongly,
3 stopped by --strict. The state is written where the code is 0 or where it is 1 because of rows.
`;

/** Scoring anybody's data needs no running Nightshift. */
export function addScore({ root, output, done }: Program): void {
  root
    .command('score')
    .description('score time series from standard input for anomalies')
    .option('--format <format>', 'csv, tsv or jsonl', 'csv')
    .option('--series <name>', 'column that names the series', 'series')
    .option('--timestamp <name>', 'column of the time', 'timestamp')
    .option('--value <name>', 'column of the value', 'value')
    .option('--columns <names>', 'names of the columns of a table without a header, separated by commas')
    .option('--tz <zone>', 'time zone of times without an offset, and of hours and weekdays', 'UTC')
    .option('--kind <kind>', 'gauge, or counter (scored by its rate)', 'gauge')
    .option('--max-false-alarms-per-week <number>', 'accepted per series', '1')
    .option('--tell <what>', 'all; or new: what comes back counts less and less', 'all')
    .option('--state-in <file>', 'go on from what --state-out wrote')
    .option('--state-out <file>', 'write what was learned of each series')
    .option('--strict', 'stop at the first row that cannot be read or whose time is not after the one before')
    .addHelpText('after', HELP)
    .showHelpAfterError('(see nightshift score --help; it reads standard input: nightshift score < metrics.csv)')
    .action((options: ScoreOptions) => {
      // A state that was not written must not look like one that was.
      process.stdout.off('error', endQuietlyOnClosedPipe);
      return done(
        attempt(output(), async () =>
          (await import('./commands/score.ts')).score(options, {
            input: standardInput(),
            output: process.stdout,
            errors: process.stderr,
          }),
        ),
      );
    });
}

/** Of a folder Node reads nothing, and a slip would look like a file without rows. */
function standardInput(): NodeJS.ReadableStream {
  if (!fstatSync(0).isDirectory()) return process.stdin;
  throw failed('score.input', 'standard input is a folder', {
    field: 'input',
    expected: 'a file: nightshift score < metrics.csv',
  });
}
