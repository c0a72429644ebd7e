import { describe, expect, test } from '@jest/globals';
import { formatDuration, parseDuration } from '../../lib/language/duration.ts';
import fc from '../setup/fastCheck.ts';

describe('durations', () => {
  test.each([
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['0', 0],
    ['0s', 0],
    ['1w2d', 777_600_000],
    ['1y', 31_536_000_000],
    ['90s', 90_000],
    ['1m1ms', 60_001],
  ])('%s', (text, length) => expect(parseDuration(text)).toBe(length));

  test.each(['', '5', '5 m', '-5m', '1.5h', '5M', '1m1h', '5m5m', 'm', '5min', '9999999999999y'])(
    'refuses %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow(expect.objectContaining({ kind: 'input', code: 'duration.syntax' }));
    },
  );

  test('what is written is read back', () => {
    expect(formatDuration(90_000)).toBe('1m30s');
    expect(formatDuration(0)).toBe('0s');
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        (ms) => parseDuration(formatDuration(ms)) === ms,
      ),
    );
  });
});
