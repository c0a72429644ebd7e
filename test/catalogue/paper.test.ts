import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { compile } from '../../lib/catalogue/compile.ts';
import { PREAMBLE } from '../../lib/catalogue/document.ts';
import { parsePack } from '../../lib/catalogue/pack.ts';
import { parsePolicies } from '../../lib/catalogue/policies.ts';
import type { Policy } from '../../lib/model/catalogue.ts';
import { demoPack, sha256 } from './fixture.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/decisions/pack-format.md'), 'utf8');
const blocks = [...page.matchAll(/```yaml\n# (pack|policies)\.yaml\n([\s\S]*?)```/g)].map(([, , text]) => text ?? '');

/** A document that takes exactly the parameters a policy hands over. */
function standIn(names: readonly string[]): string {
  const parameter = (name: string, pattern: string) =>
    `  ${name}: { type: String, description: Stand-in., interpolationType: ENV_VAR, allowedPattern: "${pattern}" }`;
  const used = names.map((name) => `echo "\${SSM_${name}:?}"`);
  const script = [...PREAMBLE, '# describe', ...used, '# assert', 'true', '# act', 'true', '# check', 'true'];
  return `schemaVersion: "2.2"
description: Stand-in.
parameters:
${[parameter('executionId', '^[a-z0-9_]{1,80}$'), parameter('notAfter', '^[0-9]{13}$'), ...names.map((name) => parameter(name, '^[a-z0-9-]{1,64}$'))].join('\n')}
mainSteps:
  - action: aws:runShellScript
    name: standIn
    inputs:
      timeoutSeconds: "60"
      runCommand:
        - |
${script.map((line) => `          ${line}`).join('\n')}
`;
}

function runbookFiles(policies: readonly Policy[]): Record<string, string> {
  return Object.fromEntries(
    policies
      .flatMap(({ runbooks }) => runbooks)
      .flatMap(({ name, parameters }) => [
        [`runbooks/${name}.yaml`, standIn(Object.keys(parameters))],
        [`runbooks/${name}.meta.yaml`, 'effect: change\nminutesSaved: 15\n'],
      ]),
  );
}

function ruleFiles(pack: string): Record<string, string> {
  const alerts = [...pack.matchAll(/alert: (\w+)/g)].map(([, alert]) => alert);
  const rules = alerts.map((alert) => ({
    alert,
    expr: 'up == 0',
    labels: { severity: 'warning', response_level: '1' },
    annotations: { summary: 's', description: 'd', runbook_url: 'u' },
  }));
  const tests = alerts.map((alertname) => ({ alert_rule_test: [{ alertname, exp_alerts: [{}] }, { alertname }] }));
  return {
    'rules.yaml': JSON.stringify({ groups: [{ name: 'paper', rules }] }),
    'rules.test.yaml': JSON.stringify({ tests }),
  };
}

describe('the manifests on paper', () => {
  test.each([
    ['kafka', 0, 3],
    ['flink', 2, 2],
    ['postgres', 4, 1],
  ])('%s is carried by the format as it is', (name, at, jobs) => {
    const [pack = '', policies = ''] = blocks.slice(at, at + 2);
    const written = parsePolicies(policies, 'policies.yaml', { pack: name }).map(({ policy }) => policy);
    const files = {
      ...ruleFiles(pack),
      ...runbookFiles(written),
      'pack.yaml': pack,
      'policies.yaml': policies,
      'backup.yaml': '',
    };
    const read = parsePack({ 'README.md': '', 'dashboard.json': '', 'scrape.yaml': '', ...files }, name, sha256);
    const bundle = compile([read, parsePack(demoPack, 'demo', sha256)], [], sha256);
    expect(read.scrape).toHaveLength(jobs);
    expect(bundle.packs.map((summary) => summary.name)).toContain(name);
    expect(bundle.policies.filter((policy) => policy.pack === name)).toHaveLength(written.length);
  });
});
