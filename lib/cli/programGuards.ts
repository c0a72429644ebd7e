import type { Command } from 'commander';
import type { StopOptions, WindowOptions } from './commands/guards.ts';
import type { Program } from './program.ts';
import { withClient } from './run.ts';

const load = () => import('./commands/guards.ts');

function addStop({ root, output, done }: Program): void {
  root
    .command('stop')
    .description('the global stop: nothing is sent while it stands; alone it tells what stands')
    .option('--for <duration>', 'such as 30m or 4h, default 1h')
    .option('--reason <words>', 'the audit keeps it')
    .option('--lift', 'end the stop')
    .addHelpText(
      'after',
      "\nExamples:\n  $ nightshift stop --for 1h --reason 'change night'\n  $ nightshift stop --lift --reason done\n",
    )
    .action((options: StopOptions) =>
      done(withClient(output(), async (client) => (await load()).stop(client, output(), options))),
    );
}

const EXAMPLES = `
Examples:
  $ nightshift windows add maintenance --host db-1 --for 2h --reason 'disk swap'
  $ nightshift windows add freeze --days fri,sat,sun --at 18:00 --zone Europe/Berlin --for 12h --reason weekend
`;

function addWindowOptions(command: Command): Command {
  return command
    .option('--from <time>', 'ISO 8601, default now')
    .option('--until <time>', 'ISO 8601')
    .option('--for <duration>', 'instead of --until; with --days the length of each')
    .option('--days <days>', 'weekly: mon,tue,…')
    .option('--at <time>', 'weekly: local time, such as 22:30')
    .option('--zone <zone>', 'weekly: IANA zone, such as Europe/Berlin')
    .option('--cluster <cluster>', 'only this cluster')
    .option('--host <host>', 'only this host')
    .option('--service <service>', 'only this service')
    .requiredOption('--reason <words>', 'the audit keeps it')
    .addHelpText('after', EXAMPLES);
}

function addWindows({ root, output, done }: Program): void {
  const windows = root.command('windows').description('maintenance and freeze windows');
  windows
    .command('list')
    .description('all windows')
    .action(() => done(withClient(output(), async (client) => (await load()).listWindows(client, output()))));
  addWindowOptions(
    windows.command('add <kind>').description('maintenance (nothing runs) or freeze (nothing that changes state runs)'),
  ).action((kind: string, options: WindowOptions) =>
    done(withClient(output(), async (client) => (await load()).addWindow(client, output(), kind, options))),
  );
  windows
    .command('remove <id>')
    .description('remove a window')
    .action((id: string) =>
      done(withClient(output(), async (client) => (await load()).removeWindow(client, output(), id))),
    );
}

function addDemotions({ root, output, done }: Program): void {
  const demotions = root.command('demotions').description('policies that lost their autonomy');
  demotions
    .command('list')
    .description('all demotions')
    .action(() => done(withClient(output(), async (client) => (await load()).listDemotions(client, output()))));
  demotions
    .command('lift <policy> <cluster>')
    .description('give a policy its autonomy back')
    .requiredOption('--reason <words>', 'the audit keeps it')
    .action((policy: string, cluster: string, { reason }: { reason: string }) =>
      done(
        withClient(output(), async (client) => (await load()).liftDemotion(client, output(), policy, cluster, reason)),
      ),
    );
}

/** Commands about what may run. */
export function addGuards(program: Program): void {
  addStop(program);
  addWindows(program);
  addDemotions(program);
}
