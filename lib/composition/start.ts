import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Settings } from '../model/settings.ts';
import { banner } from './banner.ts';
import { checkBeside, loadBundle, loadSettings } from './catalogueFiles.ts';
import { stderrLog } from './log.ts';
import { PACKS, run, type StartOptions, untilTold } from './run.ts';

/** `nightshift start`: resolves with the exit code when it is told to stop. */
export async function start(options: StartOptions): Promise<number> {
  if (options.example) return (await import('./example.ts')).startExample(options);
  const { settings, folder, file } = await settingsOf(options);
  const bundle = await loadBundle({ packsFolder: PACKS, policiesFolder: join(folder, 'policies') });
  await checkBeside(bundle, settings, file);
  const running = await run({ settings, bundle, inventoryFile: inventoryOf(folder), log: stderrLog });
  process.stdout.write(banner(running.url, settings, bundle));
  await untilTold();
  await running.stop();
  return 0;
}

/** ./nightshift.yaml where there is one; policies/ and inventory.yaml are beside it. */
export async function settingsOf(
  options: StartOptions,
): Promise<{ settings: Settings; folder: string; file: string | null }> {
  const file = options.config ?? (existsSync('nightshift.yaml') ? 'nightshift.yaml' : null);
  const folder = file === null ? process.cwd() : dirname(resolve(file));
  const read = await loadSettings(file, process.env);
  const dataFolder = resolve(options.data ?? resolve(folder, read.dataFolder));
  return { settings: { ...read, dataFolder }, folder, file };
}

function inventoryOf(folder: string): string | null {
  const file = join(folder, 'inventory.yaml');
  return existsSync(file) ? file : null;
}
