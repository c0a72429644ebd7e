import { describe, expect, test } from '@jest/globals';
import { compile } from '../../lib/catalogue/compile.ts';
import { parsePack } from '../../lib/catalogue/pack.ts';
import { parseSettings } from '../../lib/catalogue/settings.ts';
import { checkWatchList } from '../../lib/catalogue/watchSettings.ts';
import { watchesOf } from '../../lib/watch/watches.ts';
import { demoPack, sha256 } from './fixture.ts';

const bundle = compile([parsePack(demoPack, 'demo', sha256)], [], sha256);
const file = 'nightshift.yaml';
const list = (text: string) => parseSettings(`watch: ${text}`, file, {}).watch;
const check = (text: string) => checkWatchList(list(text), bundle, { file, text: `watch: ${text}` });

describe('the watch list beside the packs', () => {
  test.each([
    [
      'a name of an indicator',
      '{ own: [{ name: a, expr: up }, { name: demo-up, expr: up }] }',
      'watch.own[1].name',
      'demo',
    ],
    [
      'one of a pack that is not watched',
      '{ packs: [], own: [{ name: demo-up, expr: up }] }',
      'watch.own[0].name',
      'demo',
    ],
    ['a pack that is not there', '{ packs: [demo, dmo] }', 'watch.packs[1]', 'dmo: did you mean demo?'],
    ['several packs that are not there', '{ packs: [x, demo, y] }', 'watch.packs[0]', 'no pack x, y'],
    [
      'an indicator that is not there',
      '{ indicators: { demo-pu: { maxFalseAlarmsPerWeek: 2 } } }',
      'watch.indicators.demo-pu',
      'no pack has an indicator demo-pu: did you mean demo-up?',
    ],
    [
      'a watch of your own among the indicators',
      '{ indicators: { mine: { maxFalseAlarmsPerWeek: 2 } }, own: [{ name: mine, expr: up }] }',
      'watch.indicators.mine',
      'mine is a watch of your own',
    ],
  ])('%s is refused', (_, text, field, told) => {
    const message = expect.stringContaining(told);
    expect(() => check(text)).toThrow(expect.objectContaining({ kind: 'input', code: 'config.watch', field, message }));
    expect(() => check(text)).toThrow(`nightshift.yaml:1: ${field}: `);
  });

  test('what is right passes', () => {
    expect(() => check('{ packs: [demo], own: [{ name: mine, expr: up }] }')).not.toThrow();
    expect(() => check('{ packs: [], indicators: { demo-up: { maxFalseAlarmsPerWeek: 2 } } }')).not.toThrow();
  });

  test('an indicator is asked for what is set for it alone', () => {
    const own = '[{ name: mine, expr: up }]';
    const rates = (text: string) =>
      watchesOf(bundle, list(text)).map(({ id, maxFalseAlarmsPerWeek }) => [id, maxFalseAlarmsPerWeek]);
    expect(rates(`{ indicators: { demo-up: { maxFalseAlarmsPerWeek: 0.25 } }, own: ${own} }`)).toEqual([
      ['demo-up', 0.25],
      ['mine', 1],
    ]);
    expect(rates(`{ maxFalseAlarmsPerWeek: 3, own: ${own} }`)).toEqual([
      ['demo-up', 3],
      ['mine', 3],
    ]);
  });

  test('no entry is there twice, whatever the configuration', () => {
    const twice = list('{ packs: [demo, demo], own: [{ name: demo-up, expr: up }] }');
    expect(watchesOf(bundle, twice).map(({ id, expr }) => [id, expr])).toEqual([['demo-up', 'up']]);
  });

  test('two packs do not share an indicator', () => {
    const other = parsePack(
      Object.fromEntries(
        Object.entries(demoPack).map(([file, text]) => [file, text.replaceAll('DemoDown', 'OtherDown')]),
      ),
      'demo',
      sha256,
    );
    const copy = { ...other, summary: { ...other.summary, name: 'other' }, policies: [], runbooks: [] };
    expect(() => compile([parsePack(demoPack, 'demo', sha256), copy], [], sha256)).toThrow(
      expect.objectContaining({ code: 'pack.indicator', field: 'demo-up' }),
    );
  });
});
