import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type TierFiles, tierConfig } from '../../lib/composition/tierConfig.ts';
import { PACKS, packNames } from '../packs/files.ts';

const PACKAGES = { promtool: 'prometheus', amtool: 'prometheus-alertmanager' } as const;

/** Output of a tool that must succeed; a tool that is missing is an error, never a skipped test. */
function run(tool: keyof typeof PACKAGES, ...args: string[]): string {
  const { error, status, stdout, stderr } = spawnSync(tool, args, { encoding: 'utf8' });
  if (error)
    throw new Error(
      `${tool} is missing: install the Debian package ${PACKAGES[tool]} (apt-get install ${PACKAGES[tool]})`,
    );
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout + stderr;
}

const folder = mkdtempSync(join(tmpdir(), 'nightshift-tier-'));
const TARGETS = [
  { job: 'node', address: '127.0.0.1:9100', host: 'h1', cluster: 'c1' },
  { job: 'redis', address: '127.0.0.1:9121', host: 'h1', cluster: 'c1', instanceId: 'i-0123456789abcdef0' },
];
const OPTIONS = {
  prometheusPort: 19090,
  alertmanagerPorts: [19093, 19094],
  nightshiftUrl: 'http://127.0.0.1:9099',
  token: 'the-intake-token',
  packsFolder: PACKS,
};
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(packNames)('rules of %s', (pack) => {
  test('are accepted, and fire and stay silent as their tests say', () => {
    expect(run('promtool', 'check', 'rules', join(PACKS, pack, 'rules.yaml'))).toContain('SUCCESS');
    expect(run('promtool', 'test', 'rules', join(PACKS, pack, 'rules.test.yaml'))).toContain('SUCCESS');
  });
});

test('the tier as it is in the repository is accepted', () => {
  run('promtool', 'check', 'config', join(PACKS, '..', 'tier', 'prometheus.yml'));
  run('amtool', 'check-config', join(PACKS, '..', 'tier', 'alertmanager.yml'));
});

describe.each([
  ['shipped', TARGETS],
  ['fast', TARGETS],
  ['shipped', 'ec2'],
] as const)('the tier generated %s for %j', (speed, targets) => {
  let files: TierFiles;
  beforeAll(async () => {
    files = await tierConfig({ ...OPTIONS, targets, speed, outFolder: join(folder, `${speed}-${typeof targets}`) });
  });

  test('is accepted by Prometheus and Alertmanager', () => {
    const checked = run('promtool', 'check', 'config', files.prometheus);
    expect(checked).toContain(`${packNames.length} rule files found`);
    run('amtool', 'check-config', files.alertmanager);
  });

  test('keeps the token out of the configuration, in a file for its owner alone', () => {
    expect(readFileSync(files.tokenFile, 'utf8')).toBe('the-intake-token');
    expect(statSync(files.tokenFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(files.alertmanager, 'utf8')).not.toContain('the-intake-token');
  });

  test('routes the heartbeat and everything else to Nightshift', () => {
    const route = (...labels: string[]) =>
      run('amtool', 'config', 'routes', 'test', `--config.file=${files.alertmanager}`, ...labels).split('\n')[0];
    expect(route('alertname=Watchdog')).toBe('nightshift');
    expect(route('alertname=RedisDown', 'severity=critical', 'host=h1')).toBe('nightshift');
    const { receivers } = parse(readFileSync(files.alertmanager, 'utf8')) as {
      receivers: { webhook_configs: unknown[] }[];
    };
    expect(receivers[0]?.webhook_configs[0]).toMatchObject({
      url: 'http://127.0.0.1:9099/webhooks/alertmanager',
      send_resolved: true,
      max_alerts: 500,
      http_config: { authorization: { type: 'Bearer', credentials_file: files.tokenFile } },
    });
  });
});
