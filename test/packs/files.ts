import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { checkDocument } from '../../lib/catalogue/document.ts';

export const PACKS = fileURLToPath(new URL('../../infra/packs/', import.meta.url));
export const packNames = readdirSync(PACKS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
export const text = (...path: string[]) => readFileSync(join(PACKS, ...path), 'utf8');
export const has = (...path: string[]) => existsSync(join(PACKS, ...path));

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
export const rulesOf = (pack: string): Rule[] =>
  (parse(text(pack, 'rules.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

export interface RuleTest {
  readonly name: string;
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}
export const ruleTestsOf = (pack: string) => (parse(text(pack, 'rules.test.yaml')) as { tests: RuleTest[] }).tests;

interface Job {
  readonly job: string;
  readonly port: number;
}
export interface Manifest {
  readonly name: string;
  readonly title: string;
  readonly services: readonly string[];
  /** One job or a list of them. */
  readonly scrape: Job | readonly Job[];
  readonly indicators: readonly {
    readonly id: string;
    readonly title: string;
    readonly expr: string;
    readonly unit: string;
    readonly direction: string;
    readonly normal: string;
  }[];
  readonly coverage: readonly {
    readonly alert: string;
    readonly policy?: string;
    readonly automation?: string;
    readonly reason?: string;
  }[];
}
export const manifestOf = (pack: string) => parse(text(pack, 'pack.yaml')) as Manifest;

export const runbookNames = (pack: string) =>
  readdirSync(join(PACKS, pack, 'runbooks'))
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('.meta.yaml'))
    .map((file) => basename(file, '.yaml'));

/** As the catalogue reads it; throws what the catalogue throws. */
export function runbookOf(pack: string, name: string) {
  const meta = parse(text(pack, 'runbooks', `${name}.meta.yaml`)) as {
    effect: 'read' | 'change';
    minutesSaved: number;
  };
  return checkDocument(text(pack, 'runbooks', `${name}.yaml`), `runbooks/${name}.yaml`, { pack, ...meta }, sha256);
}

/** Path within the pack's folder → text, as the catalogue is given them. */
export const filesOf = (pack: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(PACKS, pack), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(join(PACKS, pack), join(entry.parentPath, entry.name)))
      .map((path) => [path, text(pack, path)]),
  );
