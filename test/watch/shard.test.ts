import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeShard, type Entry, encodeShard } from '../../lib/watch/shard.ts';

const entry: fc.Arbitrary<Entry> = fc.record({
  watch: fc.string(),
  labels: fc.dictionary(fc.string(), fc.string()),
  last: fc.constantFrom(null, { t: 1, v: 2.5, score: 0, severity: 1, expected: 2, lower: 1, upper: 3 }),
  alarmSince: fc.option(fc.nat()),
  silent: fc.boolean(),
  state: fc.uint8Array({ maxLength: 50 }),
});

/** fast-check's dictionaries have no prototype; JSON gives them one. */
const plain = <T extends { upTo: object; entries: readonly Entry[] }>(shard: T) => ({
  upTo: { ...shard.upTo },
  entries: shard.entries.map((one) => ({ ...one, labels: { ...one.labels } })),
});

describe('a shard', () => {
  test('comes back as it was', () => {
    const shard = fc.record({ upTo: fc.dictionary(fc.string(), fc.nat()), entries: fc.array(entry, { maxLength: 8 }) });
    fc.assert(
      fc.property(shard, (before) => {
        expect(decodeShard(encodeShard(before))).toEqual(plain(before));
      }),
    );
  });

  test('of another version, cut off or with too much behind it is refused by name', () => {
    const whole = encodeShard({ upTo: { a: 1 }, entries: [] });
    const other = whole.slice();
    other[0] = 9;
    for (const bad of [new Uint8Array(3), other, whole.subarray(0, whole.length - 1), new Uint8Array([...whole, 0])])
      expect(() => decodeShard(bad)).toThrow(expect.objectContaining({ code: 'watch.shard' }));
  });
});
