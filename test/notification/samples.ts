import { createHmac } from 'node:crypto';
import { apply } from '../../lib/incidents/fold.ts';
import { SYSTEM } from '../../lib/model/basic.ts';
import type { EvidenceSeries, Incident, IncidentEvent } from '../../lib/model/incident.ts';
import type { Notice } from '../../lib/model/notice.ts';
import type { Decision, Plan } from '../../lib/model/plan.ts';
import type { ChannelSettings, Settings } from '../../lib/model/settings.ts';
import type { Signal, Subject } from '../../lib/model/signal.ts';
import { noticesFor } from '../../lib/notification/notices.ts';

export const AT = Date.UTC(2026, 10, 20, 21, 0, 0);
export const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex');

export const SERIES: EvidenceSeries = {
  indicator: 'redis_up',
  title: 'Redis up',
  unit: '',
  series: 'redis_up{host="cache-1"}',
  score: -8.2,
  last: 0,
  median: 1,
  movedAt: AT - 60_000,
  blob: 'evidence/inc_1/redis_up',
  spark: [1, 1, 1, 1, 0, 0],
};

export const PLAN: Plan = {
  id: 'plan_1',
  hash: 'a'.repeat(64),
  policy: 'restart-redis',
  runbook: 'redis-restart',
  runbookHash: 'b'.repeat(64),
  effect: 'change',
  parameters: {},
  targets: [{ hostId: 'i-1', hostName: 'cache-1', cluster: 'prod' }],
  autonomy: 'auto',
  verification: { expr: 'redis_up{$selector}', op: '==', value: 1, stabilisation: 5_000, within: 60_000 },
  selector: 'host="cache-1"',
  dryRun: false,
  bundleHash: 'c'.repeat(64),
};

export function notice(over: Partial<Notice> = {}): Notice {
  return {
    id: 'inc_1/3/trigger/chat',
    incidentId: 'inc_1',
    purpose: 'trigger',
    at: AT,
    severity: 'critical',
    state: 'open',
    team: 'platform',
    headline: 'RedisDown for redis on cache-1 (prod)',
    lines: ['RedisDown fires for redis on cache-1 (prod)'],
    labels: { alertname: 'RedisDown', host: 'cache-1', service: 'redis', cluster: 'prod' },
    evidence: [SERIES],
    reasons: [{ rule: 'cooldown', verdict: 'refuse', text: 'it ran 3 min ago' }],
    approval: null,
    url: 'http://127.0.0.1:9099/incidents/inc_1',
    ...over,
  };
}

export const APPROVAL: Notice['approval'] = {
  planId: PLAN.id,
  planHash: PLAN.hash,
  runbook: PLAN.runbook,
  targets: PLAN.targets,
  expiresAt: AT + 900_000,
  nonce: 'nonce-1',
};

export const CHANNELS = {
  chat: { kind: 'slack', url: 'http://slack', token: 't', channel: 'C0INCIDENTS', signingSecret: 's' },
  pager: { kind: 'pagerduty', url: 'http://pd', routingKey: 'r', webhookSecret: 's' },
  mail: { kind: 'email', from: 'Nightshift <night@shift.example>', to: ['oncall@shift.example'] },
} satisfies Record<string, ChannelSettings>;

export const SETTINGS: Pick<Settings, 'channels' | 'routes' | 'escalation' | 'externalLabels'> = {
  channels: CHANNELS,
  routes: [],
  escalation: {},
  externalLabels: {},
};

const SUBJECT: Subject = {
  alertname: 'RedisDown',
  cluster: 'prod',
  host: 'cache-1',
  service: 'redis',
  team: null,
  severity: 'critical',
  responseLevel: 2,
};
export const signal = (labels: Signal['labels'] = {}): Signal => ({
  id: 'sig_1',
  source: 'alertmanager',
  receivedAt: AT,
  fingerprint: 'f1',
  status: 'firing',
  startsAt: AT - 60_000,
  endsAt: null,
  labels: { alertname: 'RedisDown', severity: 'critical', ...labels },
  annotations: {},
  generatorURL: null,
});

export const opened = (over: Partial<Subject> = {}): IncidentEvent[] => {
  const subject = { ...SUBJECT, ...over };
  const { cluster, host, service } = subject;
  return [
    { type: 'incident.opened', key: { cluster, host, service }, subject, parent: null },
    { type: 'signal.heard', signal: signal(), severity: subject.severity },
  ];
};
export const HELD: IncidentEvent = { type: 'page.held', until: AT + 300_000, reason: 'a decision is being made' };

export function decision(outcome: Decision['outcome'], over: Partial<Decision> = {}): IncidentEvent {
  const made: Decision = {
    id: 'dec_1',
    at: AT,
    bundleHash: PLAN.bundleHash,
    policy: PLAN.policy,
    outcome,
    reasons: [{ rule: 'autonomy', verdict: 'pass', text: 'auto' }],
    plan: PLAN,
    by: SYSTEM,
    ...over,
  };
  return { type: 'decision.made', decision: made, approveBy: AT + 900_000, fingerprint: 'f1' };
}

/** Folds changes one after the other through the live fold, and keeps what each would say. */
export class Story {
  incident: Incident | null = null;
  nonces = 0;
  readonly settings: typeof SETTINGS;

  constructor(settings = SETTINGS) {
    this.settings = settings;
  }

  /** What this change says, as `purpose channel`, and the notices themselves. */
  happens(...events: readonly IncidentEvent[]) {
    const before = this.incident;
    const actor = { name: 'alice', via: 'api' } as const;
    const first = before?.version ?? 0;
    const after = events.reduce<Incident | null>(
      (state, event, index) => apply(state, { stream: 'inc_1', version: first + index + 1, at: AT, actor, event }),
      before,
    );
    if (after === null) throw new Error('a story begins with an event');
    this.incident = after;
    const nonce = () => {
      this.nonces += 1;
      return `nonce-${this.nonces}`;
    };
    const notices = noticesFor(before, after, events, {
      settings: this.settings,
      at: AT,
      nonce,
      url: 'http://n/inc_1',
    });
    return { notices, said: notices.map(({ channel, notice: one }) => `${one.purpose} ${channel}`).sort() };
  }
}

/** The value, or a failed test that says so. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('nothing is there');
  return value;
}
