import { describe, expect, test } from '@jest/globals';
import { interpretStatus, retryAfter } from '../../lib/notification/channel.ts';
import { needsFallback, retryAt } from '../../lib/notification/deliver.ts';
import fc from '../setup/fastCheck.ts';
import { AT } from './samples.ts';

const MINUTE = 60_000;

describe('when to try again', () => {
  test('doubles from 5 s to 15 min', () => {
    const waits = Array.from({ length: 19 }, (_, index) => (retryAt(index + 1, null, AT, 0) ?? 0) - AT);
    expect(waits.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(waits.at(-1)).toBe(12 * MINUTE);
    expect((retryAt(19, null, AT, 0.999999) ?? 0) - AT).toBe(15 * MINUTE);
  });
  test('is never earlier than Retry-After, nor than its own backoff', () => {
    expect(retryAt(1, 30_000, AT, 0)).toBe(AT + 30_000);
    expect(retryAt(4, 1_000, AT, 0)).toBe(AT + 40_000);
  });
  test('gives up after 20 attempts, after 24 h, and on a Retry-After beyond that', () => {
    expect(retryAt(19, null, AT, 0)).not.toBeNull();
    expect(retryAt(20, null, AT, 0)).toBeNull();
    expect(retryAt(2, null, AT, 0, AT - 25 * 60 * MINUTE)).toBeNull();
    expect(retryAt(1, 10 * 365 * 86_400_000, AT, 0)).toBeNull();
  });
  test('is always in the future, within bounds, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 19 }),
        fc.double({ min: 0, max: 0.9999, noNaN: true }),
        (attempts, random) => {
          const at = retryAt(attempts, null, AT, random) ?? Number.NaN;
          expect(at - AT).toBeGreaterThanOrEqual(5_000);
          expect(at - AT).toBeLessThanOrEqual(15 * MINUTE);
        },
      ),
    );
  });
  test('the second channel is told on a refusal at once, on trouble from the third attempt', () => {
    const retry = { outcome: 'retry', after: null, detail: '' } as const;
    expect(needsFallback({ outcome: 'refused', detail: '' }, 1)).toBe(true);
    expect([1, 2, 3, 4].map((attempts) => needsFallback(retry, attempts))).toEqual([false, false, true, true]);
    expect(needsFallback({ outcome: 'delivered', ref: null }, 9)).toBe(false);
  });
});

describe('Retry-After', () => {
  test.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Fri, 20 Nov 2026 21:01:00 GMT', date: 'Fri, 20 Nov 2026 21:00:00 GMT' }, MINUTE],
    [{ 'retry-after': 'Fri, 20 Nov 2026 20:00:00 GMT', date: 'Fri, 20 Nov 2026 21:00:00 GMT' }, 0],
    [{ 'retry-after': 'Fri, 20 Nov 2026 21:01:00 GMT' }, null],
    [{ 'retry-after': 'Friday, 20-Nov-26 21:01:00 GMT', date: 'Fri Nov 20 21:00:00 2026' }, MINUTE],
    [{ 'retry-after': 'Sun Nov  1 21:01:00 2026', date: 'Sunday, 01-Nov-26 21:00:00 GMT' }, MINUTE],
    [{ 'retry-after': 'Mon, 20 Nov 2026 21:01:00 GMT', date: 'Fri, 20 Nov 2026 21:00:00 GMT' }, null],
    [{ 'retry-after': 'Invalid Date', date: 'Invalid Date' }, null],
    [{ 'retry-after': '-1' }, null],
    [{ 'retry-after': 'soon' }, null],
    [{}, null],
  ])('%j is %p ms', (headers, expected) => expect(retryAfter(headers)).toBe(expected));
});

describe('a status', () => {
  test.each([
    [200, undefined],
    [302, 'refused'],
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [408, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ])('%i means %s', (status, outcome) => {
    expect(interpretStatus({ status, headers: {}, body: '' })?.outcome).toBe(outcome);
  });
  test('tells of the body in one short line', () => {
    const delivery = interpretStatus({ status: 400, headers: {}, body: `bad\r\nthing ${'x'.repeat(5000)}` });
    expect(delivery).toMatchObject({ detail: expect.stringMatching(/^HTTP 400 bad thing x+…$/) });
  });
});
