import type { Program } from './program.ts';
import { attempt } from './run.ts';

interface LocalOptions {
  readonly example?: boolean;
  readonly config?: string;
  readonly data?: string;
}

/** Commands that need no running Nightshift. */
export function addLocal({ root, output, done }: Program): void {
  root
    .command('start')
    .description('start Nightshift on this machine; Ctrl-C ends it')
    .option('--example', 'with a toy service to kill and to see mended')
    .option('--config <file>', 'configuration, default ./nightshift.yaml')
    .option('--data <folder>', 'data folder, default ./data')
    .addHelpText('after', '\nExamples:\n  $ nightshift start\n  $ nightshift start --example\n')
    .action(({ example = false, config, data }: LocalOptions) =>
      done(
        attempt(output(), async () => {
          const { start } = await import('./commands/local.ts');
          return start({ example, config: config ?? null, data: data ?? null });
        }),
      ),
    );
  root
    .command('check')
    .description('check configuration, inventory, packs and policies without starting anything')
    .option('--config <file>', 'configuration, default ./nightshift.yaml')
    .action(({ config }: LocalOptions) =>
      done(
        attempt(output(), async () => {
          const { check } = await import('./commands/local.ts');
          return check(output(), { config: config ?? null });
        }),
      ),
    );
}
