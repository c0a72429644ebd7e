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

  test.each([
    [['--format', 'xml'], /no format xml/],
    [['--series', 'host'], /no column host/],
    [['--tz', 'Mars/Olympus'], /no time zone/],
    [['--max-false-alarms-per-week', '0'], /not a number of alarms/],
    [['--state-in', '/nowhere/state'], /holds no state/],
    [['--unknown'], /unknown option/],
  ])('%j is used wrongly', (args, message) => {
    const { status, stderr } = score(csv, ...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});
