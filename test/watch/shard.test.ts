import { describe, expect, test } from '@jest/globals';
import { decodeShard, EMPTY, type Entry, encodeShard, type Shard } from '../../lib/watch/shard.ts';
import fc from '../setup/fastCheck.ts';

const entry: fc.Arbitrary<Entry> = fc.record({
  watch: fc.string(),
  labels: fc.dictionary(fc.string(), fc.string()),
  last: fc.constantFrom(null, { t: 1, v: 2.5, score: 0, severity: 1, expected: 2, lower: 1, upper: 3 }),
  alarmSince: fc.option(fc.nat()),
  silent: fc.boolean(),
  state: fc.uint8Array({ maxLength: 50 }),
});

/** fast-check's dictionaries have no prototype; JSON gives them one. */
const plain = (shard: Shard): Shard => ({
  ...shard,
  upTo: { ...shard.upTo },
  rules: { ...shard.rules },
  behind: { ...shard.behind },
  problems: { ...shard.problems },
  entries: shard.entries.map((one) => ({ ...one, labels: { ...one.labels } })),
});

describe('a shard', () => {
  test('comes back as it was', () => {
    const behind = fc.record({ tellFrom: fc.option(fc.nat()), piece: fc.option(fc.nat()) });
    const shard = fc.record({
      upTo: fc.dictionary(fc.string(), fc.nat()),
      rules: fc.dictionary(fc.string(), fc.string()),
      behind: fc.dictionary(fc.string(), behind),
      problems: fc.dictionary(fc.string(), fc.string()),
      next: fc.option(fc.string()),
      entries: fc.array(entry, { maxLength: 8 }),
    });
    fc.assert(
      fc.property(shard, (before) => {
        expect(decodeShard(encodeShard(before))).toEqual(plain(before));
      }),
    );
  });

  test('of a version that kept less of a watch goes on', () => {
    const index = new TextEncoder().encode('{"upTo":{"a":1},"entries":[]}');
    const bytes = new Uint8Array([1, 0, 0, 0, index.length, 0, 0, 0, ...index]);
    expect(decodeShard(bytes)).toEqual({ ...EMPTY, upTo: { a: 1 } });
  });

  test('of another version, cut off or with too much behind it is refused by name', () => {
    const whole = encodeShard({ ...EMPTY, upTo: { a: 1 } });
    const with_ = (at: number, byte: number) => Uint8Array.from(whole, (one, place) => (place === at ? byte : one));
    const more = new Uint8Array([...whole, 0]);
    const noIndex = new Uint8Array([1, 0, 0, 0, 2, 0, 0, 0, 123, 125]);
    for (const bad of [new Uint8Array(3), with_(0, 9), with_(8, 0), noIndex, whole.subarray(0, whole.length - 1), more])
      expect(() => decodeShard(bad)).toThrow(expect.objectContaining({ code: 'watch.shard' }));
  });
});
