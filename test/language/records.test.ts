import { describe, expect, test } from '@jest/globals';
import { type Splitting, splitter } from '../../lib/language/records.ts';

const CSV: Splitting = { delimiter: ',', quoted: true };
const LINES: Splitting = { delimiter: null, quoted: false };
const RAW: Splitting = { delimiter: '\t', quoted: false, raw: true };

/** Cut into pieces of this size. */
function cellsOf(text: string, splitting: Splitting, size = text.length) {
  const split = splitter(splitting);
  const found = [];
  for (let at = 0; at < text.length; at += size) found.push(...split(text.slice(at, at + size), false));
  found.push(...split('', true));
  return found.map(({ line, cells, problem }) => [line, problem ?? cells]);
}

describe('records', () => {
  test.each<readonly [string, Splitting, string, readonly unknown[]]>([
    [
      'lines that were ended twice, as Python does on Windows',
      CSV,
      'a,b\r\r\n"c","d"\r\r\n\r\r\ne,"f\r\r\n"\r\r\ng,h\r\r',
      [
        [1, ['a', 'b']],
        [2, ['c', 'd']],
        [4, ['e', 'f\r\r\n']],
        [6, ['g', 'h']],
      ],
    ],
    [
      'lines as old Macs ended them, some of them empty',
      CSV,
      'a,b\r\rc,d\r\r"e",f\r\r',
      [
        [1, ['a', 'b']],
        [3, ['c', 'd']],
        [5, ['e', 'f']],
      ],
    ],
    [
      'marks of the byte order where joined files began',
      CSV,
      '\ufeffa,b\n\ufeff"c",d\n\ufeff\ne,\ufefff\n',
      [
        [1, ['a', 'b']],
        [2, ['c', 'd']],
        [4, ['e', '\ufefff']],
      ],
    ],
    [
      'a mark before a line that is one cell',
      LINES,
      '{}\n\ufeff{}\n',
      [
        [1, ['{}']],
        [2, ['{}']],
      ],
    ],
    [
      'raw text, of which all is kept but the end of the line',
      RAW,
      'a\tb\n\ufeff"c"\td\r\r\ne\tf\r\n',
      [
        [1, ['a', 'b']],
        [2, ['\ufeff"c"', 'd\r']],
        [3, ['e', 'f']],
      ],
    ],
  ])('%s', (_, splitting, text, expected) => {
    expect(cellsOf(text, splitting)).toEqual(expected);
    for (const size of [1, 2, 3, 5]) expect(cellsOf(text, splitting, size)).toEqual(expected);
  });
});
