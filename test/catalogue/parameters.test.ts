import { describe, expect, test } from '@jest/globals';
import { checkParameters, dispatchParameters } from '../../lib/catalogue/parameters.ts';
import fc from '../setup/fastCheck.ts';
import { parameter, sampleRunbook } from './sampleDocument.ts';

const use = (name: string) => `echo "\${SSM_${name}:?}"`;
const runbook = sampleRunbook([use('unit'), use('level'), use('note')], {
  unit: parameter('^[a-z][a-z0-9-]{0,30}$'),
  level: { ...parameter('^x$'), allowedPattern: undefined, allowedValues: ['low', 'high'], default: 'low' },
  note: parameter('^[ -~\\n]{0,80}$', { default: 'none' }),
});
const code = (values: Record<string, unknown>) => {
  try {
    return checkParameters(runbook, values as Record<string, string>);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the values of a plan', () => {
  test('get their defaults and nothing of the dispatch', () => {
    expect(checkParameters(runbook, { unit: 'nginx' })).toEqual({ unit: 'nginx', level: 'low', note: 'none' });
  });
  test.each([
    ['a missing one', {}, 'missing'],
    ['an unknown one', { unit: 'a', Unit: 'a' }, 'unknown'],
    ['one of the dispatch', { unit: 'a', executionId: 'x' }, 'unknown'],
    ['an inherited name', { unit: 'a', constructor: 'x' }, 'unknown'],
    ['a part that matches', { unit: 'ab; rm' }, 'value'],
    ['a line end that the pattern does not allow', { unit: 'ab\n' }, 'value'],
    ['a value that is not listed', { unit: 'a', level: 'lo' }, 'value'],
    ['empty text', { unit: '' }, 'value'],
    ['a number', { unit: 7 }, 'missing'],
    ['NUL', { unit: 'a\0' }, 'encoding'],
    ['half a character', { unit: 'a', note: '\ud800' }, 'encoding'],
    ['too much', { unit: 'a'.repeat(5000) }, 'size'],
  ])('%s is refused', (_, values, expected) => {
    expect(code(values)).toBe(`parameter.${expected}`);
  });
  test('a line end passes where the pattern allows it', () => {
    expect(code({ unit: 'a', note: 'one\ntwo' })).toMatchObject({ note: 'one\ntwo' });
  });
  test('whatever passes matches the whole pattern', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (unit) => {
        const passed = typeof code({ unit }) !== 'string';
        expect(passed).toBe(/^[a-z][a-z0-9-]{0,30}$/.test(unit) && !unit.endsWith('\n'));
      }),
    );
  });
});

describe('the values of a dispatch', () => {
  test('are added and checked', () => {
    expect(dispatchParameters(runbook, { unit: 'a' }, 'exe_1', 1795211007662)).toMatchObject({
      unit: 'a',
      executionId: 'exe_1',
      notAfter: '1795211007662',
    });
    expect(() => dispatchParameters(runbook, { unit: 'a' }, '../x', 1795211007662)).toThrow('executionId');
    expect(() => dispatchParameters(runbook, { unit: 'a' }, 'exe_1', Number.NaN)).toThrow('notAfter');
  });
});
