import { describe, expect, test } from '@jest/globals';
import { nightshift } from '../cli/nightshift.ts';
import type { StandIn } from '../servers/prometheusStandIn.ts';
import { HOUR, MINUTE, outages, pasts, queue, T0, TO } from './recorded.ts';

const open = pasts();
const FREE = 'cooldown: 0s, blastRadius: { hosts: 2, percent: 100 }';
const WHEN = ['--from', new Date(T0).toISOString(), '--to', new Date(TO).toISOString()];

/** `watch` with no pack and these queries, each of its own name. */
const watching = (url: string, queries: readonly string[], more = '') => `
prometheus: { url: '${url}' }
watch:
  packs: []
  ${more}
  own:
${queries.map((expr) => `    - { name: ${expr}, expr: ${expr}, direction: high, maxFalseAlarmsPerWeek: 1 }\n`).join('')}`;

async function settings(folder: string, text: string): Promise<void> {
  const { writeFile } = await import('node:fs/promises');
  await writeFile(`${folder}/nightshift.yaml`, text);
}

/** Of a host, about 100 from `from` on, and 500 for half an hour after `bump`. */
function gauge(prometheus: StandIn, name: string, host: string, from: number, bump: number): void {
  const samples: [number, number][] = [];
  for (let at = from; at <= TO; at += MINUTE) {
    const high = at >= bump && at < bump + 30 * MINUTE;
    samples.push([at / 1000, (high ? 500 : 100) + ((at / MINUTE) % 7)]);
  }
  prometheus.series({ __name__: name, cluster: 'prod', rack: 'r1', host }, samples);
}

describe('more series than watch.maxSeries', () => {
  test('leave what was told before as it is, and are a problem from there on', async () => {
    const past = await open();
    queue(past.prometheus, [{ from: T0 + HOUR, length: 30 * MINUTE, add: 400 }]);
    // So many that it is too many also on an average over the day before.
    for (let at = 0; at < 9; at += 1) gauge(past.prometheus, 'queue_length', `h${at}`, T0 + 4 * HOUR, TO);
    const [old, fresh] = [await past.folder('old'), await past.folder('new')];
    await settings(fresh, watching(past.prometheus.url, ['queue_length'], 'maxSeries: 2'));
    await settings(old, watching(past.prometheus.url, ['queue_length']));
    const report = await past.run({ old, new: fresh });
    expect(report.new.alarms).toEqual(report.old?.alarms);
    expect(report.new.alarms).toMatchObject([{ watch: 'queue_length', begin: T0 + HOUR }]);
    expect(report.old?.problems).toEqual([]);
    expect(report.new.problems).toEqual([
      expect.stringMatching(/^queue_length: .*10 series, and at most 2 are watched/),
    ]);
  });

  test('are a problem also where all was read ahead at once', async () => {
    const past = await open();
    for (const host of ['a', 'b']) gauge(past.prometheus, 'load', host, T0 - 2 * HOUR, TO);
    const folder = await past.folder('new');
    await settings(folder, watching(past.prometheus.url, ['load'], 'maxSeries: 1\n  past: 10m'));
    const { new: fresh } = await past.run({ new: folder, to: T0 + 30 * MINUTE });
    expect(fresh.problems).toEqual([expect.stringMatching(/^load: watch.series: 2 series, and at most 1 are watched/)]);
    expect(fresh.watches).toMatchObject([{ id: 'load', series: 2 }]);
  });

  test('do not count for the alerts, of which any number may fire', async () => {
    const past = await open();
    for (const host of ['cache-1', 'cache-2', 'cache-3'])
      outages(past.prometheus, [[0, 400]], { cluster: 'prod', host, service: 'redis' });
    const folder = await past.folder('new');
    await settings(folder, watching(past.prometheus.url, [], 'maxSeries: 1').replace('own:', ''));
    const report = await past.run({ new: folder });
    expect(report.alerts).toBe(3);
    expect(report.new.incidents).toHaveLength(3);
  });
});

test('a Prometheus that refuses to say what fired was not used wrongly', async () => {
  const past = await open();
  past.prometheus.manner = 'refuse';
  const folder = await past.folder('new');
  await expect(past.run({ new: folder })).rejects.toMatchObject({ kind: 'failed', code: 'backtest.alerts' });
  const { code, out, err } = await nightshift(['backtest', ...WHEN, '--new', 'new'], {}, past.root);
  expect(err).toContain('[backtest.alerts]');
  expect(out).toBe('');
  expect(code).toBe(3);
});

test('where only the labels differ, each side counts by its own which watches of a place agree', async () => {
  const past = await open();
  const queries = ['load', 'wait', 'errors'];
  for (const [at, name] of queries.entries()) gauge(past.prometheus, name, `h${at}`, T0 - 25 * HOUR, T0 + 2 * HOUR);
  const [old, fresh] = [await past.folder('old'), await past.folder('new')];
  const same = watching(past.prometheus.url, queries);
  await settings(old, same);
  await settings(fresh, `${same}labels: { host: [rack] }\n`);
  const report = await past.run({ old, new: fresh });
  const severities = (one: typeof report.old) => new Set(one?.incidents.map(({ severity }) => severity));
  expect(severities(report.new)).toEqual(new Set(['critical']));
  expect(severities(report.old)).toEqual(new Set(['warning']));
});

test('that one side calls a person and the other does not is a difference, in the table and as JSON', async () => {
  const past = await open();
  outages(past.prometheus, [[60, 61]]);
  await past.folder('old', { autonomy: 'auto', guards: FREE, settings: 'pageHold: 20m\n' });
  await past.folder('new', { autonomy: 'auto', guards: FREE, settings: 'pageHold: 0s\n' });
  const words = ['backtest', ...WHEN, '--old', 'old', '--new', 'new'];
  const { code, out } = await nightshift(words, {}, past.root);
  expect(out).toMatch(
    /Incidents: old 1, new 1, 1 differ\nSIDE .*\nboth +2026-03-06T09:00:00Z .* RedisDown +prod\/cache-1\/redis +warning +no → yes\n/,
  );
  expect(out).toMatch(/They differ\.\n$/);
  expect(code).toBe(1);
  const { comparison } = JSON.parse((await nightshift([...words, '--json'], {}, past.root)).out);
  expect(comparison.incidents.both).toMatchObject([{ old: { paged: false }, new: { paged: true }, differ: ['paged'] }]);
  expect(comparison.decisions.both).toEqual([]);
});
