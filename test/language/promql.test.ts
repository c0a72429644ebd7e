import { describe, expect, test } from '@jest/globals';
import { parser } from '@prometheus-io/lezer-promql';
import { fillSelector, placeholdersOf } from '../../lib/language/placeholders.ts';
import { checkPromql, selectorsOf } from '../../lib/language/promql.ts';
import { promqlString, selectorFor, selectorsFor } from '../../lib/language/selectors.ts';
import fc from '../setup/fastCheck.ts';

describe('checkPromql', () => {
  test.each([
    'up',
    'redis_up{host="db1"} == 1',
    '100 * (1 - avg by (host) (rate(node_cpu_seconds_total{mode="idle"}[5m]))) > 80',
    'predict_linear(x[1h], 14400) > (y > 0) and on (host) z{a=~"b.*"}',
    'quantile_over_time(0.9, (x[5m]))',
    'max_over_time(rate(x[1m])[5m:30s])',
    'x offset 5m',
    'vector(1)',
    'absent(up{job="a"}) # a comment',
  ])('takes %s', (expr) => expect(checkPromql(expr)).toBeNull());

  test.each([
    ['', '1:1'],
    ['up{', '1:4'],
    ['a +\n  (', '2:4'],
    ['up{host=db}', '1:9'],
    ['up{$selector}', '1:4'],
    ['rate(x)', 'rate takes a range'],
    ['sum(x[5m])', 'instant vector'],
    ['abs(x[5m])', 'abs takes an instant vector'],
    ['x[5m]', 'instant vector'],
    ['{}', 'every series'],
    ['nosuchfunction(x)', '1:'],
  ])('refuses %j and tells where', (expr, told) => expect(checkPromql(expr)).toContain(told));

  test('answers any text', () => {
    const unit = fc.constantFrom(
      'a',
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '"',
      '5m',
      ' ',
      '$',
      ',',
      '=',
      'rate',
      'sum',
      '#',
      '\n',
    );
    fc.assert(
      fc.property(fc.string({ unit }), (text) => ['string', 'object'].includes(typeof checkPromql(text))),
      { numRuns: 1_000 },
    );
  });
});

/** The string literals and errors that the grammar sees in a selector with one matcher. */
function literals(expr: string): string[] {
  const found: string[] = [];
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.name === 'StringLiteral' || node.type.isError)
        found.push(node.type.isError ? 'error' : expr.slice(node.from, node.to));
    },
  });
  return found;
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      '\\',
      '\n',
      '}',
      '{',
      ',',
      '`',
      "'",
      '#',
      '\u2028',
      '\0',
      '\ud800',
      '$selector',
      ') or vector(1)',
    ),
  }),
);

describe('promqlString', () => {
  test('a hostile value never ends its literal', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const literal = promqlString(text);
        expect(literals(`x{a=${literal}}`)).toEqual([literal]);
        expect(JSON.parse(literal)).toBe(text.toWellFormed());
      }),
      { numRuns: 2_000 },
    );
  });

  test('writes nothing that the lexer of Prometheus takes for broken UTF-8', () => {
    expect(promqlString('a\ufffd\ud800')).toBe(String.raw`"a\ufffd\ufffd"`);
  });

  test('a hostile host fills an expression without changing it', () => {
    fc.assert(
      fc.property(hostile, hostile, (host, service) => {
        const expr = fillSelector('rate(x{mode="idle",$selector}[2m])', selectorFor({ host, service }));
        expect(checkPromql(expr)).toBeNull();
        expect(selectorsOf(expr)).toEqual([
          { selector: `x{mode="idle",host=${promqlString(host)},service=${promqlString(service)}}`, window: 120_000 },
        ]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('fillSelector', () => {
  test.each([
    ['redis_up{$selector}', 'a="b"', 'redis_up{a="b"}'],
    ['redis_up{$selector} == 1', '', 'redis_up{} == 1'],
    ['x{mode="idle",$selector}', '', 'x{mode="idle"}'],
    ['x{$selector , mode="idle"}', '', 'x{ mode="idle"}'],
    ['x{a="1", $selector, b="2"}', '', 'x{a="1", b="2"}'],
    ['x{a="1", $selector, b="2"}', 'c="3"', 'x{a="1",c="3", b="2"}'],
    ['a{$selector} / b{$selector}', 'c="$selector"', 'a{c="$selector"} / b{c="$selector"}'],
    ['x{a="{$selector}"} # $selector', 'c="3"', 'x{a="{$selector}"} # $selector'],
    ['x{$selector}', 'a="$&$1"', 'x{a="$&$1"}'],
  ])('%s with %s', (expr, selector, filled) => expect(fillSelector(expr, selector)).toBe(filled));

  test.each(['redis_up $selector', 'x{$selectors}', 'x{$}', 'x{$others}', 'x{$cluster}'])('refuses %s', (expr) => {
    expect(() => fillSelector(expr, 'a="b"')).toThrow(expect.objectContaining({ code: 'promql.placeholder' }));
  });

  test('looks beyond the host where all three are given', () => {
    const selectors = selectorsFor({ cluster: 'blue', host: 'b1', service: 'kafka' });
    expect(fillSelector('up{$others}', selectors)).toBe('up{cluster="blue",host!="b1",service="kafka"}');
    expect(fillSelector('offline{$cluster} + up{$selector}', selectors)).toBe(
      'offline{cluster="blue"} + up{cluster="blue",host="b1",service="kafka"}',
    );
    expect(() => fillSelector('up{$others}', selectorsFor({ cluster: 'blue', service: 'kafka' }))).toThrow(
      'cannot be filled',
    );
  });

  test('tells the placeholders that stand outside strings', () => {
    expect(placeholdersOf('a{$selector} + b{x="$others",$selector,$cluster}')).toEqual(['$selector', '$cluster']);
  });
});

describe('selectorFor', () => {
  test.each([
    [{ host: 'db1', service: 'redis' }, {}, 'host="db1",service="redis"'],
    [{ host: 'db1', service: null }, {}, 'host="db1"'],
    [{ host: 'i-0abc12345678def00', service: null }, {}, 'instance_id="i-0abc12345678def00"'],
    [
      { host: 'db1', service: 'redis', cluster: 'blue' },
      { instance_id: 'db1', job: 'redis' },
      'cluster="blue",instance_id="db1",job="redis"',
    ],
    [{}, {}, ''],
  ])('%j of an alert with %j', (place, labels, text) => expect(selectorFor(place, undefined, labels)).toBe(text));
});

describe('selectorsOf', () => {
  test('tells each selector and its window', () => {
    expect(selectorsOf('sum(rate(x{a="b"}[1m])) / up > max_over_time(y[30s])')).toEqual([
      { selector: 'x{a="b"}', window: 60_000 },
      { selector: 'up', window: null },
      { selector: 'y', window: 30_000 },
    ]);
    expect(selectorsOf('vector(1)')).toEqual([]);
  });

  test.each([
    ['up offset 5m', 'promql.modifier'],
    ['rate(x[1m] offset -5m)', 'promql.modifier'],
    ['up @ 100', 'promql.modifier'],
    ['up @ start()', 'promql.modifier'],
    ['max_over_time(up[5m:30s])', 'promql.subquery'],
    ['rate(x[120])', 'promql.window'],
    ['rate(x[2m * 2])', 'promql.window'],
    ['up{', 'promql.syntax'],
  ])('refuses %s', (expr, code) => expect(() => selectorsOf(expr)).toThrow(expect.objectContaining({ code })));
});
