import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Watched } from '../../lib/loop/watched.ts';
import type { StoredEvent } from '../../lib/model/incident.ts';
import type { Signal } from '../../lib/model/signal.ts';
import { ScriptedOperations } from '../api/scriptedOperations.ts';
import { HOUR, incident } from '../decision/fixtures.ts';
import { type Stage, stage } from './nightshift.ts';

const HEARD: Signal = {
  id: 'sig_1',
  source: 'watch',
  receivedAt: 0,
  fingerprint: 'f',
  status: 'firing',
  startsAt: 0,
  endsAt: null,
  labels: { alertname: 'Anomaly', watch: 'checkout' },
  annotations: {},
  generatorURL: null,
};
const WATCHED: Watched = {
  id: 'checkout',
  title: 'Checkout',
  expr: 'up',
  unit: '',
  direction: 'both',
  maxFalseAlarmsPerWeek: 1,
  tell: 'all',
  series: 0,
  alarms: 0,
  lastAlarm: null,
  scoredUpTo: null,
  useful: 0,
  useless: 0,
  problem: null,
  precision: null,
  earlier: 0,
  suggestion: null,
};
const stored = (event: StoredEvent['event']): StoredEvent => {
  const { events } = new ScriptedOperations();
  return { ...(events[0] as StoredEvent), event };
};

let on: Stage;
beforeAll(async () => {
  on = await stage();
});
afterAll(() => on.close());
/** The incident as it was scripted, and nothing changed yet. */
beforeEach(() => {
  const fresh = new ScriptedOperations();
  const { operations } = on.harness;
  operations.changes.length = 0;
  operations.incidentNow = fresh.incidentNow;
  operations.events = fresh.events;
  operations.stopNow = null;
  operations.windowsNow = [];
  operations.tokensNow = [];
  operations.demotionsNow = fresh.demotionsNow;
  operations.same = true;
  operations.prometheusNow = 'ok';
  operations.watchesNow = [];
  operations.runs.length = 0;
  operations.filters.length = 0;
});

describe('reading', () => {
  test('incidents as a table, or as JSON for programs', async () => {
    const { code, out } = await on.run(['incidents', '--state', 'open,acknowledged', '--limit', '5']);
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toMatch(/^ID +STATE +SEVERITY +ALERT/);
    expect(out).toMatch(/inc_1 +open +warning +RedisDown +web-1 +redis +prod +awaiting-approval/);
    expect(on.harness.operations.filters).toEqual([{ state: ['open', 'acknowledged'], limit: 5 }]);
    const json = await on.run(['incidents', '--json']);
    expect(JSON.parse(json.out).items[0].id).toBe('inc_1');
    expect((await on.run(['incidents', '--host', 'nowhere'])).out).toBe('No incidents.\n');
  });
  test('why tells each rule, the plan, the output of the run and its proof', async () => {
    const { code, out } = await on.run(['why', 'inc_1']);
    expect(code).toBe(0);
    expect(out).toMatch(/Decision: approve · policy redis-down/);
    expect(out).toMatch(/✓ window +no window is open/);
    expect(out).toMatch(/✗ budget +the budget of this hour is spent/);
    expect(out).toMatch(/… autonomy +a person must approve/);
    expect(out).toMatch(/Plan plan_0: verified +proven well/);
    expect(out).toMatch(/web-1: succeeded · exit 0/);
    expect(out).toContain('│ it serves again');
    expect(out).toMatch(/verified: 0 → 1/);
    expect(out).toMatch(/Plan plan_1: awaiting-approval/);
    expect(out).not.toContain('\u001b');
  });
  test('why nothing was decided yet is told too', async () => {
    on.harness.operations.incidentNow = incident({ diagnosis: 'wanted' });
    expect((await on.run(['why', 'inc_1'])).out).toContain(
      'Nothing has been decided: its diagnosis is still under way.',
    );
  });
  test('text from alerts and hosts steers no terminal', async () => {
    const subject = { ...incident().subject, alertname: '\u001b]0;owned\u0007\u001b[2J', host: 'a\u202eb' };
    on.harness.operations.incidentNow = incident({ subject });
    for (const command of ['show', 'why', 'incidents']) {
      const { out } = await on.run(command === 'incidents' ? [command] : [command, 'inc_1']);
      expect(out).toContain('owned');
      expect(out).not.toMatch(/[\u001b\u0007\u202e]/);
    }
  });
  test('show and why say what was told, and what could not be looked at is one line for each reason', async () => {
    const missing = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => ({
      indicator: name,
      reason: name === 'c' ? 'not asked' : 'no such series',
    }));
    const evidence = { at: 0, from: 0, to: 0, ranked: [], missing, summary: 'nothing moved' };
    const annotations = { summary: 'Checkout is unusual: 3 s', description: 'value high (1 in 900).' };
    const firstSignal = { ...HEARD, annotations };
    on.harness.operations.incidentNow = incident({ evidence, firstSignal });
    on.harness.operations.events = [stored({ type: 'signal.heard', signal: firstSignal, severity: 'warning' })];
    for (const command of ['show', 'why']) {
      const { out } = await on.run([command, 'inc_1']);
      expect(out).toMatch(/^Checkout is unusual: 3 s\nvalue high \(1 in 900\)\.$/m);
    }
    const { out } = await on.run(['show', 'inc_1']);
    expect(out.match(/^ {2}missing .*$/gm)).toEqual([
      '  missing a, b, d, e, f and 1 more: no such series',
      '  missing c: not asked',
    ]);
    expect(out).toMatch(/signal\.heard +nightshift +Anomaly of checkout · firing · Checkout is unusual: 3 s$/m);
    expect(JSON.parse((await on.run(['why', 'inc_1', '--json'])).out)).toMatchObject({
      plain: expect.arrayContaining(['Checkout is unusual: 3 s']),
    });
  });
  test('where nothing is scored, watches says why', async () => {
    const { operations } = on.harness;
    const told = async () => (await on.run(['watches'])).out;
    operations.watchesNow = [];
    expect(await told()).toBe('Nothing is watched: watch.packs has none, and watch.own neither.\n');
    operations.watchesNow = [WATCHED];
    expect(await told()).toMatch(/^WATCH[\s\S]*\nNothing is scored yet: each minute is a round\.\n$/);
    operations.prometheusNow = 'not-configured';
    expect(await told()).toMatch(/\nNothing is scored: no Prometheus is configured \(.*\)\.\n$/);
    operations.prometheusNow = 'down';
    expect(await told()).toMatch(/\nNothing is scored: Prometheus does not answer \(.*\)\.\n$/);
    operations.watchesNow = [{ ...WATCHED, tell: 'new', scoredUpTo: 1 }];
    expect(await told()).toMatch(/TELLS[\s\S]* new /);
    operations.watchesNow = [{ ...WATCHED, scoredUpTo: 1, useful: 1, useless: 1, precision: 0.5, earlier: 7 }];
    expect(await told()).toContain(' 50 % of 2 (7 earlier) ');
    expect(await told()).not.toContain('Nothing is scored');
    operations.watchesNow = ['a', 'b', 'c', 'd'].map((id) => ({ ...WATCHED, id, scoredUpTo: 1, problem: 'it hangs' }));
    expect(await told()).toMatch(/\nnot scored: a, b, c and 1 more: it hangs\n$/);
  });
  test('show has the timeline', async () => {
    const { out } = await on.run(['show', 'inc_1']);
    expect(out).toMatch(/Timeline\n +\d{4}-\d\d-\d\dT.*incident\.reopened +nightshift +again/);
  });
  test.each([
    [['policies'], /redis-down +redis +auto +restart +alertname="RedisDown"/],
    [['hosts'], /i-10 +web-10 +prod +online +redis/],
    [['health'], /^ok {2}Nightshift 0 at http.*\n[\s\S]*prometheus +ok +3 ms/],
    [['runbook', 'list'], /restart +redis +change/],
    [['demotions', 'list'], /redis-down +prod +suggest/],
    [['windows', 'list'], /^No windows\.\n$/],
    [['tokens', 'list'], /^No tokens were given out/],
    [['stop'], /^No stop stands\.\n$/],
    [['replay', 'inc_1'], /^inc_1: the same/],
    [['audit', 'verify'], /is whole: 9 events in 2 streams/],
  ])('%p', async (args, expected) => {
    const { code, out, err } = await on.run(args);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(expected);
    const json = await on.run([...args, '--json']);
    expect(() => JSON.parse(json.out)).not.toThrow();
  });
  test('a broken audit log and a replay that differs end with 1', async () => {
    on.harness.operations.same = false;
    const audit = await on.run(['audit', 'verify']);
    expect([audit.code, audit.out]).toEqual([1, expect.stringContaining('✗ inc_1 at 2: the hash differs')]);
    expect((await on.run(['replay', 'inc_1'])).code).toBe(1);
  });
});

describe('doing', () => {
  test.each([
    [['ack', 'inc_1'], 'acknowledge by admin-person via cli'],
    [['comment', 'inc_1', 'looks', 'like', 'the disk'], 'comment looks like the disk by admin-person via cli'],
    [['close', 'inc_1', '--reason', 'done'], 'close done by admin-person via cli'],
    [['approve', 'inc_1'], 'approve plan_1 by admin-person via cli'],
    [['reject', 'inc_1', '--reason', 'not now'], 'reject plan_1 not now by admin-person via cli'],
    [
      ['demotions', 'lift', 'redis-down', 'prod', '--reason', 'mended'],
      'promote redis-down prod mended by admin-person',
    ],
    [['stop', '--for', '30m', '--reason', 'r'], 'stop by admin-person'],
    [['windows', 'add', 'freeze', '--for', '2h', '--host', 'web-1', '--reason', 'r'], 'window by admin-person'],
    [['tokens', 'create', 'ada', '--role', 'approver'], 'token ada approver by admin-person'],
    [['tokens', 'revoke', 'ada', '--reason', 'left'], 'revoke ada left by admin-person'],
  ])('%p', async (args, change) => {
    const { code, err } = await on.run(args);
    expect([code, err]).toEqual([0, '']);
    expect(on.harness.operations.changes).toEqual([change]);
  });
  test('an approval for a hash that is no longer the plan is refused', async () => {
    const { code, err } = await on.run(['approve', 'inc_1', '--hash', 'reviewed-yesterday']);
    expect(code).toBe(1);
    expect(err).toContain('[approval.hash]');
    expect(on.harness.operations.changes).toEqual([]);
  });
  test('where no plan waits, there is nothing to approve', async () => {
    on.harness.operations.incidentNow = incident();
    const { code, err } = await on.run(['approve', 'inc_1']);
    expect([code, err]).toEqual([1, expect.stringContaining('no plan that waits for approval')]);
  });
  test('reopen what is not closed is refused by the other side', async () => {
    expect((await on.run(['reopen', 'inc_1', '--reason', 'r'])).code).toBe(1);
  });
  test('a manual run passes hosts in order, parameters and dry run; refused by its guards it ends with 1', async () => {
    const args = [
      'runbook',
      'run',
      'restart',
      '--host',
      'web-2',
      '--host',
      'web-1',
      '--param',
      'service=a=b',
      '--dry-run',
      '--reason',
      'r',
    ];
    const { code, out } = await on.run(args);
    expect([code, out]).toEqual([0, expect.stringContaining('inc_run: dispatching')]);
    expect(on.harness.operations.runs).toEqual([
      { runbook: 'restart', hosts: ['web-2', 'web-1'], parameters: { service: 'a=b' }, dryRun: true, reason: 'r' },
    ]);
    expect((await on.run(['runbook', 'run', 'restart', '--host', 'offline', '--reason', 'r'])).code).toBe(1);
  });
  test('a stop is lifted, a weekly window is kept as it was said', async () => {
    await on.run(['stop', '--reason', 'r']);
    expect((await on.run(['stop'])).out).toMatch(/^Stopped until .* by admin-person: r\n$/);
    expect((await on.run(['stop', '--lift', '--reason', 'done'])).out).toBe('The stop is lifted.\n');
    const weekly = ['--days', 'fri,sun', '--at', '18:00', '--zone', 'Europe/Berlin', '--for', '12h', '--reason', 'r'];
    await on.run(['windows', 'add', 'maintenance', ...weekly]);
    expect(on.harness.operations.windowsNow[0]?.when).toEqual({
      days: [5, 7],
      at: '18:00',
      zone: 'Europe/Berlin',
      lasts: 12 * HOUR,
    });
    expect((await on.run(['windows', 'list'])).out).toMatch(
      /win_1 +maintenance +Fri,Sun 18:00 Europe\/Berlin for 720m +everything/,
    );
    expect((await on.run(['windows', 'remove', 'win_1'])).code).toBe(0);
    expect(on.harness.operations.windowsNow).toEqual([]);
  });
});

describe('used wrongly: exit code 2, nothing changed', () => {
  test.each([
    [['frobnicate'], /unknown command/],
    [['incidnets'], /Did you mean incidents/],
    [['why'], /missing required argument/],
    [['close', 'inc_1'], /--reason/],
    [['stop', '--for', 'long', '--reason', 'r'], /not a duration/],
    [['stop', '--for', '1h'], /--reason/],
    [['stop', '--lift'], /--reason/],
    [['runbook', 'run', 'restart', '--host', 'a', '--param', 'x', '--reason', 'r'], /name=value/],
    [
      ['windows', 'add', 'freeze', '--days', 'fry', '--at', '18:00', '--zone', 'UTC', '--for', '1h', '--reason', 'r'],
      /mon,tue/,
    ],
    [['windows', 'add', 'freeze', '--reason', 'r'], /--for/],
    [['tokens', 'create', 'ada'], /--role/],
    [['tokens', 'create', 'ada', '--role', 'king'], /viewer, operator, approver, admin/],
    [['tokens', 'revoke', 'ada'], /--reason/],
    [['incidents', '--jsn'], /unknown option/],
  ])('%p', async (args, expected) => {
    const { code, err } = await on.run(args);
    expect(code).toBe(2);
    expect(err).toMatch(expected);
    expect(on.harness.operations.changes).toEqual([]);
  });
  test('an error in JSON for programs', async () => {
    const { code, out, err } = await on.run(['--json', 'why', 'inc_x']);
    expect([code, out]).toEqual([1, '']);
    expect(JSON.parse(err).error).toMatchObject({ code: 'incident.absent', field: 'id' });
  });
});

describe('help', () => {
  test('has examples and the exit codes, and needs nobody running', async () => {
    const { code, out } = await on.run(['--help'], { NIGHTSHIFT_URL: 'http://127.0.0.1:9' });
    expect(code).toBe(0);
    expect(out).toContain('Examples:');
    expect(out).toContain('Exit codes:');
    expect((await on.run(['runbook', 'run', '--help'])).out).toContain('--param <name=value>');
  });
  test('without a command it is shown, as a mistake', async () => {
    expect((await on.run([])).code).toBe(2);
  });
});
