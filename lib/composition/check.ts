import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileInventory } from '../adapters/embedded/inventory.ts';
import { prometheusMetrics } from '../adapters/remote/prometheus.ts';
import { settingsFile } from '../catalogue/settingsSchema.ts';
import { readSource } from '../catalogue/source.ts';
import { fillSelector } from '../language/placeholders.ts';
import type { Bundle, Policy } from '../model/catalogue.ts';
import { describe, invalid, isNightshiftError } from '../model/errors.ts';
import type { Settings } from '../model/settings.ts';
import type { Watch } from '../model/watch.ts';
import type { Metrics } from '../ports/metrics.ts';
import { refusal } from '../verification/provable.ts';
import { checkBeside, loadBundle } from './catalogueFiles.ts';
import { PACKS, type StartOptions } from './run.ts';
import { settingsOf } from './start.ts';

const EXAMPLE = join(PACKS, '../example/packs');

function said(error: unknown): string {
  if (!isNightshiftError(error)) return describe(error);
  const place = error.field === undefined || error.message.includes(error.field) ? '' : ` (${error.field})`;
  const wanted = error.expected === undefined ? '' : `; expected ${error.expected}`;
  return `${describe(error)}${place}${wanted}`;
}

/** Any selector: what a proof can see is the same for every host. */
const ANY_HOST = 'host="any"';

/** Policies whose cure could never be proven: each run of theirs would end as inconclusive and wake a person. */
export function unprovable(policies: readonly Policy[]): string[] {
  return policies.flatMap(({ name, file, verification }) => {
    const why = refusal(fillSelector(verification.expr, ANY_HOST));
    return why === null ? [] : [`${file}: policy ${name}: verification.expr can prove nothing: ${why}`];
  });
}

/** The watch list beside the packs. Asks Prometheus, where there is one, for each watch of the operator's own: the shipped ones are tested where they are made. */
async function askWatches(settings: Settings | null, bundle: Bundle | null, file: string | null): Promise<string> {
  if (settings !== null && bundle !== null) await checkBeside(bundle, settings, file);
  if (settings === null || settings.prometheus === null || settings.watch.own.length === 0)
    return `${settings?.watch.own.length ?? 0} own watches`;
  const metrics = prometheusMetrics(settings.prometheus);
  for (const [index, watch] of settings.watch.own.entries()) {
    try {
      await askWatch(metrics, watch, settings.watch.maxSeries);
    } catch (error) {
      if (file === null || !isNightshiftError(error) || error.kind !== 'input') throw error;
      const source = readSource(await readFile(file, 'utf8'), file, 'config', settingsFile);
      throw source.error(
        error.code,
        ['watch', 'own', index, 'expr'],
        `watch ${watch.id}: ${error.message}`,
        error.expected,
      );
    }
  }
  return `${settings.watch.own.length} own watches, each answered`;
}

/** The file that `start` would read, as settingsOf chooses it. */
const configurationOf = ({ config }: StartOptions) =>
  config ?? (existsSync('nightshift.yaml') ? 'nightshift.yaml' : null);

async function askWatch(metrics: Metrics, { expr }: Watch, maxSeries: number): Promise<void> {
  const series = await metrics.instant(expr);
  if (series.length > 0 && series.length <= maxSeries) return;
  throw invalid('watch.series', `has ${series.length} series now`, { expected: `1 to ${maxSeries}` });
}

/** `nightshift check`: configuration, inventory, packs and policies, without starting anything. */
export async function check(options: StartOptions): Promise<{ problems: string[]; summary: string }> {
  const problems: string[] = [];
  const done: string[] = [];
  const attempt = async (what: string, run: () => Promise<string>) => {
    try {
      done.push(await run());
    } catch (error) {
      problems.push(`${what}: ${said(error)}`);
    }
  };
  let folder = process.cwd();
  let settings: Settings | null = null;
  let bundle: Bundle | null = null;
  await attempt('configuration', async () => {
    const found = await settingsOf(options);
    folder = found.folder;
    settings = found.settings;
    return 'configuration';
  });
  await attempt('packs and policies', async () => {
    bundle = await loadBundle({ packsFolder: PACKS, policiesFolder: join(folder, 'policies') });
    const { packs, policies, runbooks } = bundle;
    problems.push(...unprovable(policies));
    const alerts = packs.flatMap((pack) => pack.alerts).length;
    return `${packs.length} packs, ${alerts} alerts covered, ${policies.length} policies, ${Object.keys(runbooks).length} runbooks`;
  });
  await attempt('watches', () => askWatches(settings, bundle, configurationOf(options)));
  await attempt('the example', async () => {
    const { policies } = await loadBundle({ packsFolder: EXAMPLE, policiesFolder: join(EXAMPLE, '../policies') });
    problems.push(...unprovable(policies));
    return 'the example';
  });
  await attempt('inventory', async () => {
    const file = join(folder, 'inventory.yaml');
    return `${(await fileInventory(existsSync(file) ? file : null).hosts()).length} hosts`;
  });
  return { problems, summary: done.join('; ') };
}
