import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { dashboardText } from '../../infra/dashboards.ts';
import { compile } from '../../lib/catalogue/compile.ts';
import { parsePack } from '../../lib/catalogue/pack.ts';
import { parsePolicies } from '../../lib/catalogue/policies.ts';
import { accepts } from '../../lib/language/parameters.ts';
import { fillSelector } from '../../lib/language/placeholders.ts';
import { checkPromql, selectorsOf } from '../../lib/language/promql.ts';
import {
  filesOf,
  has,
  manifestOf,
  packNames,
  rulesOf,
  ruleTestsOf,
  runbookNames,
  runbookOf,
  sha256,
  text,
} from './files.ts';

const policiesOf = (pack: string) =>
  parsePolicies(text(pack, 'policies.yaml'), 'policies.yaml', { pack }).map((one) => one.policy);
const metricsOf = (expr: string) =>
  selectorsOf(expr).map(({ selector }) => /^[a-zA-Z_:][\w:]*/.exec(selector)?.[0] ?? selector);

test('the packs are there', () => {
  expect(packNames).toEqual(expect.arrayContaining(['kafka', 'node', 'redis', 'spark']));
});

/** What every process of its kind exposes, whatever it is. */
const ANYBODYS = /^(up|scrape_\w+|process_\w+|jvm_\w+|go_\w+|python_\w+)$/;

// The watch list asks over all hosts: one pack would watch the processes of the others under its own name.
test.each(packNames)('%s asks for its own processes where a metric is everybody’s', (pack) => {
  const asked = manifestOf(pack).indicators.flatMap(({ id, expr }) =>
    selectorsOf(fillSelector(expr, '')).map(({ selector }) => ({ id, selector })),
  );
  const anybodys = asked.filter(({ selector }) => ANYBODYS.test(metricsOf(selector)[0] ?? ''));
  for (const { id, selector } of anybodys)
    expect({ id, selector }).toEqual({ id, selector: expect.stringMatching(/job=/) });
});

test('all packs together are what the catalogue accepts, under a hash of their own', () => {
  const packs = packNames.map((name) => parsePack(filesOf(name), name, sha256));
  const bundle = compile(packs, [], sha256);
  expect(bundle.packs.map((pack) => pack.name)).toEqual([...packNames].sort());
  expect(bundle.policies.map((policy) => policy.name)).toEqual(
    expect.arrayContaining(['restart-redis', 'free-log-space']),
  );
  expect(compile(packs.slice(1), [], sha256).hash).not.toBe(bundle.hash);
});

describe.each(packNames)('pack %s', (pack) => {
  const manifest = manifestOf(pack);
  const rules = rulesOf(pack);

  test('has every part', () => {
    const parts = [
      'pack.yaml',
      'rules.yaml',
      'rules.test.yaml',
      'policies.yaml',
      'dashboard.json',
      'scrape.yaml',
      'exporter.yaml',
      'iam.yaml',
      'README.md',
    ];
    expect(parts.filter((part) => !has(pack, part))).toEqual([]);
    expect(manifest.name).toBe(pack);
  });

  test('covers each alert once, by a policy of its own that matches it or by a reason', () => {
    expect(manifest.coverage.map((one) => one.alert).sort()).toEqual(rules.map((rule) => rule.alert).sort());
    const policies = policiesOf(pack);
    for (const { alert, policy, automation, reason } of manifest.coverage) {
      if (policy === undefined) {
        expect([alert, automation, (reason ?? '').length > 10]).toEqual([alert, 'none', true]);
        continue;
      }
      const matcher = policies.find((one) => one.name === policy)?.match.find((one) => one.label === 'alertname');
      expect([alert, matcher?.value.split('|').includes(alert)]).toEqual([alert, true]);
    }
  });

  test('every alert says what it is, how bad it is, and where to read on', () => {
    const readme = text(pack, 'README.md');
    for (const { alert, labels, annotations } of rules) {
      expect([alert, labels.severity]).toEqual([alert, expect.stringMatching(/^(critical|warning|info)$/)]);
      expect([alert, labels.response_level]).toEqual([alert, expect.stringMatching(/^[123]$/)]);
      expect([alert, labels.resource]).toEqual([alert, expect.stringMatching(/^[a-z-]+$/)]);
      expect([alert, annotations.summary, annotations.description]).not.toContain(undefined);
      expect(annotations.runbook_url).toBe(`infra/packs/${pack}/README.md#${alert.toLowerCase()}`);
      expect(readme).toContain(`\n### ${alert}\n`);
    }
  });

  test('every rule is PromQL, and has a test that fires and one that stays silent', () => {
    const tests = ruleTestsOf(pack).flatMap((one) => one.alert_rule_test);
    for (const { alert, expr } of rules) {
      expect([alert, checkPromql(expr)]).toEqual([alert, null]);
      const mine = tests.filter((one) => one.alertname === alert);
      expect([alert, mine.some((one) => one.exp_alerts.length > 0)]).toEqual([alert, true]);
      // vector(1) has no silence to be tested.
      if (alert !== 'Watchdog') expect([alert, mine.some((one) => one.exp_alerts.length === 0)]).toEqual([alert, true]);
    }
  });

  test('every indicator is PromQL of the affected host and service', () => {
    for (const { id, expr, direction } of manifest.indicators) {
      expect([id, checkPromql(fillSelector(expr, 'host="h",service="s"'))]).toEqual([id, null]);
      expect(['high', 'low', 'both']).toContain(direction);
      expect([id, metricsOf(expr.replaceAll('$selector', 'host="h"')).length]).not.toEqual([id, 0]);
    }
    expect(new Set(manifest.indicators.map((one) => one.id)).size).toBe(manifest.indicators.length);
  });

  test('every document has the allowed form, with its statements in iam.yaml', () => {
    const { runbooks } = parse(text(pack, 'iam.yaml')) as { runbooks: Record<string, { Resource: string[] }[]> };
    for (const name of runbookNames(pack)) expect(runbookOf(pack, name)).toMatchObject({ name, pack });
    expect(Object.keys(runbooks).sort()).toEqual(runbookNames(pack).sort());
    for (const [name, statements] of Object.entries(runbooks)) {
      expect(statements.flatMap((one) => one.Resource)).not.toContain('*');
      expect(JSON.stringify(statements)).toContain(`:document/nightshift-${name}"`);
    }
  });

  test('every policy is in shadow, names runbooks that exist, and gives them values they accept', () => {
    for (const policy of policiesOf(pack)) {
      expect([policy.name, policy.autonomy]).toEqual([policy.name, 'shadow']);
      expect([policy.name, policy.preconditions.length]).not.toEqual([policy.name, 0]);
      for (const { name, parameters } of policy.runbooks) {
        const declared = runbookOf(pack, name).parameters;
        const given = Object.keys(parameters);
        const needed = declared.filter(
          (one) => one.default === null && !['executionId', 'notAfter'].includes(one.name),
        );
        expect([policy.name, needed.filter((one) => !given.includes(one.name))]).toEqual([policy.name, []]);
        for (const [key, value] of Object.entries(parameters)) {
          const parameter = declared.find((one) => one.name === key);
          const accepted = parameter !== undefined && (typeof value !== 'string' || accepts(parameter, value));
          expect([policy.name, key, accepted]).toEqual([policy.name, key, true]);
        }
      }
    }
  });

  test('the dashboard is the one made from the indicators, and asks for no other metric', () => {
    expect(JSON.parse(text(pack, 'dashboard.json'))).toEqual(JSON.parse(dashboardText(manifest)));
    const known = new Set(
      manifest.indicators.flatMap((one) => metricsOf(one.expr.replaceAll('$selector', 'host="h"'))),
    );
    const { panels } = JSON.parse(text(pack, 'dashboard.json')) as { panels: { targets: { expr: string }[] }[] };
    const drawn = panels.flatMap((panel) => panel.targets).flatMap((target) => metricsOf(target.expr));
    expect(drawn.filter((metric) => !known.has(metric))).toEqual([]);
    expect(panels).toHaveLength(manifest.indicators.length);
  });

  test('the scrape job sets the labels by which everything is found, and never asks faster than every 5 s', () => {
    const { scrape_configs: jobs } = parse(text(pack, 'scrape.yaml')) as {
      scrape_configs: { job_name: string; scrape_interval: string; relabel_configs: { target_label: string }[] }[];
    };
    const wanted = [manifest.scrape].flat().map(({ job }) => job);
    expect(jobs.map((job) => job.job_name)).toEqual(wanted);
    for (const job of jobs) {
      const labels = job.relabel_configs.map((one) => one.target_label);
      expect(labels).toEqual(expect.arrayContaining(['host', 'service', 'cluster', 'instance_id']));
      expect(Number.parseInt(job.scrape_interval, 10)).toBeGreaterThanOrEqual(5);
    }
  });
});

describe('parameters refuse what they must', () => {
  const HOSTILE = [
    '',
    '$(touch x)',
    '`id`',
    'a;b',
    'a b',
    "a'b",
    'a\nb',
    '-rf',
    '../x',
    '/etc/passwd',
    '/tmp/../etc',
    '/tmp/.ssh',
    '/var/log/',
  ];
  const cases: readonly [string, string, string, readonly string[], readonly string[]][] = [
    [
      'node',
      'free-disk-space',
      'path',
      ['/tmp', '/var/log', '/var/cache/apt/archives', '/tmp/a_b-c.d'],
      ['/', '/var', '/var/lib', '/tmpx', '/home'],
    ],
    ['node', 'free-disk-space', 'olderThanDays', ['0', '7', '369'], ['-1', '1000', '07', '1.5']],
    ['node', 'free-disk-space', 'maxFiles', ['1', '10000'], ['0', '10001', '99999']],
    [
      'node',
      'restart-unit',
      'unit',
      ['nginx', 'my-app.service', 'chrony'],
      ['nginx.timer', 'a@b', 'A', 'nginx.service.service'],
    ],
    ['node', 'restart-unit', 'onlyWhenFailed', ['yes', 'no'], ['YES', 'true']],
    ['node', 'stop-runaway-process', 'process', ['listed', 'stress-ng', 'python3.11'], ['1234567890123456', '.x']],
    ['node', 'stop-runaway-process', 'percent', ['10', '999'], ['9', '1000', '0']],
    ['node', 'stop-runaway-process', 'by', ['cpu', 'memory'], ['disk']],
    ['node', 'rotate-logs', 'config', ['all', 'rsyslog', 'my.conf'], ['/etc/x', '.hidden']],
    ['kafka', 'restart-broker', 'service', ['kafka', 'kafka-orders'], ['Kafka', 'kafka_1']],
    ['kafka', 'rolling-restart-step', 'hosts', ['all', '1', '9', '12'], ['0', '100', 'ALL', '01']],
    ['kafka', 'rolling-restart-step', 'unit', ['kafka', 'kafka@2'], ['kafka.service', 'Kafka']],
    ['kafka', 'collect-kafka-diagnostics', 'lines', ['1', '60', '500'], ['0', '501', '06']],
    ['spark', 'restart-worker', 'service', ['spark-worker', 'spark-worker-2'], ['Spark', 'spark_worker']],
    ['spark', 'decommission-worker', 'unit', ['spark-worker', 'spark-worker@2'], ['spark-worker.service', '@2']],
    ['spark', 'collect-spark-diagnostics', 'lines', ['1', '80', '500'], ['0', '501', '08']],
    ['redis', 'restart-redis', 'service', ['redis', 'redis-sessions'], ['Redis', 'redis_1']],
    ['redis', 'restart-redis', 'unit', ['redis-server', 'redis@6380'], ['redis-server.service', '@x']],
    ['redis', 'restart-redis', 'port', ['6379', '17001'], ['0', '06379', '123456', 'x']],
    ['redis', 'flush-cache', 'confirm', ['flush-the-cache'], ['yes', 'flush-the-cache ']],
    ['redis', 'set-maxmemory', 'maxmemory', ['keep', '256'], ['0', '1gb', '-1']],
    ['redis', 'set-maxmemory', 'policy', ['keep', 'allkeys-lru', 'noeviction'], ['lru', 'allkeys']],
  ];
  test.each(cases)('%s/%s %s', (pack, runbook, name, accepted, rejected) => {
    const parameter = runbookOf(pack, runbook).parameters.find((one) => one.name === name);
    if (!parameter) throw new Error(`${runbook} declares no ${name}`);
    expect(accepted.filter((value) => !accepts(parameter, value))).toEqual([]);
    expect([...rejected, ...HOSTILE].filter((value) => accepts(parameter, value))).toEqual([]);
  });
});
