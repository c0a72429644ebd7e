import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type BacktestCommand, backtest } from '../../lib/cli/commands/backtest.ts';
import { HOUR, MINUTE, type Past, pasts, T0 } from './recorded.ts';

const open = pasts();
const iso = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z');
const HEAD = 'series,timestamp,value\n';

/** The command in this process; without an exit code where it throws. */
async function run(past: Past, content: string | Buffer, command: Partial<BacktestCommand> = {}, name = 'metrics.csv') {
  await past.folder('new');
  const file = join(past.root, name);
  await writeFile(file, content);
  const told: string[] = [];
  const out: string[] = [];
  const folder = join(past.root, 'new');
  const code = await backtest(
    { json: false, colours: false, write: (text) => out.push(text) },
    { to: 'now', old: folder, new: folder, samples: file, ...command },
    { now: T0 + 30 * 24 * HOUR, environment: {}, errors: { write: (text) => told.push(text) } },
  ).catch((error: unknown) => error);
  return { code, out: out.join(''), told: told.join('') };
}

const rows = (count: number) =>
  Array.from({ length: count }, (_, at) => `queue,${iso(T0 + at * MINUTE)},${100 + (at % 7)}\n`);

const samplesError = (message: RegExp) =>
  expect.objectContaining({ kind: 'failed', code: 'backtest.samples', message: expect.stringMatching(message) });

describe('an archive is never a quiet history', () => {
  test('where it runs backwards: the rows are counted, of those up to --to', async () => {
    const past = await open();
    const newestFirst = HEAD + rows(300).reverse().join('');
    const { code, out, told } = await run(past, newestFirst);
    expect(code).toEqual(samplesError(/^299 rows of .*metrics\.csv have a time before that of the row before/));
    expect([out, told]).toEqual(['', '']);
    const earlier = await run(past, newestFirst, { to: iso(T0 + 10 * MINUTE) });
    expect(earlier.code).toEqual(samplesError(/^10 rows of /));
    // Of two series that lie one behind the other, none runs backwards.
    const two = HEAD + [...rows(30), ...rows(30).map((row) => row.replace('queue', 'other'))].join('');
    expect(await run(past, two)).toMatchObject({ code: 0, told: '' });
  });

  test('where times are there twice, which is told as nightshift score does', async () => {
    const past = await open();
    const { code, told } = await run(
      past,
      HEAD +
        rows(30)
          .flatMap((row) => [row, row])
          .join(''),
    );
    expect(told).toBe('warning: 30 rows had a time not after the one before; scored as they came\n');
    expect(code).toBe(0);
  });

  test.each([
    ['nothing', '', 'metrics.csv', /^no row of .* can be read$/, 'no rows: nothing was scored\n'],
    ['a header alone', HEAD, 'metrics.csv', /^no row of .* can be read$/, 'no rows: nothing was scored\n'],
    [
      'another key than value',
      `{"series":"queue","timestamp":${T0 / 1000},"val":1}\n`,
      'metrics.jsonl',
      /has a number as its value$/,
      'warning: no row has value: all are missing\n',
    ],
    ['empty values alone', `${HEAD}queue,${iso(T0)},\n`, 'metrics.csv', /has a number as its value$/, ''],
    ['infinite values alone', `${HEAD}queue,${iso(T0)},inf\n`, 'metrics.csv', /has a number as its value$/, ''],
  ])('where it holds %s', async (_, content, name, message, warned) => {
    const { code, out, told } = await run(await open(), content, {}, name);
    expect(code).toEqual(samplesError(message));
    expect([out, told]).toEqual(['', warned]);
  });

  test('where only what is learned from has numbers', async () => {
    const content = `${HEAD}${rows(30).join('')}queue,${iso(T0 + HOUR)},\n`;
    const { code } = await run(await open(), content, { from: iso(T0 + HOUR) });
    expect(code).toEqual(samplesError(/is of the time that is asked for$/));
  });

  test('where days without dashes are read as seconds, which is told', async () => {
    const { code, out, told } = await run(await open(), `${HEAD}queue,20260101,1\nqueue,20260102,2\n`);
    expect(told).toMatch(/^warning: 2 times look like dates written without dashes/);
    expect(out).toMatch(/\nsamples found: 1970-08-23T11:48:21Z to 1970-08-23T11:48:22Z\n/);
    expect(code).toBe(0);
  });
});

test('a series without a number is one without data, and the times are told of what was found', async () => {
  const content = `${HEAD}${rows(30).join('')}other,${iso(T0 + HOUR)},\n`;
  const past = await open();
  const { out } = await run(past, content);
  expect(out).toContain(`\nsamples found: ${iso(T0)} to ${iso(T0 + 29 * MINUTE)}\n`);
  expect(out).toContain('watches 2 (1 without data)');
  const later = await run(past, content, { from: iso(T0 + 10 * MINUTE), to: iso(T0 + 20 * MINUTE) });
  expect(later.out).toContain(`\nsamples found: ${iso(T0 + 10 * MINUTE)} to ${iso(T0 + 20 * MINUTE)}\n`);
});

test.each([
  [{ learn: '0' }, 'backtest.samples', '--learn'],
  [{ prometheus: 'http://127.0.0.1:1' }, 'backtest.samples', '--prometheus'],
  [{ from: '2026-01-10', to: '2026-01-05' }, 'backtest.span', '--from'],
  [{ from: '2026-01-10', to: '2026-01-10' }, 'backtest.span', '--from'],
])('with --samples %j is wrong use', async (command, code, field) => {
  const ran = await run(await open(), HEAD + rows(3).join(''), command);
  expect(ran.code).toMatchObject({ kind: 'input', code, field });
  expect([ran.out, ran.told]).toEqual(['', '']);
});
