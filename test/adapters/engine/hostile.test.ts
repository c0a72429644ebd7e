import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { dispatchParameters } from '../../../lib/language/parameters.ts';
import { parameter, sampleRunbook } from '../../catalogue/sampleDocument.ts';
import fc from '../../setup/fastCheck.ts';
import { ending, newBase, start } from './execution.ts';

const base = newBase();
afterAll(() => rmSync(base, { recursive: true, force: true }));
const CANARY = join(base, 'canary');
const touch = `touch ${CANARY}`;

const HOSTILE = [
  ...[
    `$(${touch})`,
    `\`${touch}\``,
    `; ${touch}`,
    `;${touch};`,
    `| ${touch}`,
    `|| ${touch}`,
    `&& ${touch}`,
    `& ${touch} &`,
  ],
  ...[
    `"; ${touch}; "`,
    `'; ${touch}; '`,
    `"$(${touch})"`,
    `'$(${touch})'`,
    `\\"; ${touch}; #`,
    `"'; ${touch} #`,
    `\\'; ${touch}`,
  ],
  ...[
    `\n${touch}\n`,
    `\r\n${touch}\r\n`,
    `x\n${touch}`,
    `\u2028${touch}`,
    `\u0085${touch}`,
    `\v${touch}`,
    `\f${touch}`,
  ],
  ...[
    `> ${CANARY}`,
    `>> ${CANARY}`,
    `2> ${CANARY}`,
    `>| ${CANARY}`,
    `<> ${CANARY}`,
    `<(${touch})`,
    `>(${touch})`,
    '< /etc/passwd',
  ],
  ...[
    `a[$(${touch})]`,
    `$((a[$(${touch})]))`,
    `x[$(${touch})]=1`,
    `\${x:-$(${touch})}`,
    `\${!SSM_*}`,
    `\${SSM_value@P}`,
    `\\$(${touch})`,
  ],
  ...[
    `() { :;}; ${touch}`,
    `{{ executionId }}`,
    `{{${touch}}}`,
    `$${'{SSM_v1:?}'}`,
    '$SSM_v1',
    '$0',
    '$$',
    '$@',
    `$${'{IFS}'}`,
    '$IFS',
    '!!',
    '!1',
  ],
  ...[
    '*',
    '/etc/*',
    '?',
    '[a-z]*',
    '~',
    '~root',
    '{a,b}',
    '{1..9}',
    '../../..',
    '/',
    '.',
    '-rf',
    '--help',
    '-n',
    '-e',
    '-v x',
    '%s%n%d',
    '%n',
  ],
  ...[
    '\\',
    '\\\\',
    '\\n',
    '\\0',
    '\\x24(id)',
    "$'\\x3b'",
    '"',
    "'",
    '`',
    '$',
    '#',
    '# x',
    ' ',
    '  x  ',
    '\t',
    '\n',
    '\n\n',
    'x\n',
    'EOF',
    '\nEOF\n',
  ],
  ...[
    'é',
    'e\u0301',
    '€',
    '😀',
    '\u202e',
    '\u200b',
    '\ufeff',
    '\u00a0',
    '\uffff',
    '\u0001',
    '\u001b[2J',
    '\u007f',
    'x'.repeat(4096),
  ],
  ...[
    `=cmd|' /C calc'!A0`,
    `-o ProxyCommand=${touch}`,
    `--use-compress-program=${touch}`,
    `PATH=/tmp`,
    `LD_PRELOAD=/x.so`,
    `BASH_ENV=${CANARY}`,
  ],
];

const WIDTH = 10;
const NAMES = Array.from({ length: WIDTH }, (_, index) => `v${index}`);
/** The plain uses that a runbook makes of a value: an argument, a variable, a test, a pattern, a word of a list, a file's text. */
const uses = (name: string) => [
  `${name}="\${SSM_${name}:?}"`,
  `[ "\${SSM_${name}:?}" = other ] || true`,
  `case "\${SSM_${name}:?}" in other) ;; esac`,
  `for word in "\${SSM_${name}:?}"; do printf '%s' "$word" > /dev/null; done`,
  `grep -F -q -e "\${SSM_${name}:?}" /dev/null || true`,
  `printf '%s' "\${SSM_${name}:?}" > "$OUT/${name}"`,
  `printf '%s' "$${name}" > "$OUT/${name}.variable"`,
];
const runbook = sampleRunbook(
  ['OUT="$(dirname "$PWD")"', ...NAMES.flatMap(uses)],
  Object.fromEntries(NAMES.map((name) => [name, parameter('^[\\s\\S]+$')])),
);

async function arriveUnchanged(values: readonly string[]): Promise<void> {
  const given = Object.fromEntries(NAMES.map((name, index) => [name, values[index] ?? 'x']));
  const parameters = dispatchParameters(runbook, given, `exe_${base.length}${serial++}`, Date.now() + 60_000);
  const folder = await start(base, runbook.document, parameters);
  expect(await ending(folder)).toMatchObject({ state: 'succeeded', exitCode: 0, output: { stdout: '', stderr: '' } });
  const out = join(folder, '..');
  for (const [name, value] of Object.entries(given)) {
    expect(readFileSync(join(out, name))).toEqual(Buffer.from(value));
    expect(readFileSync(join(out, `${name}.variable`))).toEqual(Buffer.from(value));
  }
  expect(readdirSync(join(out, 'work'))).toEqual([]);
  expect(readdirSync(out)).toHaveLength(2 * WIDTH + 2);
}
let serial = 0;

describe('a value is never anything but a value, in real bash', () => {
  test(`${HOSTILE.length} hostile values arrive byte for byte and run nothing`, async () => {
    expect(HOSTILE.length).toBeGreaterThanOrEqual(60);
    for (let at = 0; at < HOSTILE.length; at += WIDTH) await arriveUnchanged(HOSTILE.slice(at, at + WIDTH));
    expect(readdirSync(base)).not.toContain('canary');
  });

  test('so do random ones, made of what shells read', async () => {
    const piece = fc.constantFrom(
      '$',
      '(',
      ')',
      '`',
      '"',
      "'",
      '\\',
      ';',
      '\n',
      '{',
      '}',
      '<',
      '>',
      '&',
      '|',
      '#',
      ' ',
      '*',
      touch,
    );
    const mixed = fc
      .array(fc.oneof(piece, fc.string({ unit: 'grapheme' })), { minLength: 1, maxLength: 12 })
      .map((all) => all.join(''));
    const value = mixed.filter((text) => text !== '' && !text.includes('\0') && text.isWellFormed());
    await fc.assert(fc.asyncProperty(fc.array(value, { minLength: WIDTH, maxLength: WIDTH }), arriveUnchanged), {
      numRuns: 15,
      endOnFailure: true,
    });
    expect(readdirSync(base)).not.toContain('canary');
  });

  test('the canary does sing where a text is run', async () => {
    const folder = await start(
      base,
      {
        ...(runbook.document as object),
        parameters: {},
        mainSteps: [
          {
            action: 'aws:runShellScript',
            name: 'bad',
            inputs: { timeoutSeconds: '60', runCommand: ['eval "$SSM_v0"'] },
          },
        ],
      },
      { v0: touch },
    );
    await ending(folder);
    expect(readdirSync(base)).toContain('canary');
  });
});
