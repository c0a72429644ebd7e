import type { Approval } from './commands/actions.ts';
import type { RunOptions } from './commands/runbook.ts';
import type { Program } from './program.ts';
import { withClient } from './run.ts';

const WARM_HELP = `
The files are what \`nightshift score --state-out\` or \`score-archive.sh learn\` wrote, with the series named as Prometheus names
them, learned with the --kind, --tz and --tell of the watch, a sample each watch.step. What came since is caught up with from Prometheus and told to nobody; what is not taken is named with the reason.

  $ nightshift warm redis-ops learned/part-*
`;
const load = () => import('./commands/actions.ts');

function addWords({ root, output, done }: Program): void {
  root
    .command('ack <id>')
    .alias('acknowledge')
    .description('say that you look after it: stops the escalation')
    .action((id: string) =>
      done(withClient(output(), async (client) => (await load()).acknowledge(client, output(), id))),
    );
  root
    .command('comment <id> <words...>')
    .description('add words to the timeline')
    .action((id: string, words: string[]) =>
      done(withClient(output(), async (client) => (await load()).comment(client, output(), id, words.join(' ')))),
    );
  root
    .command('mark <id> <verdict>')
    .description('say whether the anomalies of an incident were useful or useless')
    .addHelpText('after', '\nNothing follows by itself: `nightshift watches` shows what the marks come to.\n')
    .action((id: string, verdict: string) =>
      done(withClient(output(), async (client) => (await load()).mark(client, output(), id, verdict))),
    );
  root
    .command('warm <watch> <files...>')
    .description('give a watch what was learned of its series from an archive, so that it starts ready')
    .addHelpText('after', WARM_HELP)
    .action((watch: string, files: string[]) =>
      done(
        withClient(output(), async (client) =>
          (await import('./commands/warm.ts')).warm(client, output(), watch, files),
        ),
      ),
    );
  for (const name of ['close', 'reopen'] as const)
    root
      .command(`${name} <id>`)
      .description(`${name} an incident`)
      .requiredOption('--reason <words>', 'the audit keeps it')
      .action((id: string, { reason }: { reason: string }) =>
        done(withClient(output(), async (client) => (await load())[name](client, output(), id, reason))),
      );
}

function addApproval({ root, output, done }: Program): void {
  root
    .command('approve <id>')
    .description('approve the plan that waits, exactly as it is printed')
    .option('--plan <plan>', 'where more than one waits')
    .option('--hash <hash>', 'the hash that was reviewed: refused when the plan is another by now')
    .action((id: string, options: Approval) =>
      done(withClient(output(), async (client) => (await load()).approve(client, output(), id, options))),
    );
  root
    .command('reject <id>')
    .description('reject the plan that waits')
    .requiredOption('--reason <words>', 'the audit keeps it')
    .option('--plan <plan>', 'where more than one waits')
    .option('--hash <hash>', 'the hash that was reviewed')
    .action((id: string, options: Approval) =>
      done(withClient(output(), async (client) => (await load()).reject(client, output(), id, options))),
    );
}

const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

function addRunbook({ root, output, done }: Program): void {
  const runbook = root.command('runbook').description('runbooks: list them, run one by hand');
  runbook
    .command('list')
    .description('the runbooks of the active bundle')
    .action(() =>
      done(withClient(output(), async (client) => (await import('./commands/runbook.ts')).list(client, output()))),
    );
  runbook
    .command('run <name>')
    .description('run a runbook by hand, through the same guards and audit')
    .requiredOption('--host <host>', 'host id or name; again for more, in this order', collect)
    .requiredOption('--reason <words>', 'the audit keeps it')
    .option('--param <name=value>', 'a parameter; again for more', collect)
    .option('--dry-run', 'decide everything, send nothing')
    .addHelpText(
      'after',
      "\nExamples:\n  $ nightshift runbook run restart-redis --host cache-1 --dry-run --reason 'to see'\n",
    )
    .action((name: string, options: RunOptions) =>
      done(
        withClient(output(), async (client) =>
          (await import('./commands/runbook.ts')).run(client, output(), name, options),
        ),
      ),
    );
}

/** Commands about one incident or one run. */
export function addDoing(program: Program): void {
  addWords(program);
  addApproval(program);
  addRunbook(program);
}
