import { describe, expect, test } from '@jest/globals';
import { isDateLike, timeHint, timeReader } from '../../lib/watch/sampleTime.ts';

const utc = timeReader('UTC');
const at = (iso: string) => Date.parse(iso) / 1000;

describe('the time of a sample', () => {
  test.each([
    [1_700_000_000, 1_700_000_000],
    ['1700000000', 1_700_000_000],
    [' 1700000000.25 ', 1_700_000_000.25],
    ['-1', -1],
    // As NumPy and C write it.
    ['1.469376000000000000e+09', 1_469_376_000],
    ['1469376060.', 1_469_376_060],
    ['.5', 0.5],
    ['1e9', 1_000_000_000],
    ['20240131', 20_240_131],
    ['2024-02-29', at('2024-02-29T00:00:00Z')],
    ['2024-02-29T12:30', at('2024-02-29T12:30:00Z')],
    ['2024-02-29 12:30:15', at('2024-02-29T12:30:15Z')],
    ['2024-02-29 12:30:15.250', at('2024-02-29T12:30:15Z') + 0.25],
    ['2024-02-29T12:30:15,25Z', at('2024-02-29T12:30:15Z') + 0.25],
    ['2024-02-29t12:30:15z', at('2024-02-29T12:30:15Z')],
    ['2024-02-29 12:30:15 +02:00', at('2024-02-29T10:30:15Z')],
    ['2024-02-29 12:30:15-0530', at('2024-02-29T18:00:15Z')],
    ['2024-02-29 12:30:15.123456+00', at('2024-02-29T12:30:15Z') + 0.123456],
    ['2016-12-31T23:59:60Z', at('2017-01-01T00:00:00Z')],
    ['0001-01-01', at('0001-01-01T00:00:00Z')],
    ['0099-12-31T23:59:59Z', at('0099-12-31T23:59:59Z')],
    ['9999-12-31T23:59:59Z', at('9999-12-31T23:59:59Z')],
  ])('%j', (cell, seconds) => {
    expect(utc(cell)).toBe(seconds);
    expect(timeHint(cell)).toBeNull();
  });

  test.each([
    'yesterday',
    '',
    null,
    undefined,
    true,
    [1],
    {},
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '1e',
    '.',
    '1e400',
    '0000-01-01',
    '2023-02-29',
    '2024-13-01',
    '2024-01-01T24:00',
    '2024-01-01T10:60',
    '2024-01-01T10:00:61',
    '2024-01-01T10:00+24:00',
    '2024-01-01T10:00+02:60',
    '2024-01-01-05',
    '01/02/2024',
  ])('%j is none', (cell) => {
    expect(utc(cell)).toBeNaN();
    expect(timeHint(cell)).toBeNull();
  });

  test.each([
    [1_700_000_000_000, 'milliseconds?'],
    ['1700000000000', 'milliseconds?'],
    ['-1700000000000.5', 'milliseconds?'],
    [' 1700000000000000 ', 'microseconds?'],
    ['1700000000000000000', 'nanoseconds?'],
    ['1.7e12', 'milliseconds?'],
    ['20170101000000', 'a date written without dashes?'],
    [20_170_101_235_959, 'a date written without dashes?'],
    ['201701012359', 'a date written without dashes?'],
    ['20170101235959123', 'a date written without dashes?'],
    // No day, no hour.
    ['20170230000000', 'milliseconds?'],
    ['20170101250000', 'milliseconds?'],
  ])('%j is none, and what it may count is said', (cell, hint) => {
    expect(utc(cell)).toBeNaN();
    expect(timeHint(cell)).toBe(hint);
  });

  test.each([
    ['20240131', true],
    [' 19000101 ', true],
    [20_991_231, true],
    ['20240131.0', true],
    ['20240230', false],
    ['20241301', false],
    ['18991231', false],
    ['21000101', false],
    ['1970-08-23T06:00:00Z', false],
    ['1700000000', false],
  ])('%j may be meant as a day: %j', (cell, isDay) => {
    expect(isDateLike(utc(cell), cell)).toBe(isDay);
  });

  test('without an offset it is of the zone, also where the clocks change', () => {
    const berlin = timeReader('Europe/Berlin');
    expect(berlin('2024-01-01T00:00')).toBe(at('2023-12-31T23:00:00Z'));
    expect(berlin('2024-07-01 00:00:00Z')).toBe(at('2024-07-01T00:00:00Z'));
    // Left out and said twice: an hour off at most.
    expect(Math.abs(berlin('2024-03-31T02:30') - at('2024-03-31T01:00:00Z'))).toBeLessThanOrEqual(3600);
    expect([at('2024-10-27T00:30:00Z'), at('2024-10-27T01:30:00Z')]).toContain(berlin('2024-10-27T02:30'));
    for (const zone of ['Europe/Berlin', 'Pacific/Kiritimati', 'America/New_York', 'Asia/Kathmandu'])
      for (const year of ['0001', '0002', '0099', '1883', '1970', '9999']) {
        const read = timeReader(zone);
        expect(Math.abs(read(`${year}-01-01T00:00`) - at(`${year}-01-01T00:00:00Z`))).toBeLessThan(86_400);
      }
  });
});
