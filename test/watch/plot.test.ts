import { describe, expect, test } from '@jest/globals';
import type { Sample } from '../../lib/ports/metrics.ts';
import { short, timeTicks, valueTicks } from '../../lib/watch/axes.ts';
import { detectIn } from '../../lib/watch/detect.ts';
import { draws } from '../scoring/made.ts';

const NOON = Date.parse('2026-11-28T12:00:00Z') / 1000;
const OPTIONS = { timeZone: 'UTC', unit: 'B' };

/** Six hours, a sample each 15 s, far too much for a while; `gap` has none. */
function hours(gap: readonly [number, number] = [0, 0]): Sample[] {
  const draw = draws(5);
  return Array.from({ length: 6 * 240 }, (_, at) => {
    return { t: NOON + at * 15, v: 67e6 + 3e6 * (draw() + draw() - 1) + (at > 1_100 && at < 1_180 ? 40e6 : 0) };
  }).filter((_, at) => at < gap[0] || at >= gap[1]);
}
const plotOf = (samples: readonly Sample[], labels = {}) => detectIn({ labels, samples }, OPTIONS).plot;
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
const pathOf = (svg: string, name: string) => new RegExp(`class="${name}"[^>]*? d="([^"]*)"`).exec(svg)?.[1] ?? '';

describe('the plot', () => {
  test('has times, values, unit, what was expected, the band and the alarm', () => {
    const svg = plotOf(hours(), { host: 'h<1>' });
    expect(texts(svg)).toEqual(
      expect.arrayContaining(['{host=&quot;h&lt;1&gt;&quot;} (B)', '12:00', '15:00', '17:00', '80M', '100M', 'alarm']),
    );
    expect(svg).toContain('28 Nov 2026 12:00 to 28 Nov 2026 17:59 UTC');
    expect(texts(svg).join()).toMatch(/last 6\d\.?\d*M B, expected 6/);
    expect(svg).toMatch(/class="expected"/);
    const alarm = /class="alarm" x="([\d.]+)"[^>]* width="([\d.]+)"/.exec(svg);
    // From 16:35 on, of a picture that begins at 12 and is 654 wide.
    expect(Number(alarm?.[1])).toBeCloseTo(58 + (654 * 1_101) / 1_439, 0);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('a gap in the data is one in every line', () => {
    const strokes = (name: string, samples: readonly Sample[]) => pathOf(plotOf(samples), name).split('M').length - 1;
    for (const name of ['series', 'expected', 'band']) {
      expect([name, strokes(name, hours())]).toEqual([name, 1]);
      expect([name, strokes(name, hours([600, 700]))]).toEqual([name, 2]);
    }
  });

  test('the same samples give the same bytes, fewer than 15 kB', () => {
    expect(plotOf(hours())).toBe(plotOf(hours()));
    expect(plotOf(hours()).length).toBeLessThan(15_000);
    expect(plotOf(hours([600, 700])).length).toBeLessThan(15_000);
  });

  test('whatever the values are, every number is one', () => {
    const made = (of: (at: number) => number, length = 300) =>
      plotOf(Array.from({ length }, (_, at) => ({ t: NOON + at * 60, v: of(at) })));
    const odd = [
      made(() => 5, 1),
      made(() => 0),
      made((at) => (at % 2 === 0 ? 1.7e308 : -1.7e308)),
      made(() => 1e-300),
    ];
    for (const svg of odd) {
      expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
      expect(svg).toMatch(/class="series"/);
    }
    expect(plotOf([])).toBe('');
  });
});

test('times are round ones of the zone, also where the clocks change', () => {
  const of = (from: string, to: string, zone: string) =>
    timeTicks(Date.parse(from) / 1000, Date.parse(to) / 1000, zone).map(({ text }) => text);
  expect(of('2026-11-28T12:07:00Z', '2026-11-28T12:43:00Z', 'UTC')).toEqual(['12:10', '12:20', '12:30', '12:40']);
  expect(of('2026-11-28T21:00:00Z', '2026-11-29T03:00:00Z', 'Europe/Berlin')).toEqual([
    '22:00',
    '23:00',
    '29 Nov',
    '01:00',
    '02:00',
    '03:00',
    '04:00',
  ]);
  const spring = timeTicks(
    Date.parse('2026-03-28T23:00:00Z') / 1000,
    Date.parse('2026-03-29T23:00:00Z') / 1000,
    'Europe/Berlin',
  );
  expect(spring.map(({ text }) => text)).toEqual(['29 Mar', '06:00', '12:00', '18:00', '30 Mar']);
  expect((spring[1]?.at ?? 0) - (spring[0]?.at ?? 0)).toBe(5 * 3_600);
});

test('values are round, and short', () => {
  expect(valueTicks(0.0003, 0.0021).map(({ text }) => text)).toEqual(['0.0005', '0.001', '0.0015', '0.002']);
  expect(valueTicks(-1, 1).map(({ text }) => text)).toEqual(['-1', '-0.5', '0', '0.5', '1']);
  expect([999, 1_000, 67_108_864, -2.5e9, 3e20].map(short)).toEqual(['999', '1k', '67.11M', '-2.5G', '3.00e+20']);
});
