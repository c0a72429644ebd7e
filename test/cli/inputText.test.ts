import { describe, expect, test } from '@jest/globals';
import { NOT_UTF8, recordsOf } from '../../lib/cli/commands/inputText.ts';
import { membersOf, memberText, tight } from '../../lib/cli/commands/jsonText.ts';
import { LONGEST, type Splitting, type TextRecord } from '../../lib/language/records.ts';

const CSV: Splitting = { delimiter: ',', quoted: true };
const bytes = (text: string) => new TextEncoder().encode(text);

async function* piecesOf(all: Uint8Array, size: number) {
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}

async function records(input: string | Uint8Array, splitting = CSV, size = 65_536): Promise<TextRecord[]> {
  const all = typeof input === 'string' ? bytes(input) : input;
  const found: TextRecord[] = [];
  for await (const some of recordsOf(piecesOf(all, size), splitting)) found.push(...some);
  return found;
}
const cellsOf = (found: readonly TextRecord[]) => found.map(({ line, cells, problem }) => [line, problem ?? cells]);

describe('records of a table', () => {
  const cases: readonly (readonly [string, string, readonly unknown[]])[] = [
    [
      'lines',
      'a,b\nc,d\n',
      [
        [1, ['a', 'b']],
        [2, ['c', 'd']],
      ],
    ],
    [
      'no line end at the end',
      'a,b\nc,',
      [
        [1, ['a', 'b']],
        [2, ['c', '']],
      ],
    ],
    [
      'lines as Windows ends them',
      'a,b\r\nc,"d"\r\n\r\n"e","f"\r\n',
      [
        [1, ['a', 'b']],
        [2, ['c', 'd']],
        [4, ['e', 'f']],
      ],
    ],
    [
      'lines as old Macs ended them',
      'a,b\r"c\n",d\r',
      [
        [1, ['a', 'b']],
        [2, ['c\n', 'd']],
      ],
    ],
    [
      'quoted commas, quotes and line ends',
      '"a,""x""","b\nc"\nd,e\n',
      [
        [1, ['a,"x"', 'b\nc']],
        [3, ['d', 'e']],
      ],
    ],
    ['a quote inside a cell', 'a"b,"c"d\n', [[1, ['a"b', '"c"d']]]],
    ['a mark of the byte order', '\ufeffa,b\n', [[1, ['a', 'b']]]],
    ['more than ASCII', 'ä,"𝄞,"\n', [[1, ['ä', '𝄞,']]]],
    ['nothing', '', []],
    ['empty lines', '\n\n\na\n', [[4, ['a']]]],
    [
      'a quote that is not closed, contradicted by the next one',
      '"a,1\nb,2\n"c",3\nd,4\n',
      [
        [1, 'a quote that is not closed'],
        [2, ['b', '2']],
        [3, ['c', '3']],
        [4, ['d', '4']],
      ],
    ],
    [
      'a quote that is not closed at all',
      'x,"a\nb,2\n',
      [
        [1, 'a quote that is not closed'],
        [2, ['b', '2']],
      ],
    ],
  ];
  test.each(cases)('%s', async (_, text, expected) => {
    expect(cellsOf(await records(text))).toEqual(expected);
    // However it is cut into pieces.
    for (const size of [1, 2, 3, 5]) expect(cellsOf(await records(text, CSV, size))).toEqual(expected);
  });

  test('UTF-16 that says so is read, what is compressed is named', async () => {
    const utf16 = Uint8Array.from([0xff, 0xfe, ...Buffer.from('a,ä\n', 'utf16le')]);
    expect(cellsOf(await records(utf16))).toEqual([[1, ['a', 'ä']]]);
    await expect(records(Uint8Array.of(0x1f, 0x8b, 8, 0))).rejects.toMatchObject({ code: 'score.compressed' });
    // However slowly it comes.
    expect(cellsOf(await records(utf16, CSV, 1))).toEqual([[1, ['a', 'ä']]]);
    await expect(records(Uint8Array.of(0x1f, 0x8b, 8, 0), CSV, 1)).rejects.toMatchObject({ code: 'score.compressed' });
    expect(cellsOf(await records('a', CSV, 1))).toEqual([[1, ['a']]]);
  });

  test('UTF-16 the other way round, too', async () => {
    const utf16 = Uint8Array.from([0xfe, 0xff, ...Buffer.from('a,ä\n𝄞,b', 'utf16le').swap16()]);
    const expected = [
      [1, ['a', 'ä']],
      [2, ['𝄞', 'b']],
    ];
    for (const size of [1, 2, 3, 65_536]) expect(cellsOf(await records(utf16, CSV, size))).toEqual(expected);
  });

  test('a record that is not UTF-8 is none, and one that holds what stands for such bytes is', async () => {
    const text = Buffer.concat([
      Buffer.from('a,1\nM\xfcller,1\nM\xf6ller,1\n', 'latin1'),
      bytes('Mü\ufffdller,𝄞\n"b\n'),
      Buffer.from('\xe4",1\nc,1\n\xf0\x9d', 'latin1'),
    ]);
    const expected = [
      [1, ['a', '1']],
      [2, NOT_UTF8],
      [3, NOT_UTF8],
      [4, ['Mü\ufffdller', '𝄞']],
      [5, NOT_UTF8],
      [7, ['c', '1']],
      [8, NOT_UTF8],
    ];
    for (const size of [1, 2, 3, 5, 65_536]) expect(cellsOf(await records(text, CSV, size))).toEqual(expected);
    expect(cellsOf(await records(Uint8Array.of(0xe4)))).toEqual([[1, NOT_UTF8]]);
  });

  test('the text is the same however its letters are cut', async () => {
    const text = 'é,ü\n\ufeff𝄞€,\ufeff\n€é,𝄞';
    const expected = [
      [1, ['é', 'ü']],
      [2, ['𝄞€', '\ufeff']],
      [3, ['€é', '𝄞']],
    ];
    for (const size of [1, 2, 3, 4, 5, 7]) expect(cellsOf(await records(text, CSV, size))).toEqual(expected);
  });

  test.each([
    ['a line without end', `a,${'9'.repeat(3 * LONGEST)}`, `longer than ${LONGEST} characters`],
    [
      'a quote that is not closed',
      `a,"${'9,9\n'.repeat(LONGEST / 2)}`,
      `a quote that is not closed within ${LONGEST} characters`,
    ],
  ])('%s is refused, held no longer than it must be, and what follows is read', async (_, text, problem) => {
    let given = 0;
    async function* counted() {
      for await (const piece of piecesOf(bytes(`first,1\n${text}\nlast,2\n`), 65_536)) {
        given += piece.length;
        yield piece;
      }
    }
    let toldAt = 0;
    const found: TextRecord[] = [];
    for await (const some of recordsOf(counted(), CSV)) {
      for (const one of some) found.push(one);
      if (toldAt === 0 && some.some((one) => one.problem !== null)) toldAt = given;
    }
    expect(found[1]).toEqual({ line: 2, cells: [], problem });
    expect(found.at(-1)?.cells).toEqual(['last', '2']);
    expect(toldAt).toBeLessThan(LONGEST + 3 * 65_536);
  });
});

describe('text of JSON', () => {
  test('loses its spaces and no digit', () => {
    const text = '{ "a" : 1.0 , "b":[12345678901234567890, -0, 1e5],\t"c d" : "x \\u00e9\\" y" }';
    expect(tight(text)).toBe('{"a":1.0,"b":[12345678901234567890,-0,1e5],"c d":"x é\\" y"}');
    expect(memberText(text, 'b')).toBe('[12345678901234567890,-0,1e5]');
    expect(membersOf(tight(text)).map(({ name }) => name)).toEqual(['a', 'b', 'c d']);
    expect(membersOf('{}')).toEqual([]);
  });
  test('what is otherwise the same for both is what JavaScript writes', () => {
    for (const value of [{}, { a: {} }, { a: [1, { b: ',}"\\' }], c: null, 'd"e,': true, '\ud800\u2028': '\u0001' }])
      expect(tight(JSON.stringify(value, null, 2))).toBe(JSON.stringify(value));
  });
  test('may be nested and long', () => {
    const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)},"b":"${'x\\n'.repeat(200_000)}"}`;
    expect(membersOf(tight(deep))).toHaveLength(2);
  });
});
