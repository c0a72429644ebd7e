import { createHash } from 'node:crypto';
import type { GuardContext } from '../../lib/decision/context.ts';
import type { DecideInput } from '../../lib/decision/decide.ts';
import { type GuardFacts, known } from '../../lib/decision/facts.ts';
import { demotionKey, STOP_KEY, WINDOWS_KEY } from '../../lib/decision/keys.ts';
import { parseMatchers } from '../../lib/language/matchers.ts';
import type { Labels } from '../../lib/model/basic.ts';
import type { Bundle, GuardSpec, Policy } from '../../lib/model/catalogue.ts';
import type { Host } from '../../lib/model/host.ts';
import type { ExecutionView, Incident, PlanView, WindowRecord } from '../../lib/model/incident.ts';
import type { PlanTarget } from '../../lib/model/plan.ts';
import type { Runbook } from '../../lib/model/runbook.ts';
import type { Subject } from '../../lib/model/signal.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** A whole UTC hour, and a whole day: 2025-06-02T00:00:00Z. */
export const DAY_START = 1_748_822_400_000;
export const NOW = DAY_START + 10 * HOUR + 30 * MINUTE;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const host = (change: Partial<Host> = {}): Host => ({
  id: 'i-1',
  name: 'web-1',
  cluster: 'prod',
  addresses: ['10.0.0.1'],
  services: ['redis'],
  labels: {},
  state: 'online',
  launchedAt: null,
  restart: {},
  ...change,
});
/** Ten hosts of one cluster, the first called web-1. */
export const HOSTS: readonly Host[] = Array.from({ length: 10 }, (_, index) =>
  host({ id: `i-${index + 1}`, name: `web-${index + 1}`, addresses: [`10.0.0.${index + 1}`] }),
);
export const TARGET: PlanTarget = { hostId: 'i-1', hostName: 'web-1', cluster: 'prod' };

const own = { type: 'String', description: '', allowedValues: null, default: null } as const;
export const runbook = (change: Partial<Runbook> = {}): Runbook => ({
  name: 'restart',
  pack: 'redis',
  description: '',
  effect: 'change',
  parameters: [
    { ...own, name: 'executionId', allowedPattern: '^[a-z0-9_]+$' },
    { ...own, name: 'notAfter', allowedPattern: '^[0-9]+$' },
    { ...own, name: 'service', allowedPattern: '^[a-z]{1,20}$' },
  ],
  script: '',
  timeoutSeconds: 60,
  hash: 'runbook-hash',
  document: null,
  minutesSaved: 5,
  ...change,
});

export const GUARD_SPEC: GuardSpec = {
  cooldown: 10 * MINUTE,
  attempts: 1,
  budget: [
    { scope: 'host', per: 'hour', max: 3 },
    { scope: 'all', per: 'day', max: 20 },
  ],
  blastRadius: { hosts: 2, percent: 20 },
  approvalDeadline: HOUR,
  dryRun: false,
  recurrence: 6 * HOUR,
};
export const policy = (change: Partial<Policy> = {}): Policy => ({
  name: 'redis-down',
  pack: 'redis',
  match: parseMatchers('alertname="RedisDown"'),
  runbooks: [{ name: 'restart', parameters: { service: { label: 'service' } } }],
  targets: { from: 'alert-host' },
  autonomy: 'auto',
  autonomyByCluster: {},
  preconditions: [{ id: 'quorum', expr: 'up{$others}', op: '>=', value: 1, why: 'another must serve' }],
  verification: { expr: 'redis_up{$selector}', op: '==', value: 1, stabilisation: 0, within: MINUTE },
  guards: GUARD_SPEC,
  file: 'policies/redis.yaml',
  ...change,
});
export const bundle = (
  policies: readonly Policy[] = [policy()],
  runbooks: readonly Runbook[] = [runbook()],
): Bundle => ({
  hash: 'bundle-hash',
  packs: [],
  policies,
  runbooks: Object.fromEntries(runbooks.map((one) => [one.name, one])),
});

export const LABELS: Labels = { alertname: 'RedisDown', service: 'redis', instance_id: 'i-1', severity: 'warning' };
export const SUBJECT: Subject = {
  alertname: 'RedisDown',
  cluster: 'prod',
  host: 'web-1',
  service: 'redis',
  team: null,
  severity: 'warning',
  responseLevel: 1,
};

export const incident = (change: Partial<Incident> = {}): Incident => ({
  id: 'inc_1',
  version: 3,
  state: 'open',
  key: { cluster: 'prod', host: 'web-1', service: 'redis' },
  subject: SUBJECT,
  severity: 'warning',
  parent: null,
  openedAt: NOW - MINUTE,
  updatedAt: NOW - MINUTE,
  lastSignalAt: NOW - MINUTE,
  episodes: [],
  evidence: null,
  diagnosis: 'made',
  decisions: [],
  decided: [],
  plans: [],
  acknowledgedBy: null,
  escalation: { step: 0, since: NOW - MINUTE },
  pageHeldUntil: null,
  firstSignal: null,
  paged: false,
  verifiedAt: null,
  resolvedAt: null,
  closedAt: null,
  closeReason: null,
  threads: {},
  ...change,
});

export const execution = (change: Partial<ExecutionView> = {}): ExecutionView => ({
  id: 'exe_old',
  planId: 'plan_old',
  incidentId: 'inc_1',
  runbook: 'restart',
  target: TARGET,
  state: 'succeeded',
  commandId: 'cmd_1',
  notAfter: NOW,
  since: NOW - MINUTE,
  intentAt: NOW - MINUTE,
  endedAt: NOW - MINUTE,
  exitCode: 0,
  output: null,
  reason: '',
  before: null,
  endedAtPrometheus: null,
  verification: null,
  ...change,
});
export const planView = (change: Partial<PlanView> = {}): PlanView => ({
  id: 'plan_old',
  hash: 'x',
  policy: 'redis-down',
  runbook: 'restart',
  runbookHash: 'runbook-hash',
  effect: 'change',
  parameters: { service: 'redis' },
  targets: [TARGET],
  autonomy: 'auto',
  verification: null,
  selector: '',
  dryRun: false,
  bundleHash: 'bundle-hash',
  state: 'failed',
  reason: '',
  approvedBy: null,
  decidedAt: NOW - MINUTE,
  approveBy: NOW + HOUR,
  since: NOW - MINUTE,
  executions: [execution()],
  ...change,
});

/** Facts under which everything is allowed. */
export const facts = (change: Partial<GuardFacts> = {}): GuardFacts & { readonly incident: Incident } => ({
  now: NOW,
  stop: known({ key: STOP_KEY, version: 4, value: null }),
  windows: known({ key: WINDOWS_KEY, version: 7, value: null }),
  demotion: known({ key: demotionKey('redis-down', 'prod'), version: 0, value: null }),
  hosts: known(HOSTS),
  claims: known([]),
  parentOpen: known(false),
  downHosts: known([]),
  preconditions: known([{ id: 'quorum', result: 'holds', text: 'fine' }]),
  recentVerified: known(null),
  ...change,
  incident: change.incident ?? incident(),
});

export const decideInput = (change: Partial<DecideInput> = {}): DecideInput => ({
  ids: { decisionId: 'dec_1', planId: 'plan_1' },
  bundle: bundle(),
  labels: LABELS,
  subject: SUBJECT,
  startsAt: NOW - 5 * MINUTE,
  selector: 'instance_id="i-1"',
  facts: facts(),
  sha256,
  ...change,
});

export const context = (change: Partial<GuardContext> = {}): GuardContext => ({
  facts: facts(),
  subject: SUBJECT,
  policy: policy(),
  manual: null,
  runbook: known(runbook()),
  parameters: known({ service: 'redis' }),
  targets: known([TARGET]),
  planTargets: known([TARGET]),
  verification: policy().verification,
  blastRadius: GUARD_SPEC.blastRadius,
  budget: GUARD_SPEC.budget,
  dryRun: false,
  own: null,
  ...change,
});

export const windowRecord = (change: Partial<WindowRecord> = {}): WindowRecord => ({
  id: 'win_1',
  kind: 'maintenance',
  when: { from: NOW - HOUR, until: NOW + HOUR },
  scope: { cluster: null, host: null, service: null },
  reason: 'upgrade',
  by: 'ops',
  ...change,
});
