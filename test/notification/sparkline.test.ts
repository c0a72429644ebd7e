import { describe, expect, test } from '@jest/globals';
import { evidenceText, figure, sparkline } from '../../lib/notification/sparkline.ts';
import { SERIES } from './samples.ts';

describe('sparkline', () => {
  test('draws from lowest to highest', () => expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 3)).toBe('▁▂▃▄▅▆▇█'));
  test('keeps the single spike when it narrows', () => {
    const values = Array.from({ length: 60 }, (_, index) => (index === 31 ? 100 : 1));
    const drawn = sparkline(values, 1, 10);
    expect(drawn).toHaveLength(10);
    expect(drawn).toBe('▁▁▁▁▁█▁▁▁▁');
  });
  test('keeps a dip too, where low is bad', () => {
    const values = Array.from({ length: 60 }, (_, index) => (index === 59 ? 0 : 1));
    expect(sparkline(values, 1, 6)).toBe('█████▁');
  });
  test('a flat line is low, a gap is a dot, nothing is nothing', () => {
    expect(sparkline([5, 5], 5)).toBe('▁▁');
    expect(sparkline([1, Number.NaN, 2], 1)).toBe('▁·█');
    expect(sparkline([], 0)).toBe('');
  });
});

describe('figures', () => {
  test.each([
    [0, '0'],
    [0.1 + 0.2, '0.3'],
    [123456.7, '123457'],
    [1e12, '1.00e+12'],
    [0.00001, '1.00e-5'],
    [Number.NaN, 'not a number'],
    [-Infinity, '−infinite'],
    [null, 'no data'],
  ])('%p reads %s', (value, text) => expect(figure(value)).toBe(text));
  test('evidence is in words, ratios in percent', () => {
    expect(evidenceText(SERIES)).toBe('Redis up: 0 now, usually 1 (score -8.2)');
    expect(evidenceText({ ...SERIES, title: 'CPU', unit: 'ratio', last: 0.97, median: 0.2, score: 12 })).toBe(
      'CPU: 97 % now, usually 20 % (score 12)',
    );
  });
  test('a ratio that was ever above one is no share', () => {
    const one = {
      ...SERIES,
      title: 'Fragmentation',
      unit: 'ratio',
      last: 0.9,
      median: 6.95,
      spark: [6.95, 0.9],
      score: 0,
    };
    expect(evidenceText(one)).toBe('Fragmentation: 0.9 now, usually 6.95 (score 0)');
  });
  test('an old value is not of now, and no score is told where nothing was compared', () => {
    const silent = { ...SERIES, silentFor: 7 * 60_000, unrated: 'silent', score: 0 } as const;
    expect(evidenceText(silent)).toBe('Redis up: 0 last seen 7 min ago, usually 1 (nothing of late to compare)');
    const young = { ...SERIES, unrated: 'little-past', median: 0, score: 0 } as const;
    expect(evidenceText(young)).toBe('Redis up: 0 now (too little past to compare)');
  });
});
