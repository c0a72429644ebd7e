import { describe, expect, test } from '@jest/globals';
import type { Watched } from '../../lib/loop/watched.ts';
import type { Episode } from '../../lib/model/incident.ts';
import type { Signal } from '../../lib/model/signal.ts';
import { type Harness, harness } from './harness.ts';
import { cookie, HOSTILE, HTML, send, signal } from './pageRequests.ts';
import { NOW } from './scriptedOperations.ts';

describe('the watch list', () => {
  const watched = (change: Partial<Watched>): Watched => ({
    id: 'redis-memory',
    title: 'Memory of Redis',
    expr: 'redis_memory_used_bytes',
    unit: 'B',
    direction: 'high',
    maxFalseAlarmsPerWeek: 1,
    tell: 'all',
    series: 3,
    alarms: 0,
    lastAlarm: null,
    scoredUpTo: NOW / 1000,
    useful: 0,
    useless: 0,
    problem: null,
    precision: null,
    earlier: 0,
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
      watched({ id: 'a-quiet', title: 'A quiet one', tell: 'new', lastAlarm: NOW / 1000 - 7_200 }),
      watched({ id: 'never', title: HOSTILE, scoredUpTo: null, suggestion: HOSTILE }),
      watched({
        alarms: 1,
        lastAlarm: NOW / 1000 - 60,
        useful: 1,
        useless: 4,
        precision: 0.2,
        earlier: 7,
        suggestion: 'ask for stronger ones',
      }),
    ];
    const { status, text, headers } = await made.call('GET', '/watches', { headers: HTML });
    expect(text.split('what comes back counts less')).toHaveLength(2);
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
    expect(text).toMatch(
      /20 % <span class="soft small">useful of 5<\/span> <span class="soft small">7 earlier, not counted</,
    );
    expect(text).toContain('ask for stronger ones');
    expect(text).toMatch(/2 h 0 min ago|120 min ago|7200 s ago/);
    expect(text).toMatch(/<nav>.*href="\/watches"/);
  });

  test('says why a watch is not scored, and puts those without series behind the others', async () => {
    const made = harness();
    made.operations.watchesNow = [
      watched({ id: 'idle', title: 'An idle one', series: 0 }),
      watched({ id: 'broken', title: 'A broken one', scoredUpTo: null, series: 0, problem: 'metrics.query: <no>' }),
    ];
    const { text } = await made.call('GET', '/watches', { headers: HTML });
    expect(text).toMatch(
      /A broken one[\s\S]*not scored: metrics.query: &lt;no&gt;[\s\S]*<details><summary>1 more have no series[\s\S]*An idle one/,
    );
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
