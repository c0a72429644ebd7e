import { parseMatchers } from '../../lib/language/matchers.ts';
import type { Bundle, GuardSpec, Policy } from '../../lib/model/catalogue.ts';
import type { Runbook } from '../../lib/model/runbook.ts';
import { checked, sampleDocument } from '../catalogue/sampleDocument.ts';
import { HOUR, MINUTE } from './time.ts';

const runbook = (name: string, act: readonly string[]): Runbook =>
  checked(sampleDocument(act), 'change', `packs/x/runbooks/${name}.yaml`);

const RESTART = runbook('restart-svc', ['echo restarted']);
const RUNBOOKS: readonly Runbook[] = [
  RESTART,
  runbook('replace-svc', ['echo replaced']),
  { ...RESTART, name: 'look-at-svc', effect: 'read' },
];

/** Nothing bounds it but one attempt for each incident and host. */
export const FREE: GuardSpec = {
  cooldown: 0,
  attempts: 1,
  budget: [],
  blastRadius: { hosts: 100, percent: 100 },
  approvalDeadline: 15 * MINUTE,
  dryRun: false,
  recurrence: 6 * HOUR,
};
export const guards = (change: Partial<GuardSpec>): GuardSpec => ({ ...FREE, ...change });

/** `SvcDown` on a host is mended by restarting the service there. */
export const policy = (change: Partial<Policy> = {}): Policy => ({
  name: 'svc-down',
  pack: 'x',
  match: parseMatchers('alertname="SvcDown"'),
  runbooks: [{ name: 'restart-svc', parameters: {} }],
  targets: { from: 'alert-host' },
  autonomy: 'auto',
  autonomyByCluster: {},
  preconditions: [],
  verification: { expr: 'svc_up{$selector}', op: '==', value: 1, stabilisation: 5_000, within: MINUTE },
  guards: FREE,
  file: 'policies/svc.yaml',
  ...change,
});

export const bundleOf = (...policies: readonly Policy[]): Bundle => ({
  hash: 'of-the-simulation',
  packs: [],
  runbooks: Object.fromEntries(RUNBOOKS.map((one) => [one.name, one])),
  policies,
});
