import { placeholdersOf } from '../language/placeholders.ts';
import type { Autonomy } from '../model/basic.ts';
import type { PackSummary } from '../model/catalogue.ts';
import { invalid } from '../model/errors.ts';
import type { Runbook } from '../model/runbook.ts';
import { type CoverageLine, readAlerts, type WrittenAlert } from './alerts.ts';
import { checkDocument } from './document.ts';
import { didYouMean } from './nearest.ts';
import { metaFile, type PackInput, packFile } from './packSchema.ts';
import { checkExpression, parsePolicies, type WrittenPolicy } from './policies.ts';
import { readSource, type Source } from './source.ts';

export type Sha256 = (text: string) => string;

/** One pack, whole in itself; `compile` joins it with the others and checks what it names elsewhere. */
export interface WrittenPack {
  readonly summary: Omit<PackSummary, 'alerts'>;
  readonly scrape: readonly { readonly job: string; readonly port: number; readonly path: string }[];
  readonly alerts: readonly WrittenAlert[];
  readonly coverage: readonly CoverageLine[];
  readonly policies: readonly WrittenPolicy[];
  readonly runbooks: readonly Runbook[];
}

const REQUIRED = ['pack.yaml', 'rules.yaml', 'rules.test.yaml', 'dashboard.json', 'scrape.yaml', 'README.md'];
const OPTIONAL = ['policies.yaml', 'exporter.yaml', 'iam.yaml', 'backup.yaml'];
const FOLDERS = ['runbooks/', 'exporter/'];

/**
 * Reads one pack from its files (path within the folder → text; a text that is not needed here may be ''). `input` errors with
 * file, line and field: `pack.file`, `pack.yaml`, `pack.unknown`, `pack.shape`, `pack.name`, `pack.indicator`, `pack.rules`,
 * `pack.tests`, `pack.autonomy`, `pack.runbook`, those of `parsePolicies` and of `checkDocument`.
 */
export function parsePack(files: Readonly<Record<string, string>>, name: string, sha256: Sha256): WrittenPack {
  const place = (path: string) => `packs/${name}/${path}`;
  checkFiles(Object.keys(files), place);
  const source = readSource(textOf(files, 'pack.yaml'), place('pack.yaml'), 'pack', packFile);
  if (source.value.name !== name) throw source.error('pack.name', ['name'], `is not the folder's name`, name);
  const { title, services, scrape, coverage } = source.value;
  return {
    summary: { name, title, services, indicators: indicatorsOf(source, name) },
    scrape: Array.isArray(scrape) ? scrape : [scrape],
    alerts: readAlerts(
      textOf(files, 'rules.yaml'),
      place('rules.yaml'),
      textOf(files, 'rules.test.yaml'),
      place('rules.test.yaml'),
    ),
    coverage: coverage.map((entry, index) => ({
      alert: entry.alert,
      automation: 'policy' in entry ? { policy: entry.policy } : { none: entry.reason },
      error: (code, field, message, expected) => source.error(code, ['coverage', index, field], message, expected),
    })),
    policies: policiesOf(files, place('policies.yaml'), name),
    runbooks: runbooksOf(files, place, name, sha256),
  };
}

const textOf = (files: Readonly<Record<string, string>>, path: string) => files[path] ?? '';

function checkFiles(paths: readonly string[], place: (path: string) => string): void {
  const known = [...REQUIRED, ...OPTIONAL];
  for (const path of paths) {
    if (known.includes(path) || FOLDERS.some((folder) => path.startsWith(folder))) continue;
    const message = `${place(path)}: a pack has no such file${didYouMean(path, known)}`;
    throw invalid('pack.file', message, { field: path, expected: `one of ${[...known, ...FOLDERS].join(', ')}` });
  }
  const missing = REQUIRED.find((path) => !paths.includes(path));
  if (missing !== undefined)
    throw invalid('pack.file', `${place(missing)} is missing`, { field: missing, expected: REQUIRED.join(', ') });
}

function indicatorsOf(source: Source<PackInput>, pack: string) {
  const seen = new Set<string>();
  return source.value.indicators.map((indicator, index) => {
    const path = ['indicators', index];
    if (seen.has(indicator.id))
      throw source.error('pack.indicator', [...path, 'id'], `${indicator.id} is there twice`, 'an id of its own');
    seen.add(indicator.id);
    checkExpression(source, 'pack.indicator', [...path, 'expr'], indicator.expr);
    if (placeholdersOf(indicator.expr).join() !== '$selector') {
      throw source.error(
        'pack.indicator',
        [...path, 'expr'],
        'would show the series of other hosts too',
        '$selector inside the braces, and no other placeholder',
      );
    }
    return { ...indicator, pack };
  });
}

/** What is shipped only watches and tells what it would do; who runs it raises it, in a policy of their own. */
const SHIPPED: readonly Autonomy[] = ['observe', 'shadow'];

function policiesOf(files: Readonly<Record<string, string>>, file: string, pack: string): WrittenPolicy[] {
  const policies = parsePolicies(textOf(files, 'policies.yaml'), file, { pack });
  for (const { policy, error } of policies) {
    if (!SHIPPED.includes(policy.autonomy))
      throw error('pack.autonomy', ['autonomy'], 'a pack does not act by itself', SHIPPED.join(' or '));
    if (Object.keys(policy.autonomyByCluster).length > 0)
      throw error('pack.autonomy', ['autonomyByCluster'], 'a pack knows no clusters', 'nothing');
  }
  return policies;
}

const RUNBOOK = /^runbooks\/([^/]+?)(\.meta)?\.yaml$/;

function runbooksOf(
  files: Readonly<Record<string, string>>,
  place: (path: string) => string,
  pack: string,
  sha256: Sha256,
): Runbook[] {
  const documents: string[] = [];
  for (const path of Object.keys(files).filter((candidate) => candidate.startsWith('runbooks/'))) {
    const [, name, meta] = RUNBOOK.exec(path) ?? [];
    const sibling = `runbooks/${name}${meta === undefined ? '.meta' : ''}.yaml`;
    if (name === undefined || !Object.hasOwn(files, sibling)) {
      const message =
        name === undefined ? `${place(path)}: is no runbook` : `${place(path)} stands alone: ${sibling} is missing`;
      throw invalid('pack.runbook', message, {
        field: path,
        expected: 'runbooks/<name>.yaml with runbooks/<name>.meta.yaml',
      });
    }
    if (meta === undefined) documents.push(name);
  }
  return documents.sort().map((name) => {
    const path = `runbooks/${name}.yaml`;
    const metaPath = `runbooks/${name}.meta.yaml`;
    const meta = readSource(textOf(files, metaPath), place(metaPath), 'pack', metaFile).value;
    return checkDocument(textOf(files, path), place(path), { ...meta, pack }, sha256);
  });
}
