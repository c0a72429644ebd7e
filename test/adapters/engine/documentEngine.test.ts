import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { startDocument } from '../../../lib/adapters/engine/documentEngine.ts';
import { readStep } from '../../../lib/adapters/engine/documentStep.ts';
import { ending, newBase, plain, start, until } from './execution.ts';

const base = newBase();
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('what the agent does with a script', () => {
  test('sh without #!, and a failing line stops nothing', async () => {
    const lines = ['false', 'echo "$0"', 'echo on'];
    const sh = await ending(await start(base, plain(lines)));
    expect(sh).toMatchObject({ state: 'succeeded', exitCode: 0 });
    expect(sh.output.stdout).toContain('on\n');
    const bash = await ending(
      await start(base, plain(['#!/bin/bash', 'set -e', '[ -n "$BASH_VERSION" ]', 'false', 'echo on'])),
    );
    expect(bash).toMatchObject({ state: 'failed', exitCode: 1, output: { stdout: '' } });
  });

  test('the last line decides where nothing else does', async () => {
    expect(await ending(await start(base, plain(['exit 3'])))).toMatchObject({ state: 'failed', exitCode: 3 });
    expect(await ending(await start(base, plain(['kill -KILL $$'])))).toMatchObject({ state: 'failed', exitCode: 137 });
  });

  test('an ENV_VAR parameter is $SSM_name', async () => {
    const folder = await start(base, plain(['printf %s "$SSM_word"'], '60', ['word']), { word: 'a  b' });
    expect((await ending(folder)).output.stdout).toBe('a  b');
  });

  test.each<[unknown, number]>([
    ['5', 5],
    ['172800', 172800],
    [60, 60],
    ['4', 3600],
    ['172801', 3600],
    ['0', 3600],
    ['-1', 3600],
    ['abc', 3600],
    ['', 3600],
    [undefined, 3600],
    ['5.5', 3600],
  ])('a timeout of %p is %p seconds', (given, taken) => {
    const document = plain(['true']);
    const [step] = document.mainSteps;
    expect(
      readStep({ ...document, mainSteps: [{ ...step, inputs: { ...step?.inputs, timeoutSeconds: given } }] })
        .timeoutSeconds,
    ).toBe(taken);
  });

  const good = plain(['true']);
  test.each<[string, unknown]>([
    ['no document', null],
    ['schema 1.2', { ...good, schemaVersion: '1.2' }],
    ['two steps', { ...good, mainSteps: [...good.mainSteps, ...good.mainSteps] }],
    ['another action', { ...good, mainSteps: [{ ...good.mainSteps[0], action: 'aws:runPowerShellScript' }] }],
    ['text to be pasted', plain(['echo {{ x }}'])],
    ['a parameter to be pasted', { ...good, parameters: { x: { type: 'String' } } }],
    ['no lines', plain([])],
  ])('%s is refused and leaves nothing', async (_, document) => {
    const folder = join(base, 'never');
    const request = { document, parameters: {}, folder, environment: {}, workingDirectory: base, markerRoot: base };
    await expect(startDocument(request)).rejects.toMatchObject({ kind: 'refused', code: 'engine.document' });
    expect(existsSync(folder)).toBe(false);
  });
});

describe('the environment of a script', () => {
  test('holds PATH, HOME, LANG, its parameters and ours, nothing of Nightshift', async () => {
    process.env.NS_CANARY_SECRET = 'sings';
    const environment = {
      PATH: process.env.PATH,
      HOME: '/h',
      LANG: 'C',
      LD_PRELOAD: '',
      BASH_ENV: '/x',
      NIGHTSHIFT_RESTART_X: '/r',
      TOKEN: 't',
    };
    const folder = await start(base, plain(['#!/bin/bash', 'env | cut -d= -f1 | sort']), { word: 'a' }, environment);
    const { stdout } = (await ending(folder)).output;
    delete process.env.NS_CANARY_SECRET;
    const own = ['PWD', 'SHLVL', '_', 'OLDPWD'];
    expect(
      stdout
        .trim()
        .split('\n')
        .filter((name) => !own.includes(name)),
    ).toEqual(['HOME', 'LANG', 'NIGHTSHIFT_MARKERS', 'NIGHTSHIFT_RESTART_X', 'PATH', 'SSM_word']);
  });

  test('standard input is empty', async () => {
    expect((await ending(await start(base, plain(['wc -c'])))).output.stdout.trim()).toBe('0');
  });

  test('what the execution leaves is for its owner only', async () => {
    const folder = await start(base, plain(['true']));
    await ending(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });
});

describe('output', () => {
  test('is cut at 24,000 and 8,000 characters and redacted', async () => {
    const lines = [
      '#!/bin/bash',
      'echo password=hunter2 known-secret-value',
      `yes 0123456789 | head -c 100000`,
      `yes 0123456789 | head -c 100000 >&2`,
      'exit 0',
    ];
    const { output } = await ending(await start(base, plain(lines)), ['known-secret-value']);
    expect([output.stdout.length, output.stderr.length, output.truncated]).toEqual([24_000, 8_000, true]);
    expect(output.stdout.split('\n')[0]).toBe('password=[redacted] [redacted]');
  });

  test('a flood does not fill the disk', async () => {
    const folder = await start(
      base,
      plain([
        '#!/bin/bash',
        'head -c 50000000 /dev/zero | tr "\\0" x',
        'touch flooded',
        'until [ -e gate ]; do sleep 0.02; done',
      ]),
    );
    // What came after the last cut stays until there is too much again.
    const isCut = () => statSync(join(folder, 'stdout')).size <= 4_194_304;
    await until(() => (existsSync(join(folder, '../work/flooded')) && isCut() ? true : null));
    writeFileSync(join(folder, '../work/gate'), '');
    expect((await ending(folder)).output).toMatchObject({ truncated: true });
  });
});
