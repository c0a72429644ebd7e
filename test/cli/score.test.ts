import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { made } from '../scoring/made.ts';

const BIN = resolve(import.meta.dirname, '../../bin/nightshift.mjs');
const place = mkdtempSync(join(tmpdir(), 'nightshift-score-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

function score(input: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'score', ...args], { input, encoding: 'utf8' });
  return { status, lines: stdout.trimEnd().split('\n'), stderr };
}

const { times, values } = made(11, { days: 5 });
for (let at = 1200; at < 1212; at += 1) values[at] = (values[at] ?? 0) + 80;
const samples = times.map((time, at) => [time, (values[at] ?? 0).toFixed(3)] as const);
const csv = `series,timestamp,value\n${samples.map(([time, value]) => `a,${time},${value}`).join('\n')}\n`;

describe('nightshift score', () => {
  test('scores every row in order, and one trouble is one alarm that says why', () => {
    const { status, lines, stderr } = score(csv);
    expect([status, stderr]).toEqual([0, '']);
    expect(lines[0]).toBe('series,timestamp,value,score,severity,alarm,expected,lower,upper,reason');
    expect(lines).toHaveLength(samples.length + 1);
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 3).join())).toEqual(
      samples.map(([time, value]) => `a,${time},${value}`),
    );
    const begun = lines.filter((line) => line.includes(',begin,'));
    expect(begun.find((line) => line.startsWith(`a,${times[1200]},`))).toMatch(/high \(1 in \d+\)/);
  });

  test('csv, tsv, jsonl, other names and no header say the same', () => {
    const scoresOf = (lines: readonly string[], at: number, separator: string) =>
      lines.slice(1).map((line) => Number(line.split(separator)[at]));
    const usual = scoresOf(score(csv).lines, 3, ',');
    const tsv = csv.replaceAll(',', '\t');
    expect(scoresOf(score(tsv, '--format', 'tsv').lines, 3, '\t')).toEqual(usual);
    const bare = csv.slice(csv.indexOf('\n') + 1);
    expect(scoresOf(score(bare, '--columns', 'series,timestamp,value').lines, 3, ',')).toEqual(usual);
    const named = csv.replace('series,timestamp,value', 'host,at,cpu');
    const names = ['--series', 'host', '--timestamp', 'at', '--value', 'cpu'];
    expect(scoresOf(score(named, ...names).lines, 3, ',')).toEqual(usual);
    const jsonl = samples.map(([timestamp, value]) => JSON.stringify({ series: 'a', timestamp, value: Number(value) }));
    const { lines } = score(jsonl.join('\n'), '--format', 'jsonl');
    expect(lines.map((line) => (JSON.parse(line) as { score: number }).score)).toEqual(usual);
  });

  test('ISO times, with and without an offset, are the same seconds', () => {
    const rows = (time: (seconds: number) => string) =>
      `series,timestamp,value\n${samples.map(([seconds, value]) => `a,${time(seconds)},${value}`).join('\n')}\n`;
    const usual = score(csv).lines.map((line) => line.split(',').slice(3).join());
    const utc = (seconds: number) => new Date(seconds * 1000).toISOString();
    expect(score(rows(utc)).lines.map((line) => line.split(',').slice(3).join())).toEqual(usual);
    const plain = (seconds: number) => utc(seconds).replace('T', ' ').slice(0, 19);
    expect(score(rows(plain)).lines.map((line) => line.split(',').slice(3).join())).toEqual(usual);
    const tokyo = (seconds: number) => utc(seconds + 9 * 3600).replace('Z', '+09:00');
    expect(score(rows(tokyo)).lines.map((line) => line.split(',').slice(3).join())).toEqual(usual);
  });

  test('what cannot be read is named with its line, left out, and nothing else is', () => {
    const bad =
      'series,timestamp,value\na,1700000000,1\na,yesterday,2\na,1700000300,many\na,1700000600\n"a, b",1700000600,\\N\na,1700000600,\n';
    const { status, lines, stderr } = score(bad);
    expect(status).toBe(1);
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 3).join())).toEqual([
      'a,1700000000,1',
      '"a, b",1700000600',
      'a,1700000600,',
    ]);
    expect(stderr).toMatch(/line 3: timestamp is no time: "yesterday"/);
    expect(stderr).toMatch(/line 4: value is no number: "many"/);
    expect(stderr).toMatch(/line 5: 2 columns, expected 3/);
    expect(stderr).toMatch(/3 rows were left out/);
  });

  test('times that stand still or step back are scored as they come and counted; --strict stops at either', () => {
    const back = 'series,timestamp,value\na,1700000300,1\na,1700000300,2\na,1700000000,3\na,1700000600,4\n';
    const loose = score(back);
    expect([loose.status, loose.lines.length]).toEqual([0, 5]);
    expect(loose.stderr).toMatch(/2 rows had a time not after/);
    const strict = score(back, '--strict');
    expect([strict.status, strict.lines.length]).toEqual([3, 3]);
    expect(score('series,timestamp,value\na,1,1\na,x,1\na,2,1\n', '--strict')).toMatchObject({ status: 3 });
  });

  test('going on from a state is as if nothing had been between', () => {
    const state = join(place, 'state.jsonl');
    const half = 1 + 700;
    const all = csv.trimEnd().split('\n');
    const whole = score(csv).lines;
    const first = score(`${all.slice(0, half).join('\n')}\n`, '--state-out', state);
    const rest = score(`${[all[0], ...all.slice(half)].join('\n')}\n`, '--state-in', state);
    expect([...first.lines, ...rest.lines.slice(1)]).toEqual(whole);
    expect(readFileSync(state, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  test('what comes back counts less where only what is new is told', () => {
    const rows = Array.from({ length: 60 * 288 }, (_, at) => {
      const isOn = at >= 2_880 && (at - 2_880) % 1_513 < 6;
      return `a,${1_700_000_000 + at * 300},${20 + (at % 7) + (isOn ? 40 : 0)}`;
    });
    const input = `series,timestamp,value\n${rows.join('\n')}\n`;
    const last = (tell: string) =>
      Number(
        score(input, '--tell', tell)
          .lines.findLast((line) => line.includes(',begin,'))
          ?.split(',')[3],
      );
    expect(last('new')).toBeGreaterThan(0);
    expect(last('new')).toBeLessThan(0.75 * last('all'));
  });

  test('what is missing in an alarm does not end it', () => {
    const gap = 1206;
    const holed = csv.replace(`a,${times[gap]},${samples[gap]?.[1]}\n`, `a,${times[gap]},\\N\n`);
    const [before = '', missing, after = ''] = score(holed).lines.slice(gap, gap + 3);
    expect(before).toMatch(/^a,\d+,[\d.]+,[\d.]+,[\d.]+,(begin|on),/);
    expect(missing).toBe(`a,${times[gap]},\\N,0,0,on,,,,`);
    expect(after).toMatch(/^a,\d+,[\d.]+,[\d.]+,[\d.]+,(begin|on),/);
    // Where nothing is on, nothing is said to be.
    expect(score(csv.replace(/^(a,\d+),[^,\n]*$/m, '$1,')).lines[1]).toBe(`a,${times[0]},,0,0,,,,,`);
  });

  test('a file without rows is no failure, and is told', () => {
    for (const args of [[], ['--format', 'jsonl'], ['--columns', 'series,timestamp,value']])
      expect(score('', ...args)).toMatchObject({ status: 0, lines: [''], stderr: 'no rows: nothing was scored\n' });
    const { status, lines, stderr } = score('series,timestamp,value\n\n');
    expect([status, stderr]).toEqual([0, 'no rows: nothing was scored\n']);
    expect(lines).toEqual(['series,timestamp,value,score,severity,alarm,expected,lower,upper,reason']);
  });

  test('what steers a terminal is harmless in what is told, and is kept in what is scored', () => {
    const evil = '\u001b[31m\u0007\u009b';
    const rows = `series,time${evil},value\n"${evil}, x",1,1\na,${evil},1\na,1,"${evil}\n"\n`;
    const { lines, stderr } = score(rows, '--timestamp', `time${evil}`);
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(stderr).toMatch(/^line 3: time\ufffd/);
    expect(lines[1]).toBe(`"${evil}, x",1,1,0,0,,1,1,1,`);
    const wrong = score(rows, '--timestamp', evil).stderr;
    expect(wrong).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  describe('columns', () => {
    test('in any order, quoted, spaced and beside others, which are kept where they were', () => {
      const { lines } = score('\ufeff 2 , "value" ,"series",1,timestamp,,1\r\nx,5,a,y,7,,z\r\n');
      expect(lines).toEqual([
        '2,value,series,1,timestamp,,1,score,severity,alarm,expected,lower,upper,reason',
        'x,5,a,y,7,,z,0,0,,5,5,5,',
      ]);
    });
    test.each([
      ['series,timestamp\na,1\n', [], /no column value: found series, timestamp \(--value\)/],
      [
        'series,timestamp,value,value\na,1,1,2\n',
        [],
        /more than one column is called value: found series, timestamp, value, value/,
      ],
      ['a,1,1\n', ['--columns', 'series,timestamp,value,value'], /more than one column is called value/],
      ['a,1,1\n', ['--columns', 'series,timestamp'], /no column value/],
      ['series,timestamp,Value\na,1,1\n', [], /expected: --value Value\n/],
      ['timestamp,value\n1,1\n', [], /expected: a column that names the series; for one alone sed /],
      ['a,1,1\n', [], /no column series: found a, 1, 1 .*\n.*--columns/],
      ['series;timestamp;value\na;1;1,5\n', [], /expected: .*semicolons/],
      ['series\ttimestamp\tvalue\na\t1\t1\n', [], /expected: .*--format tsv/],
      ['series,timestamp,value\na,1,1\n', ['--format', 'tsv'], /expected: .*--format csv/],
      ['{"series":"a","timestamp":1,"value":1}\n', [], /expected: .*--format jsonl/],
      ['"series,timestamp,value\na,1,1\n', [], /the first line cannot be read: a quote that is not closed/],
    ])('%j with %j are no use', (input, args, message) => {
      const { status, lines, stderr } = score(input, ...args);
      expect([status, lines]).toEqual([2, ['']]);
      expect(stderr).toMatch(message);
    });
    test('that are too few or too many are refused by row', () => {
      const { status, lines, stderr } = score('series,timestamp,value\na,1\na,1,1,1\na,2,2\n');
      expect([status, lines.length]).toEqual([1, 2]);
      expect(stderr).toBe('line 2: 2 columns, expected 3\nline 3: 4 columns, expected 3\n2 rows were left out\n');
    });
  });

  test('rows after a quote that is not closed are scored', () => {
    const { status, lines, stderr } = score('series,timestamp,value\na,1,1\n"a,2,2\na,3,3\n"b",4,4\n');
    expect([status, stderr]).toEqual([1, 'line 3: a quote that is not closed\n1 rows were left out\n']);
    expect(lines.slice(1).map((line) => line.slice(0, 5))).toEqual(['a,1,1', 'a,3,3', 'b,4,4']);
  });

  test.each([
    [
      'a,1700000000000,1',
      'timestamp is no time: "1700000000000" (milliseconds? expected seconds since the epoch, or ISO 8601)',
    ],
    ['a,1,"1,5"', 'value is no number: "1,5" (a decimal comma? expected a point)'],
  ])('%s is refused as what it may be', (row, message) => {
    const { status, stderr } = score(`series,timestamp,value\n${row}\n`);
    expect([status, stderr]).toEqual([1, `line 2: ${message}\n1 rows were left out\n`]);
  });

  describe('lines of JSON', () => {
    const json = (lines: readonly string[], ...args: readonly string[]) =>
      score(`${lines.join('\n')}\n`, '--format', 'jsonl', ...args);
    const added = '"score":0,"severity":0,"alarm":"","expected":1,"lower":1,"upper":1,"reason":""';

    test('keep their numbers as they were written, and what else they hold', () => {
      const { status, lines } = json([
        '\ufeff{"series": 9007199254740993, "timestamp": 1.0, "value": 1.00, "id": 12345678901234567890, "of": {"a": [1e2]}}',
        '{"value":"1","timestamp":"1970-01-01","series":9007199254740992}',
      ]);
      expect(status).toBe(0);
      expect(lines).toEqual([
        `{"series":9007199254740993,"timestamp":1.0,"value":1.00,"id":12345678901234567890,"of":{"a":[1e2]},${added}}`,
        `{"value":"1","timestamp":"1970-01-01","series":9007199254740992,${added}}`,
      ]);
    });
    test('that are no objects, or hold something else, are refused by line', () => {
      const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
      const { status, lines, stderr } = json([
        '[1]',
        'null',
        '{"series":"a"',
        '{"series":["a"],"timestamp":1,"value":1}',
        '{"series":"a","timestamp":{},"value":1}',
        `{"series":"a","timestamp":1,"value":${deep}}`,
        '{"series":"a","timestamp":1,"value":true}',
        '',
        `{"series":"a","timestamp":1,"value":1,"x":${deep}}`,
      ]);
      expect([status, lines.length]).toEqual([1, 1]);
      expect(stderr.split('\n')).toEqual([
        'line 1: not a JSON object',
        'line 2: not a JSON object',
        'line 3: not JSON',
        'line 4: no series',
        'line 5: timestamp is no time: an object',
        'line 6: value is no number: a list',
        'line 7: value is no number: true',
        '7 rows were left out',
        '',
      ]);
    });
    test('are named as asked; a name that none has is told', () => {
      const line = '{"__proto__":"a","constructor":1,"v":1,"V":null}';
      const names = ['--series', '__proto__', '--timestamp', 'constructor'];
      expect(json([line], ...names, '--value', 'v')).toMatchObject({ status: 0, stderr: '' });
      expect(json([line], ...names, '--value', 'V')).toMatchObject({ status: 0, stderr: '' });
      expect(json([line], ...names, '--value', 'toString').stderr).toMatch(
        /^warning: no row has toString: all are missing/,
      );
      expect(json([line], '--series', 'hasOwnProperty')).toMatchObject({ status: 1 });
    });
    test('that were scored are scored anew', () => {
      const once = json(['{"series":"a","timestamp":1,"value":1,"of":{"score":7}}']).lines;
      expect(json(once).lines).toEqual(once);
    });
  });

  test.each([
    [['--format', 'xml'], /no format xml/],
    [['--series', 'host'], /no column host/],
    [['--tz', 'Mars/Olympus'], /no time zone/],
    [['--max-false-alarms-per-week', '0'], /not a number of alarms/],
    [['--tell', 'little'], /nothing to tell called little/],
    [['--state-in', '/nowhere/state'], /holds no state/],
    [['--unknown'], /unknown option/],
    [['metrics.csv'], /too many arguments[\s\S]*nightshift score < metrics.csv/],
  ])('%j is used wrongly', (args, message) => {
    const { status, stderr } = score(csv, ...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});
