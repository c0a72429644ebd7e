import { describe, expect, test } from '@jest/globals';
import type { EvidenceSeries, Incident, StoredEvent } from '../../lib/model/incident.ts';
import { incident, planView } from '../decision/fixtures.ts';
import { type Harness, harness } from './harness.ts';
import { HOSTILE, HTML, signal } from './pageRequests.ts';
import { MINUTE, NOW, OUTPUT_KEY } from './scriptedOperations.ts';

const series = (change: Partial<EvidenceSeries> = {}): EvidenceSeries => ({
  indicator: 'redis-up',
  title: 'Redis answers',
  unit: '',
  series: 'redis_up{host="web-1"}',
  score: -9,
  last: 0,
  median: 1,
  movedAt: NOW - 2 * MINUTE,
  blob: 'incidents/inc_1/evidence/0.json',
  spark: [1, 1, 1, 0],
  ...change,
});
const evidence = (ranked: readonly EvidenceSeries[], word = 'redis_up left its past'): Incident['evidence'] => ({
  at: NOW,
  from: NOW - 60 * MINUTE,
  to: NOW,
  ranked,
  missing: [{ indicator: 'redis-latency', reason: word }],
  summary: word,
});

/** Everything that comes from outside says the same hostile words. */
function hostile(made: Harness): void {
  const { operations } = made;
  const was = operations.incidentNow;
  const subject = {
    ...was.subject,
    alertname: HOSTILE,
    host: HOSTILE,
    service: HOSTILE,
    cluster: HOSTILE,
    team: HOSTILE,
  };
  const plans = was.plans.map((plan) => ({
    ...plan,
    reason: HOSTILE,
    parameters: { [HOSTILE]: HOSTILE },
    targets: [{ hostId: HOSTILE, hostName: HOSTILE, cluster: HOSTILE }],
    executions: plan.executions.map((one) => ({ ...one, reason: HOSTILE, commandId: HOSTILE })),
  }));
  const decisions = was.decisions.map((one) => ({
    ...one,
    reasons: [{ rule: HOSTILE, verdict: 'refuse' as const, text: HOSTILE, facts: { [HOSTILE]: HOSTILE } }],
  }));
  const ranked = [series({ title: HOSTILE, unit: HOSTILE, series: HOSTILE })];
  operations.incidentNow = {
    ...was,
    subject,
    plans,
    decisions,
    firstSignal: signal(HOSTILE),
    evidence: evidence(ranked, HOSTILE),
    parent: HOSTILE,
    acknowledgedBy: HOSTILE,
  };
  const at = { v: 1, stream: 'inc_1', version: 1, at: NOW, previous: '', hash: '' } as const;
  const actor = { name: HOSTILE, via: 'api' } as const;
  operations.events = [
    { ...at, actor, event: { type: 'signal.heard', signal: signal(HOSTILE), severity: 'critical' } },
    { ...at, actor, event: { type: 'incident.commented', text: HOSTILE } },
    { ...at, actor, event: { type: HOSTILE } as unknown as StoredEvent['event'] },
  ];
  operations.stopNow = { until: NOW + MINUTE, reason: HOSTILE, by: HOSTILE };
  operations.demotionsNow = [{ policy: HOSTILE, cluster: HOSTILE, to: 'suggest', reason: HOSTILE, at: NOW }];
  operations.blob = async () =>
    new TextEncoder().encode(JSON.stringify({ stdout: HOSTILE, stderr: HOSTILE, truncated: false }));
}

/** The names of all tags of a page, and whether any carries a handler, a style or an address that is not ours. */
function markup(text: string): { tags: Set<string>; attributes: string[] } {
  const found = [...text.matchAll(/<([a-zA-Z!/][^\s>]*)([^>]*)>/g)];
  const attributes = found.flatMap(([, , rest = '']) =>
    [...rest.matchAll(/\s([a-z-]+)=/gi)].map(([, name = '']) => name.toLowerCase()),
  );
  return { tags: new Set(found.map(([, name = '']) => name.replace('/', '').toLowerCase())), attributes };
}
const HARMLESS =
  '!doctype html head meta title link body header strong a nav span form button main h1 h2 h3 p b ul li ol table tbody tr th td div section details summary pre code time svg line path input label'.split(
    ' ',
  );

describe('the pages', () => {
  test('tell what is open, what is well, what may act and what is stopped', async () => {
    const made = harness();
    made.operations.stopNow = { until: NOW + MINUTE, reason: 'change night', by: 'ada' };
    await made.call('POST', '/api/windows', {
      token: 'admin-token',
      body: {
        kind: 'freeze',
        when: { days: [5], at: '18:00', zone: 'Europe/Berlin', lasts: 3_600_000 },
        reason: 'weekend',
      },
    });
    const { status, text, headers } = await made.call('GET', '/');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    for (const word of [
      'One incident is open',
      '/incidents/inc_1',
      'RedisDown',
      'prometheus',
      'redis-down',
      'auto',
      'change night',
      'ada',
      'weekend',
      'Fri at 18:00 Europe/Berlin',
      'it did not help',
    ])
      expect(text).toContain(word);
  });
  test('of an incident show evidence, the reason of every rule, output, and the values before and after', async () => {
    const made = harness();
    made.operations.incidentNow = {
      ...made.operations.incidentNow,
      evidence: evidence([series(), series({ title: 'Second', movedAt: null })]),
    };
    const { status, text } = await made.call('GET', '/incidents/inc_1');
    expect(status).toBe(200);
    for (const word of [
      '1. Redis answers',
      '2. Second',
      'left its past 2 min before the alert',
      'redis-latency',
      'no window is open',
      'a person must approve',
      'the budget of this hour is spent',
      'it serves again',
      'both samples are newer than the cure',
      'opened again: again',
    ])
      expect(text).toContain(word);
    expect(text.match(/<svg /g)).toHaveLength(2);
    expect(text).toMatch(/<b>before<\/b>0<.*<b>after<\/b>1</s);
    expect(text.indexOf('budget')).toBeLessThan(text.indexOf('no window is open'));
  });
  test('draw a series from its blob, with its gap and its moment', async () => {
    const made = harness();
    const blob = made.operations.blob.bind(made.operations);
    const from = NOW / 1000 - 600;
    const samples = [0, 15, 30, 300, 315].map((t) => [from + t, t]);
    made.operations.blob = async (key) =>
      key === OUTPUT_KEY ? blob(key) : new TextEncoder().encode(JSON.stringify(samples));
    made.operations.incidentNow = { ...made.operations.incidentNow, evidence: evidence([series()]) };
    const { text } = await made.call('GET', '/incidents/inc_1');
    const [, curve = ''] = /<path class="series"[^>]* d="([^"]*)"/.exec(text) ?? [];
    expect(curve.match(/M/g)).toHaveLength(2);
    expect(text).toContain('class="moved"');
  });
  test('show a series whose blob is gone, and say of output that it cannot be shown', async () => {
    const made = harness();
    made.operations.blob = async () => new TextEncoder().encode('not JSON');
    made.operations.incidentNow = { ...made.operations.incidentNow, evidence: evidence([series()]) };
    const { status, text } = await made.call('GET', '/incidents/inc_1');
    expect(status).toBe(200);
    expect(text).toContain('4 values');
    expect(text).toContain('Its output cannot be shown');
  });
  test.each(['/', '/incidents', '/incidents/inc_1', '/sign-in', '/nowhere'])(
    '%s: hostile text stays text',
    async (path) => {
      const made = harness();
      hostile(made);
      const { text, headers } = await made.call('GET', path, { token: 'approver-token', headers: HTML });
      const { tags, attributes } = markup(text);
      for (const tag of tags) expect(HARMLESS).toContain(tag);
      expect(attributes.filter((name) => name.startsWith('on') || name === 'style')).toEqual([]);
      expect(text).not.toMatch(/[\u202e\u0000]/);
      expect(text).not.toMatch(/href="(?!\/)/);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain('unsafe');
      expect(policy).not.toContain('script-src');
    },
  );
  test('the hostile page does show what was said', async () => {
    const made = harness();
    hostile(made);
    const { text } = await made.call('GET', '/incidents/inc_1', { token: 'approver-token' });
    expect(text.match(/&lt;script&gt;alert\(1\)/g)?.length).toBeGreaterThan(20);
  });
  test('a path that leads nowhere is a page for a browser and JSON for a program', async () => {
    const { call } = harness();
    const page = await call('GET', '/nowhere', { headers: HTML });
    expect(page).toMatchObject({ status: 404, json: null });
    expect(page.text).toContain('There is nothing here');
    expect(await call('GET', '/nowhere')).toMatchObject({ status: 404, json: { error: { code: 'api.path' } } });
    expect((await call('GET', '/api/nothing', { headers: HTML })).json).toMatchObject({ error: { code: 'api.path' } });
    const gone = await call('GET', '/incidents/inc_9', { headers: HTML });
    expect(gone).toMatchObject({ status: 404, json: null });
    expect(gone.text).toContain('incident.absent');
  });
  test('look again by themselves while something moves, and never under a form that is being filled in', async () => {
    const made = harness();
    const refresh = async (token?: string) =>
      /http-equiv="refresh" content="(\d+)"/.exec(
        (await made.call('GET', '/incidents/inc_1', token === undefined ? {} : { token })).text,
      )?.[1] ?? null;
    expect(await refresh('approver-token')).toBeNull();
    made.operations.incidentNow = incident({ plans: [planView({ state: 'running', executions: [] })] });
    expect(await refresh('approver-token')).toBe('3');
    made.operations.incidentNow = incident({ state: 'closed', closedAt: NOW });
    expect(await refresh()).toBeNull();
  });
});
