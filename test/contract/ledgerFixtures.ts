import { expect } from '@jest/globals';
import { type Actor, SYSTEM } from '../../lib/model/basic.ts';
import type { IncidentSummary, LedgerEvent } from '../../lib/model/incident.ts';
import type { Notice } from '../../lib/model/notice.ts';
import type { Transaction } from '../../lib/ports/ledger.ts';

export const T0 = 1_750_000_000_000;
export const PERSON: Actor = { name: 'ada', via: 'cli' };
export const comment = (text: string): LedgerEvent => ({ type: 'incident.commented', text });

/** An append of one comment at T0; what a test is about goes into `more`. */
export const entry = (stream: string, expectedVersion: number, more: Partial<Transaction> = {}): Transaction => ({
  stream,
  expectedVersion,
  at: T0,
  actor: SYSTEM,
  events: [comment(`${stream} ${expectedVersion}`)],
  ...more,
});

export const notice = (id: string): Notice => ({
  id,
  incidentId: 'inc_1',
  purpose: 'trigger',
  at: T0,
  severity: 'critical',
  state: 'open',
  team: null,
  headline: 'redis is down on a1',
  lines: ['exporter answers, server does not'],
  labels: { cluster: 'a' },
  evidence: [],
  reasons: [],
  approval: null,
  url: 'http://127.0.0.1:9099/incidents/inc_1',
});

export const summary = (id: string, more: Partial<IncidentSummary> = {}): IncidentSummary => ({
  id,
  state: 'open',
  severity: 'critical',
  cluster: 'a',
  host: 'a1',
  service: 'redis',
  alertname: 'RedisDown',
  team: null,
  openedAt: T0,
  updatedAt: T0,
  plan: null,
  ...more,
});

export const conflictOf = (code: string) => expect.objectContaining({ kind: 'conflict', code, retryable: true });
