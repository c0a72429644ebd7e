import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const BIN = resolve(import.meta.dirname, '../../bin/nightshift.mjs');
const place = mkdtempSync(join(tmpdir(), 'nightshift-streams-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

function score(input: string, ...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [BIN, 'score', ...args], { input, encoding: 'utf8', cwd: place });
}
const HEAD = 'series,timestamp,value\n';
const rowsOf = (series: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => `${series},${1_700_000_000 + (from + at) * 60},${(from + at) % 7}\n`).join(
    '',
  );

describe('states', () => {
  const state = join(place, 'state');
  const kept = () => readFileSync(state, 'utf8');
  beforeAll(() => {
    expect(score(`${HEAD}${rowsOf('a', 5)}${rowsOf('b', 5)}`, '--state-out', state).status).toBe(0);
  });

  test('say how they were learned, one series a line', () => {
    const lines = kept()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual(['a', 'b'].map((series) => expect.objectContaining({ series, kind: 'gauge', tz: 'UTC' })));
  });

  test.each([
    [
      ['--kind', 'counter'],
      /state, line 1: it was learned as a gauge, and --kind is counter \[score.state\]\n {2}expected: gauge/,
    ],
    [
      ['--tell', 'new'],
      /state, line 1: it was learned to tell all, and --tell is new \[score.state\]\n {2}expected: all/,
    ],
    [['--tz', 'Asia/Tokyo'], /state, line 1: it was learned in UTC, and --tz is Asia\/Tokyo \[score.state\]/],
  ])('are not gone on from with %j', (args, message) => {
    const { status, stdout, stderr } = score(`${HEAD}${rowsOf('a', 1, 5)}`, '--state-in', state, ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  test('another name of the zone, and a file that says nothing of it, are gone on from', () => {
    const older = join(place, 'older');
    const lines = kept()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    writeFileSync(
      older,
      lines.map(({ series, last, state }) => `${JSON.stringify({ series, last, state })}\n`).join(''),
    );
    expect(score(`${HEAD}${rowsOf('a', 1, 5)}`, '--state-in', older, '--kind', 'counter').status).toBe(0);
    expect(score(`${HEAD}${rowsOf('a', 1, 5)}`, '--state-in', state, '--tz', 'Etc/UTC').status).toBe(0);
  });

  test.each([
    ['no JSON', 'nonsense', /line 3: it holds no state/],
    ['another thing', '{"series":"c"}', /line 3: it holds no state/],
    ['nothing', 'null', /line 3: it holds no state/],
    [
      'a state of another version',
      '{"series":"c","last":1,"state":"AAAA"}',
      /line 3: it holds no state: 3 bytes are no state/,
    ],
    ['a series that was there', '{"series":"a","last":1,"state":"AAAA"}', /line 3: a is there twice/],
  ])('a line that holds %s is named', (_, line, message) => {
    const broken = join(place, 'broken');
    writeFileSync(broken, `${kept()}${line}\n`);
    const { status, stdout, stderr } = score(`${HEAD}${rowsOf('a', 1, 5)}`, '--state-in', broken);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('[score.state]');
  });

  test('one file is gone on from and written, its link and mode stay, and nothing else is left', () => {
    const folder = join(place, 'own');
    mkdirSync(folder);
    const own = join(folder, 'state');
    const halves = [rowsOf('a', 300), rowsOf('a', 300, 300)];
    for (const half of halves) {
      const known = existsSync(own) ? ['--state-in', own] : [];
      expect(score(`${HEAD}${half}`, ...known, '--state-out', own).status).toBe(0);
    }
    const whole = join(place, 'whole');
    score(`${HEAD}${halves.join('')}`, '--state-out', whole);
    expect(readFileSync(own, 'utf8')).toBe(readFileSync(whole, 'utf8'));
    expect(readdirSync(folder)).toEqual(['state']);
  });

  test.each([
    ['what --strict stops', `${HEAD}${rowsOf('a', 2)}a,never,1\n`, ['--strict'], 3],
    ['a wrong column', 'x,y\n1,2\n', [], 2],
  ])('%s leaves the file as it was', (_, input, args, code) => {
    const before = kept();
    const { status, stderr } = score(input, '--state-out', state, ...args);
    expect(status).toBe(code);
    expect(kept()).toBe(before);
    if (code === 3)
      expect(stderr).toMatch(/^line 4: timestamp is no time.*\nline 4: stopped by --strict; no state was written\n$/);
  });

  test.each([
    ['a folder that is not there', 'nowhere/state'],
    ['a folder', '.'],
  ])('%s is named before anything is read', (_, file) => {
    const { status, stdout, stderr } = score(`${HEAD}${rowsOf('a', 2)}`, '--state-out', file);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('[score.state-out]');
  });

  test('what is no file is written to as it is', () => {
    const piped = spawnSync(
      '/bin/sh',
      ['-c', `"$0" "$1" score --state-out /dev/fd/3 3>&1 1>/dev/null | cat`, process.execPath, BIN],
      {
        input: `${HEAD}${rowsOf('a', 3)}`,
        encoding: 'utf8',
      },
    );
    expect([piped.status, piped.stderr]).toEqual([0, '']);
    expect(JSON.parse(piped.stdout)).toMatchObject({ series: 'a', last: 1_700_000_120 });
  });
});

describe('standard output', () => {
  const state = join(place, 'of-output');
  const many = `${HEAD}${rowsOf('a', 20_000)}`;

  test.each(existsSync('/dev/full') ? ['full'] : [])('that is %s is told, and no state is written', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [BIN, 'score', '--state-out', state], {
      input: many,
      encoding: 'utf8',
      stdio: ['pipe', full, 'pipe'],
    });
    closeSync(full);
    expect([status, existsSync(state)]).toEqual([1, false]);
    expect(stderr).toMatch(
      /^nightshift: not all rows were written to standard output: ENOSPC.*; no state was written \[score.output\]\n$/,
    );
  });

  test('that is closed is told, and no state is written', () => {
    const script = '{ "$0" "$1" score --state-out "$2"; echo "code $?" >&2; } | head -n 1';
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script, process.execPath, BIN, state], {
      input: many,
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^series,[^\n]*\n$/);
    expect(stderr).toMatch(
      /^nightshift: [^\n]*its reader has closed it; no state was written \[score.output\]\ncode 1\n$/,
    );
    expect(existsSync(state)).toBe(false);
  });

  test('has each row as soon as it came', async () => {
    const { spawn } = await import('node:child_process');
    const child = spawn(process.execPath, [BIN, 'score'], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.write(`${HEAD}a,1700000000,1\n`);
    let out = '';
    for await (const piece of child.stdout) {
      out += String(piece);
      if (out.split('\n').length > 2) break;
    }
    child.stdin.end();
    expect(out).toMatch(/\na,1700000000,1,0,/);
  });
});
