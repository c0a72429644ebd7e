import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { teller } from '../../lib/cli/commands/backtest.ts';
import { spanOf, timeOf } from '../../lib/cli/commands/backtestTime.ts';
import { nightshift } from '../cli/nightshift.ts';
import { outages, type Past, pasts, T0, TO } from './recorded.ts';

const open = pasts();
const FREE = 'cooldown: 0s, blastRadius: { hosts: 2, percent: 100 }';
const SPAN = ['--from', new Date(T0).toISOString(), '--to', new Date(TO).toISOString()];

const backtest = (past: Past, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  nightshift(['backtest', ...SPAN, ...args], env, past.root);

describe('nightshift backtest', () => {
  test('says what differs, in a table or as JSON, and by its exit code', async () => {
    const past = await open();
    outages(past.prometheus, [[60, 61]]);
    await past.folder('old', { guards: FREE });
    await past.folder('new', { autonomy: 'auto', guards: FREE });
    const { code, out } = await backtest(past, ['--old', 'old', '--new', 'new']);
    expect(out).toMatch(
      /2026-03-06T09:00:00Z +RedisDown +prod\/cache-1\/redis +shadow → run restart-redis on cache-1 +runs/,
    );
    expect(out).toMatch(/They differ\.\n$/);
    expect(out).not.toContain('\u001b');
    expect(code).toBe(1);
    const json = await backtest(past, ['--old', 'old', '--new', 'new', '--json']);
    expect(json.code).toBe(1);
    const report = JSON.parse(json.out);
    expect(report).toMatchObject({ from: T0, to: TO, comparison: { differ: true } });
    expect(report.comparison.decisions.both[0].new.outcome).toBe('run');
    const same = await backtest(past, ['--old', 'new', '--new', 'new']);
    expect(same.out).toMatch(/No difference\.\n$/);
    expect(same.code).toBe(0);
  });

  test('alone it lists what there would have been', async () => {
    const past = await open();
    outages(past.prometheus, [[60, 61]]);
    await past.folder('new');
    const { code, out } = await backtest(past, ['--new', 'new']);
    expect(code).toBe(0);
    expect(out).toMatch(/Decisions: 1\nTIME .*\n2026-03-06T09:00:00Z +RedisDown .* shadow restart-redis on cache-1/);
    expect(out).toMatch(
      /Totals\nnew new: watches 1 \(1 without data\), alarms 0, incidents 1 \(1 paged\), decisions: 1 shadow\n/,
    );
  });

  test('writes nothing and starts nothing: it works where Node forbids both, and leaves nothing behind', async () => {
    const past = await open();
    outages(past.prometheus, [[60, 61]]);
    await past.folder('new', { autonomy: 'auto', guards: FREE });
    const before = readdirSync(past.root, { recursive: true }).sort();
    const env = { NODE_OPTIONS: '--permission --allow-fs-read=*', NODE_DISABLE_COMPILE_CACHE: '1', TMPDIR: past.root };
    const { code, out } = await backtest(past, ['--new', 'new'], env);
    expect(out).toMatch(/decisions: 1 run\n/);
    expect(code).toBe(0);
    expect(readdirSync(past.root, { recursive: true }).sort()).toEqual(before);
  });

  test.each([
    [['--from', 'yesterday'], 'backtest.time', 2],
    [['--to', '2020-01-01T00:00:00Z'], 'backtest.span', 2],
    [['--to', '2222-01-01T00:00:00Z'], 'backtest.span', 2],
    [['--old', 'nowhere'], 'backtest.folder', 2],
    [['--learn', 'long'], 'duration.syntax', 2],
    [['--prometheus', 'http://127.0.0.1:1'], 'metrics.unavailable', 3],
  ])('%j is refused with %s', async (args, error, exit) => {
    const past = await open();
    await past.folder('new');
    const { code, out, err } = await backtest(past, ['--new', 'new', ...args]);
    expect(err).toContain(`[${error}]`);
    expect(out).toBe('');
    expect(code).toBe(exit);
  });
});

test('a long replay tells where it is, a short one nothing', () => {
  const lines: string[] = [];
  let now = 0;
  const tell = teller({ write: (text) => lines.push(text) }, () => now);
  for (const share of [0.1, 0.2, 0.3, 0.456, 0.5]) {
    now += 700;
    tell('new: watches', share);
  }
  expect(lines).toEqual(['new: watches 30 %\n']);
});

describe('times', () => {
  const now = T0;
  test('are ISO, lengths before now, or now', () => {
    expect(timeOf('now', '--to', now)).toBe(now);
    expect(timeOf('-7d', '--from', now)).toBe(now - 7 * 86_400_000);
    expect(timeOf('-1h30m', '--from', now)).toBe(now - 5_400_000);
    expect(timeOf('2026-03-06T08:00:00Z', '--from', now)).toBe(T0);
    expect(timeOf('2026-03-06', '--from', now)).toBe(T0 - 8 * 3_600_000);
  });
  test.each(['', '7d', '-7', '-7days', '2026-02-30', 'NaN'])('%j is none', (text) => {
    expect(() => spanOf(text, 'now', now)).toThrow(expect.objectContaining({ code: 'backtest.time', field: '--from' }));
  });
});
