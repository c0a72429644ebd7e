import * as z from 'zod/mini';
import { AUTONOMIES } from '../model/basic.ts';

/** Shapes of answers, as the model has them. Times are milliseconds since the epoch, UTC; lengths are milliseconds. */
export const millis = z.int();
export const nullable = <T extends z.ZodMiniType>(type: T) => z.union([type, z.null()]);
const text = z.string();
const texts = z.record(z.string(), z.string());

export const severity = z.enum(['critical', 'warning', 'info', 'unknown']);
export const incidentState = z.enum(['open', 'acknowledged', 'escalated', 'resolved', 'closed']);
export const autonomy = z.enum(AUTONOMIES);
const planState = z.enum([
  'proposed',
  'shadowed',
  'awaiting-approval',
  'dispatching',
  'running',
  'verifying',
  'verified',
  'failed',
  'inconclusive',
  'unknown',
  'refused',
  'cancelled',
]);
const executionState = z.enum([
  'intent',
  'sending',
  'sent',
  'succeeded',
  'failed',
  'timed-out',
  'undeliverable',
  'unknown',
  'refused',
  'cancelled',
]);
export const actor = z.object({
  name: text,
  via: z.enum(['system', 'api', 'cli', 'slack', 'pagerduty', 'alertmanager']),
});

export const verificationSpec = z.object({
  expr: text,
  op: z.enum(['==', '!=', '<', '<=', '>', '>=']),
  value: z.number(),
  stabilisation: z.number(),
  within: z.number(),
});
const target = z.object({ hostId: text, hostName: text, cluster: text });
const plan = z.object({
  id: text,
  hash: text,
  policy: nullable(text),
  runbook: text,
  runbookHash: text,
  effect: z.enum(['read', 'change']),
  parameters: texts,
  targets: z.array(target),
  autonomy,
  verification: nullable(verificationSpec),
  selector: text,
  dryRun: z.boolean(),
  bundleHash: text,
});
const reason = z.object({
  rule: text,
  verdict: z.enum(['pass', 'refuse', 'hold']),
  text,
  facts: z.optional(z.unknown()),
});
export const decision = z.object({
  id: text,
  at: millis,
  bundleHash: text,
  policy: nullable(text),
  outcome: z.enum(['no-policy', 'observe', 'shadow', 'suggest', 'approve', 'run', 'refuse']),
  reasons: z.array(reason),
  plan: nullable(plan),
  by: actor,
});
const verification = z.object({
  result: z.enum(['verified', 'failed', 'inconclusive']),
  at: millis,
  expr: text,
  reason: text,
  before: nullable(z.number()),
  after: nullable(z.number()),
  freshFrom: nullable(z.number()),
});
const execution = z.object({
  id: text,
  planId: text,
  incidentId: text,
  runbook: text,
  target,
  state: executionState,
  commandId: nullable(text),
  notAfter: millis,
  since: millis,
  intentAt: millis,
  endedAt: nullable(millis),
  exitCode: nullable(z.int()),
  output: nullable(text),
  reason: text,
  before: nullable(z.number()),
  endedAtPrometheus: nullable(z.number()),
  verification: nullable(verification),
});
export const planView = z.extend(plan, {
  state: planState,
  reason: text,
  approvedBy: nullable(text),
  decidedAt: millis,
  approveBy: millis,
  since: millis,
  executions: z.array(execution),
});

const key = z.object({ cluster: text, host: nullable(text), service: nullable(text) });
const subject = z.object({
  alertname: text,
  cluster: text,
  host: nullable(text),
  service: nullable(text),
  team: nullable(text),
  severity,
  responseLevel: z.literal([1, 2, 3]),
});
const source = z.enum(['alertmanager', 'reconciliation', 'watch', 'push', 'cloudwatch', 'api']);
const episode = z.object({
  fingerprint: text,
  source,
  alertname: text,
  startsAt: millis,
  endsAt: nullable(millis),
  lastHeard: millis,
  signals: z.int(),
});
const signal = z.object({
  id: text,
  source,
  receivedAt: millis,
  fingerprint: text,
  status: z.enum(['firing', 'resolved']),
  startsAt: millis,
  endsAt: nullable(millis),
  labels: texts,
  annotations: texts,
  generatorURL: nullable(text),
});
const evidenceSeries = z.object({
  indicator: text,
  title: text,
  unit: text,
  series: text,
  score: z.number(),
  last: z.number(),
  median: z.number(),
  movedAt: nullable(millis),
  blob: text,
  spark: z.array(nullable(z.number())),
  silentFor: z.optional(millis),
  unrated: z.optional(z.enum(['little-past', 'silent'])),
});
const evidence = z.object({
  at: millis,
  from: millis,
  to: millis,
  ranked: z.array(evidenceSeries),
  missing: z.array(z.object({ indicator: text, reason: text })),
  summary: text,
  told: z.optional(z.array(text)),
  joins: z.optional(z.int()),
});

export const incident = z.object({
  id: text,
  version: z.int(),
  state: incidentState,
  key,
  subject,
  severity,
  parent: nullable(text),
  openedAt: millis,
  updatedAt: millis,
  lastSignalAt: millis,
  episodes: z.array(episode),
  evidence: nullable(evidence),
  diagnosis: z.enum(['wanted', 'made', 'failed']),
  decisions: z.array(decision),
  decided: z.array(text),
  plans: z.array(planView),
  acknowledgedBy: nullable(text),
  escalation: z.object({ step: z.int(), since: millis }),
  pageHeldUntil: nullable(millis),
  firstSignal: nullable(signal),
  paged: z.boolean(),
  verifiedAt: nullable(millis),
  resolvedAt: nullable(millis),
  closedAt: nullable(millis),
  closeReason: nullable(text),
  threads: texts,
});
export const incidentSummary = z.object({
  id: text,
  state: incidentState,
  severity,
  cluster: text,
  host: nullable(text),
  service: nullable(text),
  alertname: text,
  watches: z.optional(z.array(text)),
  team: nullable(text),
  openedAt: millis,
  updatedAt: millis,
  plan: nullable(planState),
});
export const storedEvent = z.object({
  v: z.literal(1),
  stream: text,
  version: z.int(),
  at: millis,
  actor,
  event: z.looseObject({ type: text }),
  previous: text,
  hash: text,
});
export const errorBody = z.object({
  error: z.object({
    code: text,
    message: text,
    field: nullable(text),
    expected: nullable(text),
    retryable: z.boolean(),
  }),
});

/** Words of a person, for a request. */
export const words = z
  .string()
  .check(z.minLength(1, { error: 'some text' }), z.maxLength(2000, { error: 'at most 2000 characters' }));
/** A name in a request: of a host, a runbook, a label. */
export const name = z.string().check(z.regex(/^[^\u0000-\u001f\u007f]{1,256}$/, { error: '1 to 256 characters' }));
