import { invalid } from '../model/errors.ts';
import type { ListOptions } from './commands/incidents.ts';
import type { Output } from './output.ts';
import type { Program } from './program.ts';
import { attempt, withClient } from './run.ts';

function addIncidents({ root, output, done }: Program): void {
  root
    .command('incidents')
    .description('list incidents, newest first')
    .option('--state <states>', 'open, acknowledged, escalated, resolved, closed; separated by commas')
    .option('--host <host>')
    .option('--service <service>')
    .option('--cluster <cluster>')
    .option('--severity <severity>', 'critical, warning, info or unknown')
    .option('--limit <number>', 'at most so many, up to 500')
    .option('--cursor <cursor>', 'the page behind this one')
    .addHelpText('after', '\nExamples:\n  $ nightshift incidents --state open,escalated --cluster blue\n')
    .action((options: ListOptions) =>
      done(
        withClient(output(), async (client) =>
          (await import('./commands/incidents.ts')).list(client, output(), options),
        ),
      ),
    );
  root
    .command('show <id>')
    .description('one incident with its evidence and timeline')
    .action((id: string) =>
      done(
        withClient(output(), async (client) => (await import('./commands/incidents.ts')).show(client, output(), id)),
      ),
    );
  root
    .command('why <id>')
    .description('why something ran or did not: each decision, rule by rule, and what came of it')
    .addHelpText('after', '\n✓ passed, ✗ refused, … held until a person or a time\n')
    .action((id: string) =>
      done(withClient(output(), async (client) => (await import('./commands/why.ts')).why(client, output(), id))),
    );
}

function addService({ root, output, done }: Program): void {
  const simple = (name: 'policies' | 'watches' | 'hosts' | 'health', description: string) =>
    root
      .command(name)
      .description(description)
      .action(() =>
        done(withClient(output(), async (client) => (await import('./commands/service.ts'))[name](client, output()))),
      );
  simple('policies', 'the policies of the active bundle');
  simple('watches', 'what is scored as it comes: series, alarms, what people said of them');
  simple('hosts', 'the inventory, as it is now');
  simple('health', 'each dependency; exit code 1 when Nightshift is down');
}

const AUDIT_HELP = `
Examples:
  $ nightshift audit verify
  $ nightshift audit verify --data /mnt/copy --key ~/nightshift-public.pem
`;

async function verify(output: Output, { data, key }: { data?: string; key?: string }): Promise<number> {
  const commands = await import('./commands/service.ts');
  if (data === undefined && key === undefined)
    return withClient(output, async (client) => commands.auditVerify(client, output));
  return attempt(output, async () => {
    if (data !== undefined) return commands.auditVerifyCopy(output, data, key ?? null);
    throw invalid('cli.data', '--key is for a data folder.', { field: '--data', expected: 'the folder to look into' });
  });
}

function addAudit({ root, output, done }: Program): void {
  root
    .command('replay <id>')
    .description('fold the events of an incident anew and compare; calls nothing outside')
    .action((id: string) =>
      done(
        withClient(output(), async (client) => (await import('./commands/service.ts')).replay(client, output(), id)),
      ),
    );
  root
    .command('audit')
    .description('the audit log')
    .command('verify')
    .description('recompute every hash, check every signed root; exit code 1 where the log was changed')
    .option('--data <folder>', 'look into this data folder, or a copy of one, and ask nobody')
    .option('--key <file>', 'with --data: the public key, exported as <data>/audit/public.pem')
    .addHelpText('after', AUDIT_HELP)
    .action((options: { readonly data?: string; readonly key?: string }) => done(verify(output(), options)));
}

/** Commands that change nothing. */
export function addReading(program: Program): void {
  addIncidents(program);
  addService(program);
  addAudit(program);
}
