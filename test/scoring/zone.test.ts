import { describe, expect, test } from '@jest/globals';
import { zoneExists, zoneOffsets } from '../../lib/scoring/zone.ts';

const at = (iso: string) => Date.parse(iso) / 1000;

describe('the offset of a zone', () => {
  test.each([
    ['Europe/Berlin', '2024-03-31T00:59:59Z', 3600],
    ['Europe/Berlin', '2024-03-31T01:00:00Z', 7200],
    ['Europe/Berlin', '2024-10-27T00:59:59Z', 7200],
    ['Europe/Berlin', '2024-10-27T01:00:00Z', 3600],
    ['Asia/Kathmandu', '2024-01-01T00:00:00Z', 20_700],
    ['Australia/Lord_Howe', '2024-01-01T00:00:00Z', 39_600],
    ['Pacific/Kiritimati', '9999-12-31T23:59:59Z', 50_400],
    ['+05:30', '2024-01-01T00:00:00Z', 19_800],
  ])('%s, %s', (zone, time, offset) => {
    expect(zoneOffsets(zone)(at(time))).toBe(offset);
  });

  test('is that of a place on Earth at any time, and no time throws', () => {
    const times = [
      '-000050-01-01T00:00:00Z',
      '0000-12-31T23:59:59Z',
      '0001-01-01T00:00:00Z',
      '0099-12-31T23:59:59Z',
      '1899-12-31T00:00:00Z',
    ];
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      const offset = zoneOffsets(zone);
      const odd = [8.64e12, -8.64e12, 1e300, -1e300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const time of [...times.map(at), ...odd]) expect(Math.abs(offset(time))).toBeLessThan(86_400);
      expect(offset(Number.NaN)).toBe(0);
    }
  });

  test('is none where there is no zone', () => {
    for (const zone of ['Mars/Base', '', 'Europe/Berlin\n']) {
      expect(() => zoneOffsets(zone)).toThrow(RangeError);
      expect(zoneExists(zone)).toBe(false);
    }
  });
});
