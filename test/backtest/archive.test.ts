import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { nightshift } from '../cli/nightshift.ts';
import { load } from '../scoring/made.ts';
import { HOUR, MINUTE, type Past, pasts, T0 } from './recorded.ts';

const open = pasts();

/** A thing that goes up and down a little, each five minutes for ten days, and is far too high for an hour of the last. */
async function archive(past: Past, name = 'metrics.csv'): Promise<string> {
  const lines = ['series,timestamp,value'];
  for (let at = 0; at < 10 * 24 * 12; at += 1) {
    const time = new Date(T0 + at * 5 * MINUTE).toISOString();
    const high = at >= 9 * 24 * 12 && at < 9 * 24 * 12 + 12;
    lines.push(
      `queue,${time},${30 + load(at) + (high ? 80 : 0)}`,
      `other,${time},${40 + load(at + 1_000) - (high ? 60 : 0)}`,
    );
  }
  lines.push('queue,someday,1');
  const file = join(past.root, name);
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}
const TROUBLE = T0 + 9 * 24 * HOUR;

test('an archive is scored with the sensitivity of each side, and Prometheus is not asked', async () => {
  const past = await open();
  await archive(past);
  await past.folder('loud', { perWeek: 1 });
  await past.folder('deaf', { perWeek: 1e-30 });
  const words = ['backtest', '--samples', 'metrics.csv', '--old', 'loud', '--new', 'deaf', '--json'];
  const { code, out, err } = await nightshift(words, {}, past.root);
  expect(err).toBe('line 5762: timestamp is no time: "someday"\n1 rows were left out\n');
  const report = JSON.parse(out);
  expect(code).toBe(1);
  expect(report).toMatchObject({ from: null, to: null, comparison: { differ: true } });
  const { both, onlyOld, onlyNew } = report.comparison.alarms;
  const named = (list: readonly { series: string; begin: number }[]) =>
    list.map(({ series, begin }) => [series, begin]);
  // What is named as a watch has that one's sensitivity, any other what is set for all: both here the same.
  expect(named(onlyOld)).toEqual([['queue', TROUBLE]]);
  expect(named(both.map((pair: { new: { series: string; begin: number } }) => pair.new))).toEqual([['other', TROUBLE]]);
  expect(onlyNew).toEqual([]);
  expect(report.old.alarms.find(({ series }: { series: string }) => series === 'queue').summary).toMatch(
    /^Queue is unusual: 129/,
  );
  expect(past.prometheus.asked).toEqual([]);
});

test("what is asked of a pack's indicator alone is asked of what is named as it", async () => {
  const past = await open();
  const file = await archive(past);
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/^queue,/gm, 'redis-clients,'));
  for (const [name, perWeek] of [
    ['loud', 1],
    ['deaf', 1e-30],
  ] as const) {
    await past.folder(name);
    const text = `watch: { indicators: { redis-clients: { maxFalseAlarmsPerWeek: ${perWeek} } } }\n`;
    await writeFile(join(past.root, name, 'nightshift.yaml'), text);
  }
  const words = ['backtest', '--samples', 'metrics.csv', '--old', 'loud', '--new', 'deaf', '--json'];
  const { code, out } = await nightshift(words, {}, past.root);
  const { both, onlyOld } = JSON.parse(out).comparison.alarms;
  expect([code, onlyOld.map(({ series }: { series: string }) => series)]).toEqual([1, ['redis-clients']]);
  expect(both).toMatchObject([{ new: { series: 'other' } }]);
});

test('the time before --from is learned from, after --to nothing is read, and a file must be there', async () => {
  const past = await open();
  await archive(past);
  await past.folder('new');
  const run = (...words: string[]) => nightshift(['backtest', '--new', 'new', '--samples', ...words], {}, past.root);
  const iso = (at: number) => new Date(at).toISOString();
  expect((await run('metrics.csv', '--from', iso(TROUBLE - HOUR))).out).toMatch(/alarms 2, /);
  expect((await run('metrics.csv', '--from', iso(TROUBLE + HOUR))).out).toMatch(/alarms 0, /);
  expect((await run('metrics.csv', '--to', iso(TROUBLE - HOUR))).out).toMatch(
    /^the first sample to 2026.*\n[\s\S]*alarms 0, /,
  );
  // What is learned from alone, or not read at all, is no quiet history.
  for (const words of [
    ['--from', iso(TROUBLE + 30 * 24 * HOUR)],
    ['--to', iso(T0 - HOUR)],
    ['--from', '-1d', '--to', 'now'],
  ]) {
    const empty = await run('metrics.csv', ...words);
    expect([empty.code, empty.out]).toEqual([3, '']);
    expect(empty.err).toMatch(/no sample of metrics\.csv is of the time .*\((--from|--to)\) \[backtest\.samples\]/);
    expect(empty.err).toContain(`they are of ${iso(T0).replace('.000Z', 'Z')} to `);
  }
  const { code, err } = await run('nothing.csv');
  expect(err).toContain('[backtest.samples]');
  expect(code).toBe(2);
  const alone = await nightshift(['backtest', '--new', 'new'], {}, past.root);
  expect(alone.err).toMatch(/--from is needed.*\[backtest.time\]/);
  expect(alone.code).toBe(2);
});

test.each([
  ['without its columns', 'x,y\n1,2\n', 2, /samples: there is no column series: found x, y/],
  ['that is compressed', Buffer.from([0x1f, 0x8b, 8, 0]), 2, /samples: the input is compressed/],
  [
    'none of whose rows can be read',
    'series,timestamp,value\na,1700000000000,1\n',
    3,
    /line 2: .*milliseconds\?[\s\S]*no row of samples can be read/,
  ],
])('an archive %s is never a quiet history', async (_, content, exit, message) => {
  const past = await open();
  await past.folder('new');
  await writeFile(join(past.root, 'samples'), content);
  const { code, err } = await nightshift(['backtest', '--new', 'new', '--samples', 'samples'], {}, past.root);
  expect(err).toMatch(message);
  expect(code).toBe(exit);
  const folder = await nightshift(['backtest', '--new', 'new', '--samples', 'new'], {}, past.root);
  expect([folder.code, folder.err]).toEqual([2, expect.stringMatching(/new is a folder .*\[backtest.samples\]/)]);
});
