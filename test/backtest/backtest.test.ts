import { describe, expect, test } from '@jest/globals';
import { HOUR, MINUTE, outages, pasts, queue, T0 } from './recorded.ts';

const open = pasts();
const FREE = 'cooldown: 0s, blastRadius: { hosts: 2, percent: 100 }';

describe('policies', () => {
  test('one that goes from shadow to auto would have run what it only noted before', async () => {
    const past = await open();
    outages(past.prometheus, [[60, 61]]);
    const report = await past.run({
      old: await past.folder('old', { guards: FREE }),
      new: await past.folder('new', { autonomy: 'auto', guards: FREE }),
    });
    expect(report.alerts).toBe(1);
    expect(report.comparison?.differ).toBe(true);
    const [pair, ...others] = report.comparison?.decisions.both ?? [];
    expect(others).toEqual([]);
    const about = { at: T0 + 60 * MINUTE, alertname: 'RedisDown', host: 'cache-1', runbook: 'restart-redis' };
    expect(pair?.old).toMatchObject({ ...about, outcome: 'shadow', hosts: ['cache-1'] });
    expect(pair?.new).toMatchObject({ ...about, outcome: 'run', hosts: ['cache-1'], refusedBy: [] });
    expect(pair?.new.reason).toBe('runs restart-redis on cache-1');
    // The recorded end came within the time for the proof: nobody would have been called.
    expect(report.old?.incidents).toMatchObject([{ paged: true, endedAt: T0 + 61 * MINUTE }]);
    expect(report.new.incidents).toMatchObject([{ paged: false, endedAt: T0 + 61 * MINUTE }]);
  });

  test('the replay has a history of its own: what would have run once spends cooldown, budget and the cure', async () => {
    const past = await open();
    // Twice within the cooldown on a host whose first cure is not proven in time; then twice with a proof.
    outages(past.prometheus, [
      [60, 70],
      [95, 96],
    ]);
    const more = { cluster: 'prod', host: 'cache-2', service: 'redis' };
    outages(
      past.prometheus,
      [
        [200, 201],
        [290, 291],
      ],
      more,
    );
    const { decisions } = (
      await past.run({
        new: await past.folder('new', {
          autonomy: 'auto',
          guards: 'cooldown: 1h, blastRadius: { hosts: 2, percent: 100 }',
        }),
      })
    ).new;
    expect(decisions.map(({ host, outcome, refusedBy }) => [host, outcome, refusedBy])).toEqual([
      ['cache-1', 'run', []],
      ['cache-1', 'refuse', ['cooldown']],
      ['cache-2', 'run', []],
    ]);
  });

  test('after a cure that the record bears out, the next firing is a recurrence: the same incident, and a person', async () => {
    const past = await open();
    outages(past.prometheus, [
      [60, 61],
      [200, 201],
    ]);
    const report = await past.run({
      old: await past.folder('old', { guards: FREE }),
      new: await past.folder('new', { autonomy: 'auto', guards: FREE }),
    });
    expect(report.old?.incidents).toHaveLength(2);
    expect(report.new.incidents).toMatchObject([
      { openedAt: T0 + 60 * MINUTE, paged: true, endedAt: T0 + 201 * MINUTE },
    ]);
    expect(report.new.decisions).toHaveLength(1);
  });

  test('a guard that refuses says so, and which fact it looked at', async () => {
    const past = await open();
    outages(past.prometheus, [[60, 61]]);
    outages(past.prometheus, [[60, 61]], { cluster: 'prod', host: 'cache-2', service: 'redis' });
    const report = await past.run({
      old: await past.folder('old', { autonomy: 'auto', guards: FREE }),
      // The second host of two: the first would still be under way.
      new: await past.folder('new', { autonomy: 'auto', guards: 'blastRadius: { hosts: 1, percent: 25 }' }),
    });
    const [pair, ...others] = report.comparison?.decisions.both ?? [];
    expect(others).toEqual([]);
    expect([pair?.old.outcome, pair?.new.outcome]).toEqual(['run', 'refuse']);
    expect(pair?.new.refusedBy).toEqual(['blast-radius']);
    expect(pair?.new.reason).toMatch(/^refused by blast-radius \(blast-radius: /);
  });

  test('preconditions are asked at the time of the alert, not now', async () => {
    const past = await open();
    outages(past.prometheus, [[60, 65]]);
    past.prometheus.now = T0 / 1000 + 30 * 3600;
    await past.run({ new: await past.folder('new') });
    const asked = past.prometheus.asked.filter(({ path }) => path === '/api/v1/query');
    expect(asked.map(({ form }) => [form.query, Number(form.time)])).toEqual([
      ['redis_up{cluster="prod",host="cache-1",service="redis"}', T0 / 1000 + 3600],
    ]);
  });

  test('the same configuration twice makes no difference', async () => {
    const past = await open();
    outages(past.prometheus, [[60, 65]]);
    queue(past.prometheus, [{ from: T0 + 2 * HOUR, length: 30 * MINUTE, add: 300 }]);
    const report = await past.run({ old: await past.folder('old'), new: await past.folder('new') });
    expect(report.comparison).toMatchObject({ differ: false });
    expect(report.new.alarms.length).toBeGreaterThan(0);
    expect(report.new.decisions.length).toBeGreaterThan(0);
  });

  test('a plan that waits for a person lapses, because nobody approves in a replay', async () => {
    const past = await open();
    outages(past.prometheus, [[60, 100]]);
    const { new: fresh } = await past.run({ new: await past.folder('new', { autonomy: 'approve', guards: FREE }) });
    expect(fresh.decisions).toMatchObject([{ outcome: 'approve' }]);
    expect(fresh.incidents).toMatchObject([{ paged: true, endedAt: T0 + 100 * MINUTE }]);
  });
});

describe('the watch list', () => {
  test('a lower sensitivity tells less of the same past, and the difference is in alarms and incidents', async () => {
    const past = await open();
    queue(past.prometheus, [
      { from: T0 + 2 * HOUR, length: 30 * MINUTE, add: 400 },
      { from: T0 + 5 * HOUR, length: 10 * MINUTE, add: 80 },
    ]);
    const report = await past.run({
      old: await past.folder('old', { perWeek: 500 }),
      new: await past.folder('new', { perWeek: 0.01 }),
    });
    const { alarms, incidents, differ } = report.comparison ?? {};
    expect(report.new.alarms.length).toBeLessThan(report.old?.alarms.length ?? 0);
    expect(alarms?.onlyNew).toEqual([]);
    expect(alarms?.onlyOld.length).toBeGreaterThan(0);
    expect(incidents?.onlyOld.length).toBeGreaterThan(0);
    expect(differ).toBe(true);
    const great = report.new.alarms.find(({ begin }) => begin >= T0 + 2 * HOUR && begin < T0 + 2 * HOUR + 5 * MINUTE);
    expect(great).toMatchObject({ watch: 'queue', kind: 'anomaly' });
    expect(great?.summary).toMatch(/^Queue is unusual: 5\d\d/);
  });

  test('is read in answers that Prometheus gives: bounded in points, each point once', async () => {
    const past = await open();
    queue(past.prometheus, []);
    await past.run({ new: await past.folder('new') });
    const ranges = past.prometheus.asked
      .filter(({ form }) => form.query === 'queue_length')
      .map(({ form }) => ({ start: Number(form.start), end: Number(form.end), step: Number(form.step) }));
    for (const { start, end, step } of ranges) expect((end - start) / step).toBeLessThan(11_000);
    // A day to learn from and eight hours are 1,920 points: a first look, and the rest.
    expect(ranges).toHaveLength(2);
    for (const [at, { start, step }] of ranges.entries())
      if (at > 0) expect(start).toBe((ranges[at - 1]?.end ?? 0) + step);
  });

  test('learns for as long as it is told to, and tells nothing of what it saw then', async () => {
    const past = await open();
    queue(past.prometheus, [{ from: T0 + 2 * HOUR, length: 30 * MINUTE, add: 400 }]);
    const folder = await past.folder('new');
    const from = T0 + 4 * HOUR;
    const { new: fresh } = await past.run({ new: folder, from, learn: 3 * HOUR });
    expect(fresh.alarms).toEqual([]);
    expect(fresh.incidents).toEqual([]);
    const starts = past.prometheus.asked.filter(({ form }) => form.query === 'queue_length');
    expect(Number(starts[0]?.form.start) * 1000).toBeLessThan(T0 + HOUR - 23 * HOUR);
  });

  test('a watch that Prometheus refuses is a problem that is told once, and no end', async () => {
    const past = await open();
    outages(past.prometheus, [[60, 61]]);
    const folder = await past.folder('new');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(
      `${folder}/nightshift.yaml`,
      `watch: { packs: [], own: [{ name: odd, expr: 'sum(queue_length)' }] }\nprometheus: { url: '${past.prometheus.url}' }\n`,
    );
    const { new: fresh } = await past.run({ new: folder });
    expect(fresh.problems).toHaveLength(1);
    expect(fresh.problems[0]).toMatch(/^odd: metrics.query: Prometheus refuses/);
    expect(fresh.watches).toEqual([{ id: 'odd', title: 'odd', series: 0 }]);
  });
});

describe('what goes wrong', () => {
  test('a Prometheus that breaks off is an error, never a smaller answer', async () => {
    const past = await open();
    past.prometheus.manner = 'gone';
    await expect(past.run({ new: await past.folder('new') })).rejects.toMatchObject({ code: 'metrics.unavailable' });
  });
  test('a folder without a configuration, and no Prometheus', async () => {
    const past = await open();
    const folder = await past.folder('new');
    await expect(past.run({ old: '/nowhere', new: folder })).rejects.toMatchObject({
      code: 'backtest.folder',
      field: '--old',
    });
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${folder}/nightshift.yaml`, '');
    await expect(past.run({ new: folder })).rejects.toMatchObject({ code: 'backtest.prometheus' });
    await expect(past.run({ new: folder, prometheus: 'nonsense' })).rejects.toMatchObject({ field: '--prometheus' });
  });
});
