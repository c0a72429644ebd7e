import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { harness, PAGERDUTY_SECRET, SLACK_SECRET } from './harness.ts';
import { MINUTE, NOW, PLAN_HASH } from './scriptedOperations.ts';

const hmac = (key: string, text: string) => createHmac('sha256', key).update(text).digest('hex');

function slack(action: string, over: { secret?: string; at?: number; nonce?: string; planHash?: string } = {}) {
  const { secret = SLACK_SECRET, at = NOW, nonce = 'nonce-1', planHash = PLAN_HASH } = over;
  const value = JSON.stringify({ incidentId: 'inc_1', planId: 'plan_1', planHash, nonce });
  const payload = {
    type: 'block_actions',
    user: { id: 'U0ONCALL', username: 'oncall' },
    actions: [{ action_id: `nightshift.${action}`, value }],
  };
  const body = `payload=${encodeURIComponent(JSON.stringify(payload))}`;
  const timestamp = String(Math.floor(at / 1000));
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${hmac(secret, `v0:${timestamp}:${body}`)}`,
  };
  return { body, headers };
}

function pagerduty(type: string, at = NOW, secret = PAGERDUTY_SECRET) {
  const body = JSON.stringify({
    event: {
      id: '01X',
      event_type: `incident.${type}`,
      occurred_at: new Date(at).toISOString(),
      agent: { id: 'PONCALL', type: 'user_reference', summary: 'On Call' },
      data: { incident_key: 'inc_1' },
    },
  });
  return { body, headers: { 'content-type': 'application/json', 'x-pagerduty-signature': `v1=${hmac(secret, body)}` } };
}

describe('Slack', () => {
  test('a signed press approves once, in the name of who pressed', async () => {
    const { call, operations } = harness();
    expect(await call('POST', '/callbacks/slack', slack('approve'))).toMatchObject({
      status: 200,
      json: { done: true },
    });
    expect(operations.changes).toEqual(['approve plan_1 by oncall (U0ONCALL) via slack']);
    const again = await call('POST', '/callbacks/slack', slack('approve'));
    expect(again).toMatchObject({ status: 409, json: { error: { code: 'approval.nonce' } } });
    expect(operations.changes).toHaveLength(1);
  });
  test('rejects', async () => {
    const { call, operations } = harness();
    await call('POST', '/callbacks/slack', slack('reject'));
    expect(operations.changes).toEqual(['reject plan_1 rejected in Slack by oncall (U0ONCALL) via slack']);
  });
  test('a pair of secrets may be rotated', async () => {
    const { call } = harness({ slack: { secrets: ['new-secret', SLACK_SECRET] } });
    expect((await call('POST', '/callbacks/slack', slack('acknowledge'))).json).toEqual({ done: true });
  });
  test.each([
    ['forged', slack('approve', { secret: 'guess' }), 401],
    ['signed long ago', slack('approve', { at: NOW - 6 * MINUTE }), 401],
    ['signed in the future', slack('approve', { at: NOW + 6 * MINUTE }), 401],
    ['of another plan', slack('approve', { planHash: 'other' }), 409],
    ['with an unknown nonce', slack('approve', { nonce: 'guess' }), 409],
    ['altered', { ...slack('approve'), body: slack('reject').body }, 401],
    ['unsigned', { body: slack('approve').body }, 401],
    ['no action', slack('destroy'), 400],
  ])('%s: changes nothing', async (_what, init, status) => {
    const { call, operations } = harness();
    expect((await call('POST', '/callbacks/slack', init)).status).toBe(status);
    expect(operations.changes).toEqual([]);
    expect(operations.nonces.size).toBe(1);
  });
  test('an acknowledgement that is sent again after the incident was reopened changes nothing', async () => {
    const { call, operations } = harness();
    const press = slack('acknowledge', { at: NOW - 2 * MINUTE });
    expect((await call('POST', '/callbacks/slack', press)).json).toEqual({ done: true });
    expect((await call('POST', '/callbacks/slack', press)).json).toEqual({ done: false });
    await operations.close('inc_1', 'done', { name: 'a', via: 'api' });
    await operations.reopen('inc_1', 'again', { name: 'a', via: 'api' });
    expect((await call('POST', '/callbacks/slack', press)).json).toEqual({ done: false });
    expect(operations.changes.filter((change) => change.startsWith('acknowledge'))).toHaveLength(1);
  });
});

describe('PagerDuty', () => {
  test('acknowledges, closes and reopens in the name of who did it there', async () => {
    const { call, operations } = harness();
    for (const type of ['acknowledged', 'resolved', 'reopened'])
      expect((await call('POST', '/callbacks/pagerduty', pagerduty(type))).json).toEqual({ done: true });
    expect(operations.changes).toEqual([
      'acknowledge by On Call (PONCALL) via pagerduty',
      'close resolved in PagerDuty by On Call (PONCALL) via pagerduty',
      'reopen reopened in PagerDuty by On Call (PONCALL) via pagerduty',
    ]);
  });
  test.each([
    ['forged', pagerduty('acknowledged', NOW, 'guess'), 401],
    ['unsigned', { body: pagerduty('acknowledged').body }, 401],
    ['altered', { ...pagerduty('acknowledged'), body: pagerduty('resolved').body }, 401],
    ['of before the last reopening', pagerduty('acknowledged', NOW - 11 * MINUTE), 200],
    ['resolved before the last reopening', pagerduty('resolved', NOW - 11 * MINUTE), 200],
    ['reopening what is open', pagerduty('reopened'), 200],
    ['another event', pagerduty('priority_updated'), 200],
    ['no event', { ...pagerduty('acknowledged'), ...signedText('{}') }, 400],
  ])('%s: changes nothing', async (_what, init, status) => {
    const { call, operations } = harness();
    expect((await call('POST', '/callbacks/pagerduty', init)).status).toBe(status);
    expect(operations.changes).toEqual([]);
  });
});

function signedText(body: string) {
  return {
    body,
    headers: { 'content-type': 'application/json', 'x-pagerduty-signature': `v1=${hmac(PAGERDUTY_SECRET, body)}` },
  };
}
