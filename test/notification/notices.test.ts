import { describe, expect, test } from '@jest/globals';
import type { IncidentEvent } from '../../lib/model/incident.ts';
import type { ExecutionState, PlanState, VerificationResult } from '../../lib/model/plan.ts';
import { AT, CHANNELS, decision, HELD, opened, PLAN, SERIES, SETTINGS, Story, signal } from './samples.ts';

const moved = (to: PlanState, reason = ''): IncidentEvent => ({ type: 'plan.moved', planId: PLAN.id, to, reason });
const execution = (to: ExecutionState, exitCode: number | null = null): IncidentEvent => ({
  type: 'execution.moved',
  executionId: 'exe_1',
  planId: PLAN.id,
  runbook: PLAN.runbook,
  target: { hostId: 'i-1', hostName: 'cache-1', cluster: 'prod' },
  to,
  reason: '',
  commandId: 'cmd',
  notAfter: AT + 60_000,
  exitCode,
  output: null,
  before: 0,
  endedAtPrometheus: null,
});
const verification = (result: VerificationResult, after: number | null): IncidentEvent => ({
  type: 'verification.made',
  planId: PLAN.id,
  executionId: 'exe_1',
  verification: { result, at: AT, expr: 'redis_up', reason: 'two fresh samples', before: 0, after, freshFrom: 1 },
});
const escalated = (step = 0): IncidentEvent => ({ type: 'incident.escalated', step, reason: 'the cure did not cure' });
const RESOLVED: IncidentEvent = { type: 'incident.resolved', reason: 'every alert of it is resolved' };

describe('opening', () => {
  test('a critical incident without a hold tells everyone at once', () => {
    expect(new Story().happens(...opened()).said).toEqual(['trigger chat', 'trigger mail', 'trigger pager']);
  });
  test('a held page keeps pager and mail silent, chat hears at once', () => {
    expect(new Story().happens(...opened(), HELD).said).toEqual(['trigger chat']);
  });
  test('a warning has no page to hold: mail goes out', () => {
    expect(new Story().happens(...opened({ severity: 'warning' }), HELD).said).toEqual([
      'trigger chat',
      'trigger mail',
    ]);
  });
  test('an unknown severity is told like a critical one', () => {
    expect(new Story().happens(...opened({ severity: 'unknown' })).said).toContain('trigger pager');
  });
  test('what a person started by hand pages nobody', () => {
    expect(new Story().happens(...opened().slice(0, 1)).said).not.toContain('trigger pager');
  });
  test('says what is wrong, where and since when', () => {
    const [first] = new Story().happens(...opened(), HELD).notices;
    expect(first?.notice.headline).toBe('RedisDown for redis on cache-1 (prod)');
    expect(first?.notice.lines[0]).toBe(
      'RedisDown fires for redis on cache-1 (prod), since 2026-11-20 20:59:00 UTC (60 s).',
    );
    expect(first?.notice.labels).toMatchObject({
      alertname: 'RedisDown',
      host: 'cache-1',
      cluster: 'prod',
      severity: 'critical',
    });
  });
});

describe('a page that is held', () => {
  test('goes to the pagers alone when it is released', () => {
    const story = new Story();
    story.happens(...opened(), HELD);
    const { said, notices } = story.happens({ type: 'page.released', reason: 'held long enough' });
    expect(said).toEqual(['trigger mail', 'trigger pager', 'update chat']);
    expect(notices[0]?.notice.lines[0]).toBe('The page goes out now: held long enough.');
  });
  test('is not sent again to whom no hold kept silent', () => {
    const routes = [{ match: [], severity: [], team: 't', channels: ['pager', 'mail'], fallback: [] }];
    const story = new Story({ ...SETTINGS, routes });
    expect(story.happens(...opened({ severity: 'warning' }), HELD).said).toEqual(['trigger mail']);
    expect(story.happens({ type: 'page.released', reason: 'late' }).said).toEqual(['trigger pager']);
  });
  test('is never sent when the cure was proven, nor is its end', () => {
    const story = new Story();
    story.happens(...opened(), HELD);
    story.happens(decision('run'));
    story.happens(moved('running'), execution('sent'));
    expect(story.happens(execution('succeeded', 0), moved('verifying')).said).toEqual(['update chat']);
    expect(story.happens(verification('verified', 1), moved('verified')).said).toEqual(['update chat']);
    expect(story.happens({ type: 'page.released', reason: 'late' }).said).toEqual([]);
  });
  test('and the resolved end of a cured incident wakes nobody', () => {
    const story = new Story();
    story.happens(...opened(), HELD, decision('run'), execution('sent'));
    story.happens(verification('verified', 1), moved('verified'));
    expect(story.happens(RESOLVED).said).toEqual(['resolve chat']);
  });
  test('goes out by an escalation, whomever the chain names', () => {
    const chain = { default: [{ after: 60_000, channels: ['pager'] }] };
    const story = new Story({ ...SETTINGS, escalation: chain });
    story.happens(...opened(), HELD, decision('run'), execution('sent'));
    const { said, notices } = story.happens(verification('failed', 0), moved('failed'), escalated());
    expect(said).toEqual(['escalate pager', 'trigger mail', 'update chat']);
    const told = notices.find(({ channel }) => channel === 'pager')?.notice.lines.join('\n');
    expect(told).toContain('Not cured: redis_up was 0 before, 0 after. two fresh samples');
    expect(told).toContain('Escalated to step 1: the cure did not cure');
  });
});

describe('a decision', () => {
  test('that nothing runs says why', () => {
    const story = new Story();
    story.happens(...opened(), HELD);
    const reasons = [
      { rule: 'policy', verdict: 'pass', text: 'restart-redis' } as const,
      { rule: 'cooldown', verdict: 'refuse', text: 'it ran 3 min ago' } as const,
    ];
    const { said, notices } = story.happens(decision('refuse', { reasons }));
    expect(said).toEqual(['update chat']);
    expect(notices[0]?.notice.lines).toEqual(
      expect.arrayContaining([
        'Decided: nothing runs, it was refused (policy restart-redis).',
        'Because cooldown: it ran 3 min ago',
        '1 of 2 rules passed.',
      ]),
    );
  });
  test.each(['approve', 'suggest'] as const)('to %s asks for it, with a nonce for each message', (outcome) => {
    const story = new Story();
    story.happens(...opened({ severity: 'warning' }));
    const { said, notices } = story.happens(decision(outcome));
    expect(said).toEqual(['approval chat', 'approval mail']);
    const asked = notices.map(({ notice }) => notice.approval);
    expect(asked[0]).toMatchObject({ planId: PLAN.id, planHash: PLAN.hash, expiresAt: AT + 900_000 });
    expect(new Set(asked.map((approval) => approval?.nonce)).size).toBe(2);
  });
  test('in shadow tells what would have run', () => {
    const story = new Story();
    story.happens(...opened(), HELD);
    const lines = story.happens(decision('shadow')).notices[0]?.notice.lines.join('\n');
    expect(lines).toContain('redis-restart on cache-1 would have run');
  });
});

describe('afterwards', () => {
  test('an acknowledgement goes to chat and pager, and names who', () => {
    const story = new Story();
    story.happens(...opened());
    const { said, notices } = story.happens({ type: 'incident.acknowledged' });
    expect(said).toEqual(['acknowledge chat', 'acknowledge pager']);
    expect(notices[0]?.notice.lines).toEqual(['Acknowledged by alice.', 'Next: alice is on it.']);
  });
  test('resolving tells everyone once, closing later only the chat', () => {
    const story = new Story();
    story.happens(...opened());
    expect(story.happens(RESOLVED).said).toEqual(['resolve chat', 'resolve mail', 'resolve pager']);
    expect(story.happens({ type: 'incident.closed', reason: 'quiet' }).said).toEqual(['update chat']);
  });
  test('a firing after the cure escalates and triggers nobody twice', () => {
    const story = new Story();
    story.happens(...opened());
    story.happens(RESOLVED);
    const heard: IncidentEvent = { type: 'signal.heard', signal: signal(), severity: 'critical' };
    const again: IncidentEvent = { type: 'incident.reopened', reason: 'it fired again after a verified cure' };
    expect(story.happens(heard, again, escalated()).said).toEqual(['escalate chat', 'escalate mail', 'escalate pager']);
  });
  test('a warning that becomes critical reaches the pager', () => {
    const story = new Story();
    story.happens(...opened({ severity: 'warning' }));
    const { said } = story.happens({ type: 'signal.heard', signal: signal(), severity: 'critical' });
    expect(said).toContain('trigger pager');
  });
  test('another alert joins: the chat hears it, and the pager where it is critical and came after a cure', () => {
    const other = (fingerprint: string): IncidentEvent => ({
      type: 'signal.heard',
      signal: { ...signal({ alertname: 'RedisSlow' }), fingerprint },
      severity: 'critical',
    });
    const story = new Story();
    story.happens(...opened(), HELD, decision('run'), execution('sent'));
    const { said, notices } = story.happens(other('f2'));
    expect(said).toEqual(['update chat']);
    expect(notices[0]?.notice.lines[0]).toBe('Also firing: RedisSlow.');
    story.happens(verification('verified', 1), moved('verified'));
    expect(story.happens(other('f3')).said).toEqual(['trigger chat', 'trigger mail', 'trigger pager']);
  });
  test('a repeated signal, a held page and a settled notification say nothing', () => {
    const story = new Story();
    story.happens(...opened());
    const settled: IncidentEvent = {
      type: 'notification.settled',
      outboxId: 'x',
      channel: 'chat',
      outcome: 'delivered',
      detail: '',
      ref: '1.2',
    };
    expect(story.happens({ type: 'signal.heard', signal: signal(), severity: 'critical' }, HELD, settled).said).toEqual(
      [],
    );
  });
  test('an execution state is told once, though the event repeats to add a figure', () => {
    const story = new Story();
    story.happens(...opened(), HELD, decision('run'), execution('sent'));
    expect(story.happens(execution('succeeded', 0)).said).toEqual(['update chat']);
    expect(story.happens(execution('succeeded', 0)).said).toEqual([]);
  });
  test('evidence comes with the message that tells of it', () => {
    const story = new Story();
    story.happens(...opened(), HELD);
    const evidence = { at: AT, from: AT, to: AT, ranked: [SERIES], missing: [], summary: 'Redis up fell first' };
    const [told] = story.happens({ type: 'diagnosis.made', evidence }).notices;
    expect(told?.notice.evidence).toEqual([SERIES]);
    expect(story.happens({ type: 'incident.commented', text: 'looking' }).notices[0]?.notice.evidence).toEqual([]);
  });
});

test('ids are deterministic and name incident, version, purpose and channel', () => {
  const ids = () => new Story().happens(...opened()).notices.map(({ notice }) => notice.id);
  expect(ids()).toEqual(['inc_1/2/trigger/chat', 'inc_1/2/trigger/pager', 'inc_1/2/trigger/mail']);
  expect(ids()).toEqual(ids());
});

test('a route by a label of the first signal holds for all that follows', () => {
  const routes = [
    {
      match: [{ label: 'domain', op: '=', value: 'fraud' } as const],
      severity: [],
      team: 'fraud',
      channels: ['mail'],
      fallback: [],
    },
  ];
  const story = new Story({ ...SETTINGS, channels: CHANNELS, routes });
  const [first] = opened({ severity: 'warning' });
  if (first === undefined) throw new Error('nothing opened');
  story.happens(first, { type: 'signal.heard', signal: signal({ domain: 'fraud' }), severity: 'warning' });
  const { said, notices } = story.happens(RESOLVED);
  expect(said).toEqual(['resolve mail']);
  expect(notices[0]?.notice.team).toBe('fraud');
});
