import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundle } from '../../infra/spark/bundle.ts';
import { submit } from '../packs/scoreArchive.ts';
import { component } from './components/components.ts';
import { until } from './processes.ts';
import { SparkCluster } from './sparkCluster.ts';
import {
  cli,
  formsOf,
  linesOf,
  type Sample,
  samplesOf,
  scoreArchive,
  scored,
  writeArchive,
  writtenIn,
} from './sparkScoring.ts';

const samples = samplesOf(16, 4);
let folder = '';
let launcher = '';
let archive = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-archive-'));
  launcher = await bundle(join(folder, 'spark'));
  archive = writeArchive(join(folder, 'archive'), samples);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const out = (name: string) => join(folder, name);
const seriesOf = (line: string) => line.slice(0, line.indexOf('\t'));

test('the archive is scored byte for byte as the command scores it, and each series in the order of time', () => {
  const ran = scoreArchive(launcher, ['score', '--archive', archive, '--out', out('scores')]);
  expect(ran).toMatchObject({ code: 0 });
  const lines = linesOf(out('scores'));
  const expected = cli(samples);
  expect(lines.toSorted()).toEqual(expected.toSorted());
  const bySeries = Map.groupBy(expected, seriesOf);
  for (const [series, own] of Map.groupBy(lines, seriesOf)) expect(own).toEqual(bySeries.get(series));
  const begun = expected.filter((line) => line.split('\t')[5] === 'begin').length;
  expect(begun).toBeGreaterThan(0);
  expect(ran.stdout.trim().split('\t')).toEqual([`${samples.length}`, expect.stringMatching(/^1\d$/), `${begun}`]);

  const before = lines.length;
  const again = scoreArchive(launcher, ['score', '--archive', archive, '--out', out('scores')]);
  expect(again.code).not.toBe(0);
  expect(again.stderr).toMatch(/not empty|non-empty/i);
  expect(linesOf(out('scores'))).toHaveLength(before);
});

test.each(['all', 'new'])(
  'the oldest Node that executors may have says the same, byte for byte, telling %s',
  (tell) => {
    const oldest = join(component('node20'), 'node_modules/.bin/node');
    expect(spawnSync(oldest, ['--version'], { encoding: 'utf8' }).stdout).toMatch(/^v20\./);
    const options = ['--tell', tell, '--tz', 'Europe/Berlin'];
    const lines = scored(oldest, join(launcher, '../scorer.mjs'), samples, options);
    expect(lines).toHaveLength(samples.length);
    expect(lines).toEqual(cli(samples, ...options));
  },
);

test('states learned on the cluster are those that the command learns, and it goes on from them', () => {
  const half = samples.length / 2;
  const earlier = writeArchive(out('earlier'), samples.slice(0, half));
  expect(scoreArchive(launcher, ['learn', '--archive', earlier, '--out', out('states')])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^16\s*$/),
  });
  const states = linesOf(out('states'));
  const kept = out('states.jsonl');
  cli(samples.slice(0, half), '--state-out', kept);
  writeFileSync(out('learned.jsonl'), `${states.join('\n')}\n`);
  const later = cli(samples.slice(half), '--state-in', out('learned.jsonl'));
  expect(later).toEqual(cli(samples).slice(half));
  expect(later).toEqual(cli(samples.slice(half), '--state-in', kept));
});

test('a runbook submits it, and the job goes on by itself', async () => {
  const site = { scorer: join(launcher, '..'), master: 'local[2]', home: component('spark') };
  const { status, text, job } = submit(folder, site, { archive, out: out('submitted') });
  expect({ status, text }).toEqual({ status: 0, text: expect.stringMatching(/submitted; it goes on by itself|done/) });
  const ended = await until('the end of the job', () => readFileSync(join(job, 'job.exit'), 'utf8').trim() || null);
  expect({ ended, log: readFileSync(join(job, 'job.log'), 'utf8') }).toMatchObject({ ended: '0' });
  expect(linesOf(out('submitted')).toSorted()).toEqual(cli(samples).toSorted());
});

test('Parquet with a column of times is scored as its seconds are', () => {
  const some = samples.filter(({ series }) => series.startsWith('host-1'));
  const csv = writeArchive(out('some'), some);
  const typed = out('typed.sql');
  // As an archive in other columns would be named by its owner; the times are written as Spark's own type and read again.
  writeFileSync(
    typed,
    `CREATE TEMPORARY VIEW rows USING csv OPTIONS (path '${csv}', header 'true', escape '"');
CREATE TABLE typed USING parquet LOCATION '${out('parquet')}' AS SELECT series,
  COALESCE(TIMESTAMP_SECONDS(TRY_CAST(timestamp AS DOUBLE)), TRY_CAST(timestamp AS TIMESTAMP)) AS timestamp,
  CAST(value AS DOUBLE) AS value FROM rows;
CREATE OR REPLACE TEMPORARY VIEW samples AS SELECT * FROM parquet.\`${out('parquet')}\`;
`,
  );
  const args = ['score', '--archive', csv, '--samples', typed, '--out', out('typed')];
  expect(scoreArchive(launcher, args)).toMatchObject({ code: 0 });
  const scoreIn = (line: string) => [seriesOf(line), ...line.split('\t').slice(3)].join('\t');
  expect(linesOf(out('typed')).map(scoreIn).toSorted()).toEqual(cli(some).map(scoreIn).toSorted());
  const times = linesOf(out('typed')).map((line) => line.split('\t')[1]);
  expect(times.every((time) => /^\d{10}\.000000$/.test(time ?? ''))).toBe(true);
});

test('times in all forms, from files compressed or with a header in capitals, are scored in the order of time', () => {
  const forms = formsOf(240);
  const folder = writeArchive(out('forms'), forms);
  const file = (name: string) => join(folder, name);
  writeFileSync(file('0.csv.gz'), gzipSync(readFileSync(file('0.csv'))));
  rmSync(file('0.csv'));
  writeFileSync(file('1.csv'), readFileSync(file('1.csv'), 'utf8').replace('timestamp,series', 'Timestamp,SERIES'));
  const zone = ['--tz', 'Europe/Berlin'];
  const ran = scoreArchive(launcher, ['score', '--archive', folder, '--out', out('formed'), ...zone]);
  expect(ran).toMatchObject({ code: 0 });
  expect(linesOf(out('formed'))).toEqual(cli(forms, ...zone));
});

test('a file whose columns have another order fails the whole job by name, and nothing is left that looks done', () => {
  const folder = writeArchive(out('turned'), samples.slice(0, 400));
  writeFileSync(join(folder, '4.csv'), 'timestamp,value,series\n1469376000,1,host-9\n');
  const ran = scoreArchive(launcher, ['score', '--archive', folder, '--out', out('turned-scores')]);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(/CSV header does not conform to the schema[\s\S]*CSV file: .*4\.csv/);
  expect(writtenIn(out('turned-scores'))).toEqual([]);
});

const spoilt = (name: string, ...bad: readonly Sample[]) =>
  writeArchive(out(`${name}-archive`), [...samples.slice(0, 400), ...bad]);

test('what the scorer cannot read fails the whole job by name, and its place takes the mended archive', () => {
  const noon: Sample = { series: 'host-9', timestamp: 'noon', value: '1' };
  const many: Sample = { series: 'host-9', timestamp: '1', value: 'many' };
  const ran = scoreArchive(launcher, ['score', '--archive', spoilt('read', noon, many), '--out', out('read')]);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(/line \d+: timestamp is no time: "noon"/);
  expect(ran.stderr).toMatch(/line \d+: value is no number: "many"/);
  expect(ran.stderr.trimEnd()).toMatch(/the job failed, and nothing that it wrote counts; Spark says above why$/);
  expect(writtenIn(out('read'))).toEqual([]);

  const options = ['--tz', 'Europe/Berlin', '--kind', 'counter', '--max-false-alarms-per-week', '4', '--tell', 'new'];
  const mended = scoreArchive(launcher, ['score', '--archive', archive, '--out', out('read'), ...options]);
  expect(mended).toMatchObject({ code: 0 });
  expect(writtenIn(out('read'))).toContain('_SUCCESS');
  expect(linesOf(out('read')).toSorted()).toEqual(cli(samples, ...options).toSorted());
});

test.each<[string, Sample, RegExp]>([
  ['a series without a name', { series: '', timestamp: '1', value: '1' }, /a sample has no series/],
  ['a day that is none', { series: 'a', timestamp: '2024-02-30', value: '1' }, /no time: "2024-02-30", expected/],
  ['a tab in a name', { series: 'a\tb', timestamp: '1', value: '1' }, /a tab or a line break in its name/],
])('%s fails the whole job by name, and nothing is left that looks done', (name, bad, message) => {
  const ran = scoreArchive(launcher, ['learn', '--archive', spoilt(name, bad), '--out', out(name)]);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(message);
  expect(writtenIn(out(name))).toEqual([]);
});

test.each([
  [['both'], /score or learn/],
  [['score', '--out'], /--out has no value/],
  [['score', '--archive', 'a'], /--out is not possible: ''/],
  [['score', '--archive', "a'; DROP TABLE x", '--out', 'o'], /--archive is not possible/],
  [['score', '--archive', 'a', '--out', 'o', '--tz', 'UTC; id'], /--tz is not possible/],
  [['score', '--archive', 'a', '--out', 'o', '--kind', 'rate'], /--kind is not possible/],
  [['score', '--archive', 'a', '--out', 'o', '--tell', 'less'], /--tell is not possible/],
  [['score', '--archive', 'a', '--out', 'o', '--samples', '/nowhere.sql'], /cannot be read/],
  [['score', '--archive', 'a', '--out', 'o', '--sort', 'no'], /there is no option --sort/],
])('%j is used wrongly', (args, message) => {
  const ran = scoreArchive(launcher, args);
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(message);
});

test('executors of a real cluster get the scorer with the job', async () => {
  const cluster = await SparkCluster.start();
  try {
    const spark = ['--master', `spark://127.0.0.1:${cluster.portsOf('master').rpc}`, '--executor-memory', '512m'];
    const ran = scoreArchive(launcher, ['score', '--archive', archive, '--out', out('clustered')], spark);
    expect(ran).toMatchObject({ code: 0 });
    expect(linesOf(out('clustered')).toSorted()).toEqual(cli(samples).toSorted());
  } finally {
    cluster.stop();
  }
});
