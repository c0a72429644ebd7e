import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { withoutBareNumbers } from '../../lib/cli/commands/scoreJson.ts';

/** What other programs write, and how they write it. */
const BIN = resolve(import.meta.dirname, '../../bin/nightshift.mjs');
const place = mkdtempSync(join(tmpdir(), 'nightshift-others-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

function score(input: string | Uint8Array, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'score', ...args], { input, encoding: 'utf8' });
  return { status, lines: stdout.split('\n').slice(0, -1), stderr };
}
const HEAD = 'series,timestamp,value\n';
const ADDED = 'score,severity,alarm,expected,lower,upper,reason';
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const seriesIn = (state: string) =>
  readFileSync(state, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { series: string }).series);

describe('text', () => {
  test('that is not UTF-8 is refused by row', () => {
    const { status, lines, stderr } = score(latin1(`${HEAD}M\xfcller,1,5\nM\xf6ller,1,6\na,1,7\n`));
    expect([status, lines.slice(1)]).toEqual([1, ['a,1,7,0,0,,7,7,7,']]);
    expect(stderr).toMatch(/^line 2: not UTF-8 .*iconv.*\nline 3: not UTF-8 .*\n2 rows were left out\n$/);
  });
  test('whose header is not UTF-8 is refused', () => {
    const { status, lines, stderr } = score(latin1('s\xe9ries,timestamp,value\na,1,1\n'));
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toMatch(/the first line is not UTF-8 .*\n.*iconv/);
  });
  test('whose lines end twice is read as its lines', () => {
    const { status, lines } = score('series,timestamp,value\r\r\na,1469376000,1\r\r\nb,1469376060,2\r\r\n');
    expect(status).toBe(0);
    expect(lines.slice(1)).toEqual(['a,1469376000,1,0,0,,1,1,1,', 'b,1469376060,2,0,0,,2,2,2,']);
  });
  test('of files that were joined names each series once', () => {
    const state = join(place, 'joined');
    const part = (at: number) => `\ufeffa,${at},1\nb,${at},1\n`;
    const { lines } = score(part(1) + part(2), '--columns', 'series,timestamp,value', '--state-out', state);
    expect(lines.slice(1).map((line) => line.slice(0, 3))).toEqual(['a,1', 'b,1', 'a,2', 'b,2']);
    expect(seriesIn(state)).toEqual(['a', 'b']);
  });
});

describe('columns that are called like those that are added', () => {
  test('by an earlier scoring are replaced, with a warning', () => {
    const once = score(`${HEAD}a,1,5\n"b, c",2,6\n`).lines;
    const { status, lines, stderr } = score(`${once.join('\n')}\n`);
    expect([status, lines]).toEqual([0, once]);
    expect(stderr).toBe(`warning: what the input had as ${ADDED.replaceAll(',', ', ')} was replaced\n`);
  });
  test('wherever they stand, in each format', () => {
    const table = score('lower\tseries\ttimestamp\treason\tvalue\n7\ta\t1\tx\t5\n7\ta\t2\n', '--format', 'tsv');
    expect(table.lines).toEqual([
      ['series', 'timestamp', 'value', ...ADDED.split(',')].join('\t'),
      'a\t1\t5\t0\t0\t\t5\t5\t5\t',
    ]);
    expect(table.stderr).toBe(
      'line 3: 3 columns, expected 5\nwarning: what the input had as lower, reason was replaced\n1 rows were left out\n',
    );
    const json = score('{"lower":7,"series":"a","timestamp":1,"value":5}\n', '--format', 'jsonl');
    expect(json.lines[0]).toMatch(/^\{"series":"a","timestamp":1,"value":5,"score":0,.*"lower":5/);
    expect(json.stderr).toBe('warning: what the input had as lower was replaced\n');
  });
  test('are told where --strict stops, too', () => {
    expect(score('series,timestamp,value,upper\na,1,5,6\na,x,5,6\n', '--strict')).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('warning: what the input had as upper was replaced\nline 3: stopped by --strict'),
    });
  });
  test.each([
    ['{"series":"a","timestamp":1,"score":5}', ['--format', 'jsonl', '--value', 'score']],
    ['series,timestamp,score\na,1,5\n', ['--value', ' score']],
    ['a,1,5\n', ['--columns', 'reason,timestamp,value', '--series', 'reason']],
  ])('%j is not read with %j', (input, args) => {
    const { status, lines, stderr } = score(input, ...args);
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toMatch(/a column (score|reason) is added.*\[score.column\]\n.*rename it in the input/);
  });
});

describe('cells', () => {
  test('times as NumPy writes them, and days without dashes, which are told', () => {
    const rows = 'a,1.469376000000000000e+09,1\na,1469376060.,1\nb,20240131,1\nb,20240201,1\nc,20170101000000,1\n';
    const { status, lines, stderr } = score(`${HEAD}${rows}`);
    expect([status, lines.length]).toEqual([1, 5]);
    expect(stderr).toBe(
      'line 6: timestamp is no time: "20170101000000" (a date written without dashes? expected seconds since the epoch, or ISO 8601)\n' +
        'warning: 2 times look like dates written without dashes (20240131) and were read as epoch seconds\n1 rows were left out\n',
    );
  });
  test('quoted ones between tabs, as of a file of semicolons', () => {
    const state = join(place, 'quoted');
    const rows = [
      '"a ""x"""\t"2020-01-01 00:00:00"\t"1"',
      'a "x"\t"2020-01-01 00:01:00"\t2',
      '"b" "x"\t1\t1',
      '"\t1\t1',
    ];
    const text = `"series"\ttimestamp\tvalue\n${rows.join('\n')}\n`;
    const { status, lines, stderr } = score(text, '--format', 'tsv', '--state-out', state);
    expect([status, stderr]).toEqual([0, '']);
    // Out as they came in, and the first two are one series.
    expect(lines.slice(1).map((line) => line.split('\t').slice(0, 3).join('\t'))).toEqual(rows);
    expect(seriesIn(state)).toEqual(['a "x"', '"b" "x"', '"']);
  });
  test('quoted ones between tabs without a header, as Spark asks, are text', () => {
    const state = join(place, 'raw');
    const columns = ['--format', 'tsv', '--columns', 'series,timestamp,value', '--state-out', state];
    expect(score('"a"\t1\t1\n\ufeffa\t1\t1\na\t1\t1\n""\t1\t1\n', ...columns)).toMatchObject({ status: 0, stderr: '' });
    expect(seriesIn(state)).toEqual(['"a"', '\ufeffa', 'a', '""']);
  });
  test('of a series without a name are refused, whatever the format', () => {
    expect(score(`${HEAD},1,5\n`)).toMatchObject({
      status: 1,
      stderr: 'line 2: series is empty\n1 rows were left out\n',
    });
    expect(score('{"series":"","timestamp":1,"value":1}', '--format', 'jsonl').stderr).toMatch(
      /^line 1: series is empty/,
    );
  });
  test('what JSON has no number for is missing, and written as null', () => {
    const rows = ['NaN', '-Infinity', '1, "x": [Infinity, "NaN \\" Infinity"]'].map(
      (value, at) => `{"series": "NaN", "timestamp": ${at}, "value": ${value}}`,
    );
    const { status, lines } = score(`${rows.join('\n')}\n{"a": nan}\n`, '--format', 'jsonl');
    expect(status).toBe(1);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ series: 'NaN', timestamp: 0, value: null, score: 0, expected: null }),
      expect.objectContaining({ series: 'NaN', timestamp: 1, value: null }),
      expect.objectContaining({ value: 1, x: [null, 'NaN " Infinity'], expected: 1 }),
    ]);
  });
  test('bare numbers are found in long lines that are broken, too', () => {
    const long = `"${'\\"'.repeat(400_000)}`;
    expect(withoutBareNumbers(`{"a":NaN,${long}`)).toBe(`{"a":null,${long}`);
    expect(withoutBareNumbers('[-NaN,NaNs,"NaN\\\\",Infinity,"\\')).toBe('[null,NaNs,"NaN\\\\",null,"\\');
  });
});

describe('use', () => {
  test('a folder as standard input is told, and no state is written', () => {
    const folder = openSync(place, 'r');
    const state = join(place, 'of-folder');
    const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'score', '--state-out', state], {
      stdio: [folder, 'pipe', 'pipe'],
      encoding: 'utf8',
    });
    closeSync(folder);
    expect([status, stdout, existsSync(state)]).toEqual([1, '', false]);
    expect(stderr).toMatch(/^nightshift: standard input is a folder \[score.input\]/);
  });
  test('--columns are none of lines of JSON', () => {
    const { status, stderr } = score('{}', '--format', 'jsonl', '--columns', 'series,timestamp,value');
    expect(status).toBe(2);
    expect(stderr).toMatch(/lines of JSON have no columns .*--columns.*\[score.columns\]/);
  });
  test('names of columns are trimmed as those of the header are, keys of JSON are not', () => {
    expect(score('series , timestamp,value\na,1,5\n', '--value', ' value', '--series', 'series ').status).toBe(0);
    const json = score('{"series":"a","timestamp":1," v":5}', '--format', 'jsonl', '--value', ' v');
    expect(json).toMatchObject({ status: 0, stderr: '' });
  });
  test('--help says what --strict stops at', () => {
    expect(score('', '--help').lines.join(' ').replace(/\s+/g, ' ')).toContain('time is not after the one before');
  });
});
