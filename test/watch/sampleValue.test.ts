import { expect, test } from '@jest/globals';
import { numberOf } from '../../lib/watch/sampleValue.ts';

test.each([null, undefined, '', ' ', '\\N', 'NULL', 'nan', 'NaN', '-nan', '+NaN', 'nan(ind)', '-nan(ind)', 'nan(0x8)'])(
  '%j is missing',
  (cell) => {
    expect(numberOf(cell)).toBeNaN();
  },
);

test.each([
  ['1', 1],
  [' -1.5e3 ', -1500],
  ['1.', 1],
  ['.5', 0.5],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['Infinity', Number.POSITIVE_INFINITY],
])('%j is a number', (cell, number) => {
  expect(numberOf(cell)).toBe(number);
});

test.each(['many', 'nano', 'nan(', 'nan()x', '1,5', '0x10', '-null', true, {}, ['1']])('%j is none', (cell) => {
  expect(numberOf(cell)).toBeNull();
});
