import { describe, expect, test } from '@jest/globals';
import type { Watched } from '../../lib/loop/watched.ts';
import type { Episode, EvidenceSeries, Incident, StoredEvent } from '../../lib/model/incident.ts';
import type { Signal } from '../../lib/model/signal.ts';
import { incident, planView } from '../decision/fixtures.ts';
import { type Harness, harness } from './harness.ts';
import { MINUTE, NOW, OUTPUT_KEY, PLAN_HASH } from './scriptedOperations.ts';

const ORIGIN = 'http://127.0.0.1:9099';
const FORM = { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN };
const HTML = { accept: 'text/html,application/xhtml+xml' };
const APPROVE = '/incidents/inc_1/plans/plan_1/approve';
const cookie = (token: string) => ({ cookie: `other=1; nightshift_9099=${token}` });
const send = ({ call }: Harness, path: string, body: string, headers: Record<string, string> = {}) =>
  call('POST', path, { body, headers: { ...FORM, ...headers } });

/** Ends an attribute, a tag, a style, a title, a textarea and a comment, and turns the reading direction. */
const HOSTILE = `"'><script>alert(1)</script></title></style></textarea>--><img src=x onerror=alert(2)><svg onload=alert(3)>\u202e\u0000`;

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

const signal = (text: string): Signal => ({
  id: 'sig_1',
  source: 'alertmanager',
  receivedAt: NOW,
  fingerprint: text,
  status: 'firing',
  startsAt: NOW,
  endsAt: null,
  labels: { alertname: text, [text]: text },
  annotations: { summary: text, description: `${text} again` },
  generatorURL: `javascript:${text}`,
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

describe('who may read', () => {
  const far = () => harness({ loopback: false });
  test.each(['/', '/incidents', '/incidents/inc_1', '/nowhere'])(
    '%s shows a stranger the way to sign in and nothing else',
    async (path) => {
      const answer = await far().call('GET', path, { headers: HTML });
      expect(answer.status).toBe(401);
      expect(answer.text).toContain('action="/sign-in"');
      for (const word of ['RedisDown', 'prometheus', 'redis-down']) expect(answer.text).not.toContain(word);
    },
  );
  test('a token signs in for the pages alone, and leads back', async () => {
    const made = far();
    const answer = await send(made, '/sign-in', 'token=viewer-token&next=/incidents/inc_1');
    expect(answer).toMatchObject({ status: 303, text: '' });
    expect(answer.headers.get('location')).toBe('/incidents/inc_1');
    expect(answer.headers.get('set-cookie')).toMatch(
      /^nightshift_9099=viewer-token; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
    );
    expect((await made.call('GET', '/', { headers: cookie('viewer-token') })).text).toContain('RedisDown');
    expect((await made.call('GET', '/api/incidents', { headers: cookie('viewer-token') })).status).toBe(401);
    expect(
      (await made.call('POST', '/api/incidents/inc_1/acknowledge', { headers: cookie('admin-token'), body: {} }))
        .status,
    ).toBe(401);
  });
  test('over https the cookie is bound to it', async () => {
    const made = harness({ loopback: false, url: 'https://night.example' });
    const answer = await send(made, '/sign-in', 'token=viewer-token', {
      origin: 'https://night.example',
      host: 'night.example',
    });
    expect(answer.headers.get('set-cookie')).toMatch(/^__Host-nightshift=.*; Secure$/);
  });
  test.each(['guess', '', 'intake-secret-new', 'a b'])('token %p signs nobody in', async (token) => {
    const answer = await send(far(), '/sign-in', new URLSearchParams({ token }).toString());
    expect(answer.status).toBe(401);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.text).toContain('opens nothing here');
  });
  test('a token that was revoked opens nothing, and on this machine reading stays open', async () => {
    expect((await far().call('GET', '/', { headers: cookie('revoked') })).status).toBe(401);
    expect((await harness().call('GET', '/', { headers: cookie('revoked') })).status).toBe(200);
  });
  test.each(['https://evil.example', '//evil.example', '/\\evil.example', '/api/blobs/x', 'javascript:alert(1)'])(
    'signing in never leads to %s',
    async (next) => {
      const body = new URLSearchParams({ token: 'viewer-token', next }).toString();
      expect((await send(far(), '/sign-in', body)).headers.get('location')).toBe('/');
    },
  );
  test('signing out forgets the token', async () => {
    const answer = await send(far(), '/sign-out', '');
    expect(answer.headers.get('set-cookie')).toMatch(/^nightshift_9099=; Path=\/; Max-Age=0;/);
  });
});

describe('forms', () => {
  const forms: readonly (readonly [string, string, 'operator' | 'approver', string])[] = [
    ['/incidents/inc_1/acknowledge', '', 'operator', 'acknowledge by operator-person via api'],
    [APPROVE, `planHash=${PLAN_HASH}`, 'approver', 'approve plan_1 by approver-person via api'],
    [
      '/incidents/inc_1/plans/plan_1/reject',
      `planHash=${PLAN_HASH}&reason=not+now`,
      'approver',
      'reject plan_1 not now by approver-person via api',
    ],
  ];
  test.each(forms)('%s does what it says and leads back to the incident', async (path, body, role, change) => {
    const made = harness();
    const answer = await send(made, path, body, cookie(`${role}-token`));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/incidents/inc_1');
    expect(made.operations.changes).toEqual([change]);
  });
  const FOREIGN: readonly [string, Record<string, string>][] = [
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:3000' }],
    ['a hidden origin', { origin: 'null' }],
    ['a site that says nothing of itself', { origin: '' }],
  ];
  test.each(
    forms.flatMap(([path, body, role]) => FOREIGN.map(([who, headers]) => [path, who, body, role, headers] as const)),
  )('%s from %s is refused', async (path, _who, body, role, { origin = '' }) => {
    const made = harness();
    const headers = new Headers({
      host: '127.0.0.1:9099',
      'content-type': FORM['content-type'],
      ...cookie(`${role}-token`),
    });
    if (origin !== '') headers.set('origin', origin);
    const answer = await made.fetch(new Request(`${ORIGIN}${path}`, { method: 'POST', headers, body }));
    expect(answer.status).toBe(403);
    expect(made.operations.changes).toEqual([]);
  });
  test.each(forms)('%s takes a token of sufficient role, on this machine too', async (path, body, role) => {
    const made = harness();
    const without = await send(made, path, body);
    expect(without.status).toBe(401);
    expect(without.text).toContain('value="/incidents/inc_1"');
    const lower = role === 'approver' ? 'operator' : 'viewer';
    const answer = await send(made, path, body, cookie(`${lower}-token`));
    expect(answer.status).toBe(403);
    expect(answer.text).toContain(`a token of role ${role} or higher`);
    expect(made.operations.changes).toEqual([]);
  });
  test('a plan that is another by now is not approved, and the page says so', async () => {
    const made = harness();
    const answer = await send(made, APPROVE, 'planHash=older', cookie('approver-token'));
    expect(answer).toMatchObject({ status: 409, json: null });
    expect(answer.text).toContain('the plan is another');
    expect(answer.text).toContain('href="/incidents/inc_1"');
    expect(made.operations.changes).toEqual([]);
  });
  test.each([
    ['two hashes', 'planHash=a&planHash=b', {}, 400],
    ['JSON', '{}', { 'content-type': 'application/json' }, 415],
    ['more than any form', `planHash=${'a'.repeat(20_000)}`, {}, 413],
  ])('%s are no form', async (_what, body, headers, status) => {
    const made = harness();
    expect((await send(made, APPROVE, body, { ...cookie('approver-token'), ...headers })).status).toBe(status);
    expect(made.operations.changes).toEqual([]);
  });
  test('rejecting takes a reason', async () => {
    const made = harness();
    const answer = await send(
      made,
      '/incidents/inc_1/plans/plan_1/reject',
      `planHash=${PLAN_HASH}&reason=`,
      cookie('approver-token'),
    );
    expect(answer.status).toBe(400);
    expect(made.operations.changes).toEqual([]);
  });
  test('are shown to those who may use them, with the hash of what is shown', async () => {
    const made = harness();
    const page = async (token?: string) =>
      (await made.call('GET', '/incidents/inc_1', token === undefined ? {} : { token })).text;
    expect(await page('approver-token')).toContain(`name="planHash" value="${PLAN_HASH}"`);
    expect(await page('operator-token')).toContain('action="/incidents/inc_1/acknowledge"');
    expect(await page('operator-token')).not.toContain('name="planHash"');
    expect(await page()).not.toContain('/acknowledge');
  });
});

describe('the watch list', () => {
  const watched = (change: Partial<Watched>): Watched => ({
    id: 'redis-memory',
    title: 'Memory of Redis',
    expr: 'redis_memory_used_bytes',
    unit: 'B',
    direction: 'high',
    maxFalseAlarmsPerWeek: 1,
    series: 3,
    alarms: 0,
    lastAlarm: null,
    scoredUpTo: NOW / 1000,
    useful: 0,
    useless: 0,
    precision: null,
    suggestion: null,
    ...change,
  });
  const anomaly = (made: Harness) => {
    const was = made.operations.incidentNow;
    const firstSignal: Signal = {
      ...signal('Anomaly'),
      source: 'watch',
      labels: { alertname: 'Anomaly', watch: 'redis-memory' },
    };
    const episode = {
      ...was.episodes[0],
      source: 'watch',
      alertname: 'Anomaly',
      labels: firstSignal.labels,
    } as Episode;
    const subject = { ...was.subject, alertname: 'Anomaly' };
    made.operations.incidentNow = { ...was, subject, firstSignal, episodes: [episode] };
  };

  test('has state, last alarm, precision and what follows from it; what is in alarm comes first', async () => {
    const made = harness();
    anomaly(made);
    made.operations.watchesNow = [
      watched({ id: 'a-quiet', title: 'A quiet one', lastAlarm: NOW / 1000 - 7_200 }),
      watched({ id: 'never', title: HOSTILE, scoredUpTo: null, suggestion: HOSTILE }),
      watched({
        alarms: 1,
        lastAlarm: NOW / 1000 - 60,
        useful: 1,
        useless: 4,
        precision: 0.2,
        suggestion: 'ask for stronger ones',
      }),
    ];
    const { status, text, headers } = await made.call('GET', '/watches', { headers: HTML });
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).not.toMatch(/<script|<img|<svg onload/);
    expect([...text.matchAll(/<td><strong>([^<]*)/g)].map(([, title]) => title?.slice(0, 15))).toEqual([
      'Memory of Redis',
      expect.any(String),
      'A quiet one',
    ]);
    expect(text).toMatch(/pill bad">alarm<.*1 of 3 series/);
    expect(text).toContain('<a href="/incidents/inc_1">');
    expect(text).toMatch(/20 % <span class="soft small">useful of 5</);
    expect(text).toContain('ask for stronger ones');
    expect(text).toMatch(/2 h 0 min ago|120 min ago|7200 s ago/);
    expect(text).toMatch(/<nav>.*href="\/watches"/);
  });

  test('says why nothing is scored', async () => {
    const made = harness();
    made.operations.watchesNow = [watched({ scoredUpTo: null, series: 0 })];
    made.operations.prometheusNow = 'not-configured';
    expect((await made.call('GET', '/watches', { headers: HTML })).text).toContain('no Prometheus is configured');
  });

  test('an anomaly is known by its watch, and an operator marks it', async () => {
    const made = harness();
    anomaly(made);
    for (const path of ['/', '/incidents', '/incidents/inc_1'])
      expect((await made.call('GET', path, { headers: HTML })).text).toContain('Anomaly of redis-memory');
    const stranger = (await made.call('GET', '/incidents/inc_1', { headers: HTML })).text;
    expect(stranger).toContain('npx nightshift mark inc_1 useful');
    expect(stranger).not.toContain('/incidents/inc_1/mark"');
    const signedIn = { ...HTML, ...cookie('operator-token') };
    made.operations.saidNow = { 'redis-memory': false };
    const page = (await made.call('GET', '/incidents/inc_1', { headers: signedIn })).text;
    expect(page).toMatch(/<code>redis-memory<\/code><\/td><td><span class="pill bad">useless/);
    expect(page).toMatch(/action="\/incidents\/inc_1\/mark".*name="verdict" value="useful".*value="useless"/);
    const { status, headers } = await send(made, '/incidents/inc_1/mark', 'verdict=useful', cookie('operator-token'));
    expect([status, headers.get('location')]).toEqual([303, '/incidents/inc_1']);
    expect(made.operations.changes).toEqual([expect.stringMatching(/^mark .*useful.* by operator/)]);
    expect((await send(made, '/incidents/inc_1/mark', 'verdict=maybe', cookie('operator-token'))).status).toBe(400);
    expect((await send(made, '/incidents/inc_1/mark', 'verdict=useful', cookie('viewer-token'))).status).toBe(403);
    expect(made.operations.changes).toHaveLength(1);
  });

  test('an alert has nothing to mark', async () => {
    expect((await harness().call('GET', '/incidents/inc_1', { headers: HTML })).text).not.toContain('worth telling');
  });
});
