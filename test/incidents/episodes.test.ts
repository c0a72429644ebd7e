import { describe, expect, test } from '@jest/globals';
import { anyFiring, effectOf, heard } from '../../lib/incidents/episodes.ts';
import type { Episode } from '../../lib/model/incident.ts';
import type { Signal } from '../../lib/model/signal.ts';
import fc from '../setup/fastCheck.ts';

const T0 = 1_900_000_000_000;
const signal = (change: Partial<Signal> = {}): Signal => ({
  id: 'sig_1',
  source: 'alertmanager',
  receivedAt: T0,
  fingerprint: 'f1',
  status: 'firing',
  startsAt: T0,
  endsAt: null,
  labels: { alertname: 'SvcDown' },
  annotations: {},
  generatorURL: null,
  ...change,
});
const ended = (startsAt: number, endsAt: number, receivedAt = endsAt) =>
  signal({ status: 'resolved', startsAt, endsAt, receivedAt });
const all = (...signals: readonly Signal[]): readonly Episode[] => signals.reduce<readonly Episode[]>(heard, []);

describe('an episode', () => {
  test('a firing with another startsAt belongs to the open one, which began at the earliest of them', () => {
    const episodes = all(signal(), signal({ startsAt: T0 - 9_000, receivedAt: T0 + 1 }));
    expect(episodes).toMatchObject([{ startsAt: T0 - 9_000, endsAt: null, signals: 2 }]);
  });

  test('ends with a resolved that overlaps it, whichever startsAt that names', () => {
    const episodes = all(signal(), ended(T0 - 60_000, T0 + 30_000));
    expect(episodes).toMatchObject([{ endsAt: T0 + 30_000 }]);
    expect(anyFiring(episodes)).toBe(false);
  });

  test('outlives a resolved of an earlier one that comes late', () => {
    const episodes = all(signal({ startsAt: T0 }), ended(T0 - 600_000, T0 - 300_000, T0 + 5_000));
    expect(episodes).toMatchObject([{ endsAt: null, signals: 1 }]);
  });

  test('does not begin again by a repetition of the firing that was read before its end', () => {
    const before = all(signal(), ended(T0, T0 + 30_000));
    expect(effectOf(before, signal({ receivedAt: T0 + 29_000 }))).toBe('nothing');
    expect(effectOf(before, signal({ startsAt: T0 + 60_000, receivedAt: T0 + 60_000 }))).toBe('opens');
  });

  test('a resolved alone is nothing', () => {
    expect(all(ended(T0, T0 + 1))).toEqual([]);
  });

  test('of another fingerprint is another', () => {
    expect(all(signal(), signal({ fingerprint: 'f2' }))).toHaveLength(2);
  });
});

test('copies change nothing: however often each signal is heard, the same episodes are open', () => {
  const one = fc.record({
    status: fc.constantFrom<Signal['status']>('firing', 'resolved'),
    minute: fc.nat(20),
    fingerprint: fc.constantFrom('f1', 'f2'),
    copies: fc.integer({ min: 1, max: 3 }),
  });
  const made = ({ status, minute, fingerprint }: { status: Signal['status']; minute: number; fingerprint: string }) => {
    const at = T0 + minute * 60_000;
    return signal({ status, fingerprint, startsAt: at, receivedAt: at, endsAt: status === 'resolved' ? at : null });
  };
  fc.assert(
    fc.property(fc.array(one, { maxLength: 12 }), (signals) => {
      const inTime = signals.toSorted((a, b) => a.minute - b.minute);
      const once = all(...inTime.map(made));
      const often = all(...inTime.flatMap((each) => Array.from({ length: each.copies }, () => made(each))));
      const shape = (episodes: readonly Episode[]) =>
        episodes.map(({ fingerprint, startsAt, endsAt }) => ({ fingerprint, startsAt, endsAt }));
      expect(shape(often)).toEqual(shape(once));
      for (const fingerprint of ['f1', 'f2']) {
        const open = once.filter((each) => each.fingerprint === fingerprint && each.endsAt === null);
        expect(open.length).toBeLessThanOrEqual(1);
      }
    }),
  );
});
