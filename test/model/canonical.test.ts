import { describe, expect, test } from '@jest/globals';
import { canonicalJson } from '../../lib/model/canonical.ts';
import fc from '../setup/fastCheck.ts';

describe('canonical JSON', () => {
  test('sorts keys at every depth and leaves out undefined ones', () => {
    const value = { b: [{ z: 1, a: undefined, y: null }], a: { c: 'x', B: true } };
    expect(canonicalJson(value)).toBe('{"a":{"B":true,"c":"x"},"b":[{"y":null,"z":1}]}');
  });

  test('is the same after any way through JSON, and JSON that parses to the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(JSON.stringify(value)))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('does not hang on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
      }),
    );
  });

  test('writes minus zero as zero and escapes lone surrogates', () => {
    expect(canonicalJson([-0, '\ud800', '\u2028é'])).toBe('[0,"\\ud800","\u2028é"]');
  });

  test.each([
    ['NaN', { a: { b: [0, Number.NaN] } }, 'a.b[1]'],
    ['infinity', { a: Number.POSITIVE_INFINITY }, 'a'],
    ['undefined in a list', [undefined], '[0]'],
    ['undefined alone', undefined, '(value)'],
    ['a function', { f: () => 1 }, 'f'],
    ['a bigint', { n: 1n }, 'n'],
    ['a date', { at: new Date(0) }, 'at'],
    ['a map', { m: new Map() }, 'm'],
  ])('refuses %s and names the field', (_, value, field) => {
    const error = { kind: 'input', code: 'model.canonical', field };
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining(error));
  });
});
