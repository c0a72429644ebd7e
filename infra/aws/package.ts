import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { openApi } from '../../lib/api/openapi.ts';
import { parseSettings } from '../../lib/catalogue/settings.ts';
import { DESCRIPTION_FILE, PACKED_FILE } from '../../lib/composition/aws/packed.ts';
import { checkBeside, loadBundle } from '../../lib/composition/catalogueFiles.ts';
import { version } from '../../lib/composition/version.ts';
import { invalid } from '../../lib/model/errors.ts';
import type { Settings } from '../../lib/model/settings.ts';
import { documents } from './documents.ts';
import { roles } from './roles.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export interface PackageOptions {
  readonly stage: string;
  readonly managedTag: string;
  readonly managedValue: string;
  readonly vpc: boolean;
  /** nightshift.yaml; policies/ is beside it. Without one, what is shipped. */
  readonly config: string | null;
}

/**
 * Compiles packs, policies and settings into the file that goes with every function, describes the API in one that goes with it,
 * and gives the CloudFormation resources that follow: SSM documents and one role per function. A wrong policy or setting ends
 * the packaging with its place.
 */
export async function packageResources(
  options: PackageOptions,
): Promise<{ readonly Resources: Record<string, unknown> }> {
  const { stage, config } = options;
  const folder = config === null ? ROOT : dirname(resolve(config));
  const bundle = await loadBundle({ packsFolder: join(ROOT, 'infra/packs'), policiesFolder: join(folder, 'policies') });
  const text = config === null ? '' : readFileSync(config, 'utf8');
  const settings = withDefaults(parseSettings(text, config ?? 'nightshift.yaml', {}), stage);
  await checkBeside(bundle, settings, config);
  if (settings.cache !== null)
    throw invalid('config.cache', `${config}: cache: a function keeps its answers in itself`, {
      field: 'cache',
      expected: 'none on AWS',
    });
  write(PACKED_FILE, { bundle, settings, version });
  write(DESCRIPTION_FILE, openApi());
  const documentPrefix = `nightshift-${stage}-`;
  return { Resources: { ...roles({ ...options, documentPrefix }), ...documents(bundle, documentPrefix) } };
}

function write(file: string, value: unknown): void {
  const target = join(ROOT, file);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, JSON.stringify(value));
}

/** Where secrets are expected when the configuration names none: on AWS the webhook is never without a token. */
function withDefaults(settings: Settings, stage: string): Settings {
  const { tokens } = settings.intake;
  return {
    ...settings,
    intake: { ...settings.intake, tokens: tokens.length > 0 ? tokens : [`ssm:/nightshift/${stage}/intake-token`] },
    audit: { key: settings.audit.key ?? `ssm:/nightshift/${stage}/audit-key` },
  };
}

/** The configuration that is deployed: `NIGHTSHIFT_CONFIG`, or ./nightshift.yaml where there is one. */
export function configFile(): string | null {
  const named = process.env.NIGHTSHIFT_CONFIG;
  if (named !== undefined && named !== '') return named;
  return existsSync('nightshift.yaml') ? 'nightshift.yaml' : null;
}
