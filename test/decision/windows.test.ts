import { describe, expect, test } from '@jest/globals';
import { windowApplies, windowCovers } from '../../lib/decision/windows.ts';
import type { WindowRecord } from '../../lib/model/incident.ts';

const utc = (text: string) => Date.parse(text);
const everywhere = { cluster: null, host: null, service: null };
const window = (when: WindowRecord['when'], scope: WindowRecord['scope'] = everywhere): WindowRecord => ({
  id: 'w1',
  kind: 'maintenance',
  when,
  scope,
  reason: 'patching',
  by: 'platform',
});
const HOUR = 3_600_000;

describe('a window once', () => {
  const once = window({ from: 1_000, until: 2_000 });
  test.each([
    [999, false],
    [1_000, true],
    [1_999, true],
    [2_000, false],
  ])('at %d: %s', (at, covered) => {
    expect(windowCovers(once, at)).toBe(covered);
  });
});

describe('a weekly window', () => {
  // 2026-03-27 is a Friday.
  const night = window({ days: [5], at: '22:00', zone: 'Europe/Berlin', lasts: 8 * HOUR });
  test.each([
    ['2026-03-27T20:59:59Z', false],
    ['2026-03-27T21:00:00Z', true],
    ['2026-03-28T00:30:00Z', true],
    ['2026-03-28T04:59:59Z', true],
    ['2026-03-28T05:00:00Z', false],
    ['2026-03-26T21:30:00Z', false],
    ['2026-07-03T20:00:00Z', true],
    ['2026-07-03T19:59:59Z', false],
  ])('crosses midnight in its own zone: %s %s', (at, covered) => {
    expect(windowCovers(night, utc(at))).toBe(covered);
  });

  // The clocks go from 02:00 to 03:00 at 2026-03-29T01:00Z, a Sunday.
  test('lasts its length in elapsed time over the spring change', () => {
    const spring = window({ days: [7], at: '01:00', zone: 'Europe/Berlin', lasts: 2 * HOUR });
    expect(windowCovers(spring, utc('2026-03-29T00:00:00Z'))).toBe(true);
    expect(windowCovers(spring, utc('2026-03-29T01:59:59Z'))).toBe(true);
    expect(windowCovers(spring, utc('2026-03-29T02:00:00Z'))).toBe(false);
  });

  test('a time that the clocks skip begins as much later', () => {
    const skipped = window({ days: [7], at: '02:30', zone: 'Europe/Berlin', lasts: HOUR });
    expect(windowCovers(skipped, utc('2026-03-29T01:29:59Z'))).toBe(false);
    expect(windowCovers(skipped, utc('2026-03-29T01:30:00Z'))).toBe(true);
    expect(windowCovers(skipped, utc('2026-03-29T02:30:00Z'))).toBe(false);
  });

  // The clocks go from 03:00 back to 02:00 at 2026-10-25T01:00Z, a Sunday.
  test('a time that the clocks show twice begins at each', () => {
    const twice = window({ days: [7], at: '02:30', zone: 'Europe/Berlin', lasts: 10 * 60_000 });
    expect(windowCovers(twice, utc('2026-10-25T00:30:00Z'))).toBe(true);
    expect(windowCovers(twice, utc('2026-10-25T01:00:00Z'))).toBe(false);
    expect(windowCovers(twice, utc('2026-10-25T01:30:00Z'))).toBe(true);
    expect(windowCovers(twice, utc('2026-10-25T01:40:00Z'))).toBe(false);
  });

  // In Cairo the clocks go from 00:00 to 01:00 at 2026-04-23T22:00Z, a Friday: its midnight is skipped.
  test('a midnight that the clocks skip begins as much later, on the same day', () => {
    const midnight = window({ days: [5], at: '00:00', zone: 'Africa/Cairo', lasts: HOUR });
    expect(windowCovers(midnight, utc('2026-04-23T21:59:59Z'))).toBe(false);
    expect(windowCovers(midnight, utc('2026-04-23T22:00:00Z'))).toBe(true);
    expect(windowCovers(midnight, utc('2026-04-23T23:00:00Z'))).toBe(false);
  });

  // On Lord Howe the clocks go back from 02:00 by half an hour at 2026-04-04T15:00Z, a Sunday there.
  test('half an hour that comes twice has two beginnings', () => {
    const twice = window({ days: [7], at: '01:45', zone: 'Australia/Lord_Howe', lasts: 10 * 60_000 });
    const covered = ['14:45', '14:55', '15:15', '15:25'].map((time) =>
      windowCovers(twice, utc(`2026-04-04T${time}:00Z`)),
    );
    expect(covered).toEqual([true, false, true, false]);
  });

  test('a window of a week covers the week', () => {
    const week = window({ days: [1], at: '00:00', zone: 'UTC', lasts: 7 * 24 * HOUR });
    for (let day = 0; day < 7; day += 1)
      expect(windowCovers(week, utc('2026-03-23T12:00:00Z') + day * 24 * HOUR)).toBe(true);
  });

  test('the day is counted in the zone, not in UTC', () => {
    const monday = window({ days: [1], at: '00:30', zone: 'Asia/Tokyo', lasts: HOUR });
    expect(windowCovers(monday, utc('2026-03-29T15:45:00Z'))).toBe(true);
    expect(windowCovers(monday, utc('2026-03-30T15:45:00Z'))).toBe(false);
  });

  test.each([
    [{ days: [5], at: '22:00', zone: 'Europe/Nowhere', lasts: HOUR }, 'window.zone'],
    [{ days: [5], at: '22:00', zone: '', lasts: HOUR }, 'window.zone'],
    [{ days: [0], at: '22:00', zone: 'UTC', lasts: HOUR }, 'window.days'],
    [{ days: [], at: '22:00', zone: 'UTC', lasts: HOUR }, 'window.days'],
    [{ days: [1], at: '24:00', zone: 'UTC', lasts: HOUR }, 'window.at'],
    [{ days: [1], at: '22:00', zone: 'UTC', lasts: 0 }, 'window.lasts'],
    [{ from: 5, until: 5 }, 'window.when'],
  ])('one that cannot be evaluated is an error, never "no window": %j', (when, code) => {
    expect(() => windowCovers(window(when), 0)).toThrow(expect.objectContaining({ code }));
  });
});

describe('the scope', () => {
  const place = { cluster: 'blue', host: 'db1', service: 'redis' };
  test.each([
    [everywhere, true],
    [{ ...everywhere, host: 'db1' }, true],
    [{ ...everywhere, host: 'db2' }, false],
    [{ cluster: 'blue', host: null, service: 'redis' }, true],
    [{ cluster: 'green', host: null, service: 'redis' }, false],
  ])('%j: %s', (scope, applies) => {
    expect(windowApplies(window({ from: 0, until: 10 }, scope), place, 5)).toBe(applies);
    expect(windowApplies(window({ from: 0, until: 10 }, scope), place, 10)).toBe(false);
  });
});
