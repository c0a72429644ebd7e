import { Option } from 'commander';
import { ROLES } from '../model/token.ts';
import type { Program } from './program.ts';
import { withClient } from './run.ts';

const load = () => import('./commands/tokens.ts');

/** Who may do what: named tokens, kept as hashes. */
export function addTokens({ root, output, done }: Program): void {
  const tokens = root.command('tokens').description('named tokens with roles for the API and the CLI');
  tokens
    .command('list')
    .description('who was given a token')
    .action(() => done(withClient(output(), async (client) => (await load()).list(client, output()))));
  tokens
    .command('create <name>')
    .description('give out a token; it is printed once')
    .addOption(new Option('--role <role>', 'each may do what those before it may').choices(ROLES).makeOptionMandatory())
    .addHelpText('after', '\nExamples:\n  $ nightshift tokens create ada --role approver\n')
    .action((name: string, { role }: { role: string }) =>
      done(withClient(output(), async (client) => (await load()).create(client, output(), name, role))),
    );
  tokens
    .command('revoke <name>')
    .description('from then on it opens nothing')
    .requiredOption('--reason <words>', 'the audit keeps it')
    .action((name: string, { reason }: { reason: string }) =>
      done(withClient(output(), async (client) => (await load()).revoke(client, output(), name, reason))),
    );
}
