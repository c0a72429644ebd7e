import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Incident } from '../../lib/model/incident.ts';
import { until } from './processes.ts';
import { Stack } from './stack.ts';

const MEGABYTE = 1_048_576;
let stack: Stack | null = null;
let full = '';

/** Exits with what the command said where it did not work. */
function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

beforeEach(async () => {
  full = await mkdtemp(join(tmpdir(), 'nightshift-scratch-'));
  run('mount', '-t', 'tmpfs', '-o', 'size=32m,mode=0755', 'scratch', full);
});
afterEach(async () => {
  await stack?.stop();
  stack = null;
  run('umount', full);
  await rm(full, { recursive: true });
});

const OWN = 'free-scratch-space';
const isCured = ({ policy, state }: Incident['plans'][number]) => policy === OWN && state === 'verified';
const policies = () => `policies:
  - name: ${OWN}
    match: 'alertname=~"DiskSpaceRunningOut|CriticalDiskSpace",mountpoint="${full}"'
    runbooks:
      - { name: free-disk-space, parameters: { path: { label: mountpoint }, olderThanDays: "7" } }
    targets: { from: alert-host }
    autonomy: auto
    preconditions:
      - id: still-full
        expr: '100 * node_filesystem_avail_bytes{$selector,mountpoint="${full}"} / node_filesystem_size_bytes{$selector,mountpoint="${full}"}'
        is: "< 15"
        why: space has come back
    verification:
      expr: '100 * node_filesystem_avail_bytes{$selector,mountpoint="${full}"} / node_filesystem_size_bytes{$selector,mountpoint="${full}"}'
      is: ">= 15"
      stabilisation: 1s
      within: 60s
    guards: { cooldown: 1s, attempts: 1, blastRadius: { hosts: 1, percent: 100 }, recurrence: 1h }
`;

test('a nearly full filesystem is freed of what is old, and of nothing else', async () => {
  const [old, young] = [join(full, 'old.cache'), join(full, 'young.cache')];
  await writeFile(old, Buffer.alloc(29 * MEGABYTE));
  await writeFile(young, Buffer.alloc(MEGABYTE));
  run('touch', '-d', '30 days ago', old);
  stack = await Stack.start({ policies: policies(), node: true });
  // By its plan: a busy machine has alerts of its own, which join the incident of the same host.
  const seen = await until('the cure', async () => {
    const all = (await stack?.incidents()) ?? [];
    const ended = ({ labels, endsAt }: Incident['episodes'][number]) => labels.mountpoint !== full || endsAt !== null;
    return all.find(({ plans, episodes }) => plans.some(isCured) && episodes.every(ended)) ?? null;
  });
  // A busy machine's own alerts may have plans of the policies as shipped, which act on nothing.
  expect(
    seen.plans
      .map(({ policy, state }) => [policy, state])
      .filter(([policy, state]) => policy === OWN || state !== 'shadowed'),
  ).toEqual([[OWN, 'verified']]);
  const executions = seen.plans.flatMap((plan) => plan.executions);
  expect(seen.plans.find(isCured)?.parameters).toMatchObject({ path: full });
  expect(executions).toMatchObject([{ state: 'succeeded', exitCode: 0, verification: { result: 'verified' } }]);
  expect(spawnSync('ls', [full], { encoding: 'utf8' }).stdout).toBe('young.cache\n');
}, 180_000);
