import { checkPromql } from '../language/promql.ts';
import type { Labels } from '../model/basic.ts';
import type { AlertRule } from '../model/catalogue.ts';
import type { NightshiftError } from '../model/errors.ts';
import { type AlertInput, rulesFile, testsFile } from './packSchema.ts';
import { type Path, readSource, type Source } from './source.ts';

export interface WrittenAlert extends Pick<AlertRule, 'alert' | 'expr' | 'for' | 'severity'> {
  /** The labels that are the same for every firing: the name and those without a template. */
  readonly labels: Labels;
  readonly error: (code: string, path: Path, message: string, expected?: string) => NightshiftError;
}

/** One line of pack.yaml's coverage, complaining about itself. */
export interface CoverageLine {
  readonly alert: string;
  readonly automation: AlertRule['automation'];
  readonly error: (code: string, field: string, message: string, expected?: string) => NightshiftError;
}

type Rules = typeof rulesFile extends { _zod: { output: infer Output } } ? Output : never;

/** The alerts of rules.yaml, each with a promtool test that sees it fire and one that sees it stay silent. */
export function readAlerts(rules: string, rulesPath: string, tests: string, testsPath: string): WrittenAlert[] {
  const source = readSource(rules, rulesPath, 'pack', rulesFile);
  const found = source.value.groups.flatMap(({ rules: list }, group) =>
    list.flatMap((rule, index) => {
      const path = ['groups', group, 'rules', index];
      const problem = checkPromql(rule.expr);
      if (problem !== null) throw source.error('pack.rules', [...path, 'expr'], problem, 'PromQL');
      return 'alert' in rule ? [written(rule, source, path)] : [];
    }),
  );
  refuseTwins(found);
  checkTested(found, tests, testsPath);
  return found;
}

function written(rule: AlertInput, source: Source<Rules>, path: Path): WrittenAlert {
  const constant = Object.entries(rule.labels).filter(
    ([, value]) => typeof value === 'string' && !value.includes('{{'),
  );
  const labels: Record<string, string> = {
    ...Object.fromEntries(constant.map(([name, value]) => [name, String(value)])),
    alertname: rule.alert,
  };
  return {
    alert: rule.alert,
    expr: rule.expr.trim(),
    for: rule.for,
    severity: rule.labels.severity,
    labels,
    error: (code, inner, message, expected) => source.error(code, [...path, ...inner], message, expected),
  };
}

/** Prometheus allows twins; the coverage could not tell which of them it speaks of. */
function refuseTwins(alerts: readonly WrittenAlert[]): void {
  const seen = new Set<string>();
  for (const { alert, error } of alerts) {
    if (seen.has(alert)) throw error('pack.rules', ['alert'], `${alert} is there twice`, 'a name of its own');
    seen.add(alert);
  }
}

function checkTested(alerts: readonly WrittenAlert[], tests: string, testsPath: string): void {
  const cases = readSource(tests, testsPath, 'pack', testsFile).value.tests.flatMap((group) => group.alert_rule_test);
  const fires = new Set(cases.filter((one) => one.exp_alerts.length > 0).map((one) => one.alertname));
  const silent = new Set(cases.filter((one) => one.exp_alerts.length === 0).map((one) => one.alertname));
  for (const { alert, expr, error } of alerts) {
    if (!fires.has(alert))
      throw error('pack.tests', ['alert'], `no test in ${testsPath} sees ${alert} fire`, 'exp_alerts with an alert');
    // A rule of a constant is silent under no circumstances.
    if (!silent.has(alert) && expr !== 'vector(1)') {
      throw error('pack.tests', ['alert'], `no test in ${testsPath} sees ${alert} stay silent`, 'exp_alerts: []');
    }
  }
}
