import { describe, expect, test } from '@jest/globals';
import { matches, parseMatchers } from '../../lib/language/matchers.ts';
import fc from '../setup/fastCheck.ts';

describe('parseMatchers', () => {
  test('reads several matchers with every operator', () => {
    expect(parseMatchers('alertname="RedisDown", severity=~"critical|warning",team!=data , x!~"a.*"')).toEqual([
      { label: 'alertname', op: '=', value: 'RedisDown' },
      { label: 'severity', op: '=~', value: 'critical|warning' },
      { label: 'team', op: '!=', value: 'data' },
      { label: 'x', op: '!~', value: 'a.*' },
    ]);
  });

  test('takes braces, a comma at the end, and nothing at all', () => {
    expect(parseMatchers('{a="b",}')).toEqual([{ label: 'a', op: '=', value: 'b' }]);
    expect(parseMatchers('  ')).toEqual([]);
    expect(parseMatchers('{}')).toEqual([]);
  });

  test('keeps commas, braces and escapes within quotes', () => {
    expect(parseMatchers(String.raw`a="x,y} \"z\" \\ \n \d"`)).toEqual([
      { label: 'a', op: '=', value: 'x,y} "z" \\ \n \\d' },
    ]);
  });

  test.each([
    ['a', 'matcher.syntax', ':'],
    ['a="b', 'matcher.syntax', 'at 3'],
    ['a="b" c="d"', 'matcher.syntax', 'at 6'],
    ['{a="b"', 'matcher.syntax', 'closing brace'],
    ['1a=b', 'matcher.syntax', 'at 1'],
    [',a=b', 'matcher.syntax', 'at 1'],
    ['a==b', 'matcher.syntax', 'at 3'],
    ['a=~"("', 'matcher.regex', 'RE2'],
    ['a=~"a)(b"', 'matcher.regex', 'RE2'],
    ['a=~"(?=b)"', 'matcher.regex', 'RE2'],
  ])('refuses %s', (text, code, told) => {
    expect(() => parseMatchers(text)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(told) }),
    );
  });

  test('reads back whatever is quoted', () => {
    const quote = (value: string) => `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(parseMatchers(`a=${quote(value)},b="c"`)).toEqual([
          { label: 'a', op: '=', value },
          { label: 'b', op: '=', value: 'c' },
        ]);
      }),
    );
  });

  test('answers any text with matchers or an input error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '=', '~', '!', '"', '\\', ',', '{', '}', ' ', '(', '*') }),
        (text) => {
          try {
            expect(Array.isArray(parseMatchers(text))).toBe(true);
          } catch (error) {
            expect(error).toMatchObject({ kind: 'input', code: expect.stringMatching(/^matcher\./) });
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('matches', () => {
  const labels = { alertname: 'RedisDown', severity: 'critical' };
  test.each([
    ['alertname="RedisDown"', true],
    ['alertname="Redis"', false],
    ['alertname=~"Redis"', false],
    ['alertname=~"Redis.*"', true],
    ['alertname=~"a|RedisDown"', true],
    ['alertname=~"RedisDown|a", severity!="critical"', false],
    ['team=""', true],
    ['team!=""', false],
    ['team=~".+"', false],
    ['team!~"x"', true],
    ['constructor=""', true],
    ['', true],
  ])('%s is %s', (text, answer) => {
    expect(matches(parseMatchers(text), labels)).toBe(answer);
  });

  test('a pattern that would take a backtracker for ever is answered at once', () => {
    const matchers = parseMatchers('a=~"(x+x+)+y"');
    expect(matches(matchers, { a: 'x'.repeat(5_000) })).toBe(false);
  });
});
