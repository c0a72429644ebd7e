import { describe, expect, test } from '@jest/globals';
import { compile } from '../../lib/catalogue/compile.ts';
import { parsePack } from '../../lib/catalogue/pack.ts';
import { parseSettings } from '../../lib/catalogue/settings.ts';
import { checkWatchList } from '../../lib/catalogue/watchSettings.ts';
import { watchesOf } from '../../lib/watch/watches.ts';
import { demoPack, sha256 } from './fixture.ts';

const bundle = compile([parsePack(demoPack, 'demo', sha256)], [], sha256);
const list = (text: string) => parseSettings(`watch: ${text}`, 'nightshift.yaml', {}).watch;

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
  ])('%s is refused', (_, text, field, told) => {
    expect(() => checkWatchList(list(text), bundle)).toThrow(
      expect.objectContaining({ kind: 'input', code: 'config.watch', field, message: expect.stringContaining(told) }),
    );
  });

  test('what is right passes', () => {
    expect(() => checkWatchList(list('{ packs: [demo], own: [{ name: mine, expr: up }] }'), bundle)).not.toThrow();
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
