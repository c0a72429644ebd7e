import { createHash } from 'node:crypto';
import { PREAMBLE } from '../../lib/catalogue/document.ts';

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The text with one passage replaced; a passage that is not there is the test's own mistake. */
export function replaced(text: string, passage: string, by: string): string {
  if (!text.includes(passage)) throw new Error(`the fixture does not contain ${passage}`);
  return text.replace(passage, () => by);
}

const indented = (lines: readonly string[]) => lines.map((line) => `          ${line}`).join('\n');

const document = `schemaVersion: "2.2"
description: Restarts the service.
parameters:
  executionId:
    { type: String, description: Names the execution., interpolationType: ENV_VAR, allowedPattern: "^[a-z0-9_]{1,80}$" }
  notAfter:
    { type: String, description: Latest beginning., interpolationType: ENV_VAR, allowedPattern: "^[0-9]{13}$" }
  unit:
    { type: String, description: Which unit., interpolationType: ENV_VAR, allowedPattern: "^[a-z-]{1,40}$" }
  how:
    { type: String, description: How., interpolationType: ENV_VAR, allowedValues: [soft, hard], default: soft }
mainSteps:
  - action: aws:runShellScript
    name: restart
    inputs:
      timeoutSeconds: "60"
      runCommand:
        - |
${indented([...PREAMBLE, '# describe', `printf '%s\\n' "\${SSM_unit:?}" "\${SSM_how:?}"`, '# assert', 'true', '# act', 'true', '# check', 'true'])}
`;

const pack = `name: demo
title: Demo
services: [demo]
scrape: { job: demo, port: 9000 }
indicators:
  - { id: demo-up, title: Answers, expr: 'demo_up{$selector}', unit: "", direction: low, normal: "1" }
coverage:
  - { alert: DemoDown, policy: restart-demo }
  - { alert: DemoSlow, automation: none, reason: It mends itself. }
`;

const rules = `groups:
  - name: demo
    rules:
      - alert: DemoDown
        expr: demo_up == 0
        for: 1m
        labels: { severity: critical, response_level: "2" }
        annotations: { summary: down, description: it is down, runbook_url: README.md#demodown }
      - alert: DemoSlow
        expr: rate(demo_seconds_sum[5m]) > 1
        labels: { severity: warning, response_level: "1" }
        annotations: { summary: slow, description: it is slow, runbook_url: README.md#demoslow }
      - record: demo:up
        expr: avg(demo_up)
`;

const tests = `tests:
  - alert_rule_test:
      - { eval_time: 5m, alertname: DemoDown, exp_alerts: [{ exp_labels: {} }] }
      - { eval_time: 6m, alertname: DemoDown, exp_alerts: [] }
      - { eval_time: 5m, alertname: DemoSlow, exp_alerts: [{ exp_labels: {} }] }
      - { eval_time: 6m, alertname: DemoSlow }
`;

export const policies = `policies:
  - name: restart-demo
    match: 'alertname="DemoDown", severity=~"critical|warning"'
    runbooks:
      - { name: restart-demo, parameters: { unit: demo } }
    preconditions:
      - { id: others-up, expr: 'min(demo_up{$others})', is: "== 1", why: One at a time. }
    verification: { expr: 'demo_up{$selector}', is: "== 1" }
`;

export const demoPack = {
  'pack.yaml': pack,
  'rules.yaml': rules,
  'rules.test.yaml': tests,
  'policies.yaml': policies,
  'dashboard.json': '{}',
  'scrape.yaml': '',
  'README.md': '# Demo',
  'runbooks/restart-demo.yaml': document,
  'runbooks/restart-demo.meta.yaml': 'effect: change\nminutesSaved: 10\n',
};

/** The pack with one passage of one file replaced. */
export function packWith(file: keyof typeof demoPack, passage: string, by: string): Record<string, string> {
  return { ...demoPack, [file]: replaced(demoPack[file], passage, by) };
}
