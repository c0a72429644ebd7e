import { Command, CommanderError } from 'commander';
import { addScore } from '../../lib/cli/programScore.ts';
import { EXIT } from '../../lib/cli/run.ts';

/**
 * `nightshift score` and nothing else, with the same options and exit codes: what is bundled into one file and sent to the
 * executors of a cluster.
 */
async function main(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  const root = new Command('nightshift').exitOverride();
  addScore({
    root,
    output: () => ({ json: false, colours: false, write: (text) => void process.stdout.write(text) }),
    done: async (promised) => {
      code = await promised;
    },
  });
  try {
    await root.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  return code;
}

process.exitCode = await main(process.argv.slice(2));
