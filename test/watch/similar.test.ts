import { expect, test } from '@jest/globals';
import { aspectOf, remembered, similarText, similarTo } from '../../lib/watch/similar.ts';

const AT = Date.UTC(2030, 0, 2, 3, 4) / 1000;

test('alike is what the same aspect spoke loudest for, on the same side', () => {
  const past = [
    { t: 1, aspect: 'value high' },
    { t: 2, aspect: 'value low' },
    { t: 3, aspect: 'value high' },
    { t: 4, aspect: '' },
  ];
  expect(
    similarTo(
      past,
      aspectOf([
        { feature: 'value', side: 'high' },
        { feature: 'shape', side: 'high' },
      ]),
    ),
  ).toEqual([1, 3]);
  expect(similarTo(past, aspectOf([{ feature: 'season', side: 'high' }]))).toEqual([]);
  expect(similarTo(past, aspectOf([]))).toEqual([]);
});

test('it is told in a sentence, and no more is claimed than is remembered', () => {
  expect(similarText([])).toBe('');
  expect(similarText([AT])).toBe('Once before it was alike, last at 2030-01-02T03:04:00.000Z.');
  expect(similarText([1, AT])).toMatch(/^2 times before it was alike, last at 2030-01-02/);
  let past: ReturnType<typeof remembered> = [];
  for (let t = 0; t < 20; t += 1) past = remembered(past, { t, aspect: 'value high' });
  const times = similarTo(past, 'value high');
  expect(times.at(-1)).toBe(19);
  expect(similarText(times)).toMatch(new RegExp(`^At least ${times.length} times before`));
});
