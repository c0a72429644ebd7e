import { Command, CommanderError } from 'commander';
import { version } from '../composition/version.ts';
import { endQuietlyOnClosedPipe } from './output.ts';
import type { Program } from './program.ts';
import { addBacktest } from './programBacktest.ts';
import { addDoing } from './programDoing.ts';
import { addGuards } from './programGuards.ts';
import { addLocal } from './programLocal.ts';
import { addReading } from './programReading.ts';
import { addScore } from './programScore.ts';
import { addTokens } from './programTokens.ts';
import { EXIT } from './run.ts';

/** Every command is added by one of these. */
export const GROUPS = [addLocal, addReading, addDoing, addGuards, addTokens, addScore, addBacktest] as const;

const HELP = `
Examples:
  $ nightshift start --example                 close the loop before your eyes
  $ nightshift incidents --state open
  $ nightshift why inc_0mq3x                   why something ran or did not
  $ nightshift approve inc_0mq3x
  $ nightshift runbook run restart-redis --host cache-1 --reason 'stuck after upgrade'
  $ nightshift stop --for 1h --reason 'change night'

Finds the running Nightshift by NIGHTSHIFT_URL and NIGHTSHIFT_TOKEN, by NIGHTSHIFT_DATA, by dataFolder in nightshift.yaml or by data/,
here or above.
Exit codes: 0 done, 1 failed or refused, 2 used wrongly, 3 no running Nightshift reached.
`;

function coloursWanted(option: unknown): boolean {
  return option !== false && process.stdout.isTTY === true && !process.env.NO_COLOR;
}

function createRoot(): Command {
  return new Command('nightshift')
    .description('From an alert to a proven cure.')
    .version(version)
    .option('--json', 'print JSON, for programs')
    .option('--no-color', 'no colours; also NO_COLOR=1')
    .addHelpText('after', HELP)
    .showHelpAfterError('(see nightshift --help)')
    .showSuggestionAfterError()
    .exitOverride();
}

/** Commander says what was wrong itself; help and version are no errors. */
function usageCode(error: unknown): number {
  if (!(error instanceof CommanderError)) throw error;
  return error.exitCode === 0 ? EXIT.done : EXIT.usage;
}

/** The `nightshift` command. Resolves with its exit code; writes to stdout what was asked for, to stderr what went wrong. */
export async function main(argv: string[]): Promise<number> {
  process.stdout.on('error', endQuietlyOnClosedPipe);
  let code: number = EXIT.done;
  const root = createRoot();
  const program: Program = {
    root,
    output: () => ({
      json: root.opts().json === true,
      colours: coloursWanted(root.opts().color),
      write: (text) => void process.stdout.write(text),
    }),
    done: async (promised) => {
      code = await promised;
    },
  };
  for (const add of GROUPS) add(program);
  if (argv.length === 0) {
    root.outputHelp();
    return EXIT.usage;
  }
  try {
    await root.parseAsync(argv, { from: 'user' });
  } catch (error) {
    return usageCode(error);
  }
  return code;
}
