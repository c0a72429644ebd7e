import { expect, test } from '@jest/globals';
import { systemClock, timeIds, timeIdsOf } from '../../../lib/adapters/embedded/clock.ts';

test('ids are unique and sort as they were made', () => {
  const ids = Array.from({ length: 20_000 }, () => timeIds.next('inc'));
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids.slice(0, 100)) expect(id).toMatch(/^inc_[a-z0-9]{23}$/);
});

test('ids begin with their time', () => {
  let now = 1_750_000_000_000;
  const ids = timeIdsOf({ now: () => now });
  const early = ids.next('exe');
  now += 1;
  const late = ids.next('exe');
  expect(Number.parseInt(early.slice(4, 13), 36)).toBe(1_750_000_000_000);
  expect(Number.parseInt(late.slice(4, 13), 36)).toBe(1_750_000_000_001);
  expect(late > early).toBe(true);
});

test('a clock that is set back does not turn the order', () => {
  const times = [1_750_000_000_000, 1_749_000_000_000, 1_749_000_000_001, 1_750_000_000_000, 1_750_000_000_001];
  const ids = timeIdsOf({ now: () => times.shift() ?? 0 });
  const made = Array.from({ length: 5 }, () => ids.next('a'));
  expect([...made].sort()).toEqual(made);
});

test('two processes in one millisecond make different ids', () => {
  const clock = { now: () => 1_750_000_000_000 };
  expect(timeIdsOf(clock).next('a')).not.toBe(timeIdsOf(clock).next('a'));
});

test('a prefix of other characters is refused', () => {
  for (const prefix of ['', 'Inc', 'a-b', 'a/b', 'a b']) {
    expect(() => timeIds.next(prefix)).toThrow(expect.objectContaining({ kind: 'input', code: 'ids.prefix' }));
  }
});

test('secrets are 24 random bytes, URL-safe', () => {
  const secrets = new Set(Array.from({ length: 100 }, () => timeIds.secret()));
  expect(secrets.size).toBe(100);
  for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9_-]{32}$/);
});

test('the system clock is the system clock', () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
});
