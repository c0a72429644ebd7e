import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { checkDocument, PREAMBLE } from '../../lib/catalogue/document.ts';
import { isNightshiftError } from '../../lib/model/errors.ts';
import { checked, DISPATCH, parameter, sampleDocument, sampleRunbook, sha256 } from './sampleDocument.ts';

const use = (name: string) => `echo "\${SSM_${name}:?}"`;

function refusal(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (isNightshiftError(error)) return { kind: error.kind, code: error.code, field: error.field };
    throw error;
  }
  throw new Error('nothing was refused');
}

type Sample = ReturnType<typeof sampleDocument>;
const changed = (change: (document: Sample) => unknown) => {
  const document = sampleDocument(['true']);
  return change(document) ?? document;
};
const withLines = (change: (lines: string[]) => string[]) =>
  changed((document) => {
    const inputs = document.mainSteps[0]?.inputs;
    if (inputs) inputs.runCommand = change([...inputs.runCommand]);
  });
const withAct = (...act: string[]) => sampleDocument(act);
const withParameter = (one: unknown) => sampleDocument([use('value')], { value: one });

describe('a document in the allowed form', () => {
  test('becomes a runbook', () => {
    const runbook = sampleRunbook([use('value')], { value: parameter('^(a|b)$', { default: 'a' }) });
    expect(runbook).toMatchObject({ name: 'sample', pack: 'x', effect: 'change', timeoutSeconds: 60, minutesSaved: 5 });
    expect(runbook.script.startsWith('#!/bin/bash\nset -euo pipefail\n')).toBe(true);
    expect(runbook.parameters.map(({ name }) => name)).toEqual(['executionId', 'notAfter', 'value']);
    expect(runbook.parameters[2]).toMatchObject({ allowedPattern: '^(a|b)$', allowedValues: null, default: 'a' });
  });

  test('has the same hash as YAML and JSON, and in any order of keys', () => {
    const document = sampleDocument(['true']);
    const { mainSteps, parameters, description, schemaVersion } = document;
    const turned = checked({ mainSteps, parameters, description, schemaVersion });
    expect(turned.hash).toBe(checked(document).hash);
    expect(turned.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(checked({ ...document, description: 'Another.' }).hash).not.toBe(turned.hash);
  });

  test('may be one block of text, as the shipped sample is', () => {
    const file = 'infra/packs/node/runbooks/collect-diagnostics.yaml';
    const runbook = checkDocument(
      readFileSync(file, 'utf8'),
      file,
      { effect: 'read', minutesSaved: 10, pack: 'node' },
      sha256,
    );
    expect(runbook.name).toBe('collect-diagnostics');
    expect(runbook.script.split('\n').slice(0, PREAMBLE.length)).toEqual(PREAMBLE);
  });

  test('may leave out act where it only reads', () => {
    const document = withLines((lines) => lines.filter((line) => line !== '# act' && line !== 'true'));
    expect(checked(document, 'read').effect).toBe('read');
    expect(refusal(() => checked(document, 'change')).code).toBe('document.script-sections');
  });

  test('may use a value within quotes within a command substitution', () => {
    const act = [`x="$(printf '%s' "\${SSM_value:?}")" # don't`, `printf '%s\\n' "seen: \${SSM_value:?no value}" "$x"`];
    expect(sampleRunbook(act, { value: parameter('^.*$') }).script).toContain('seen');
  });
});

describe('every other form is refused, naming file and field', () => {
  const line = (act: number) => `mainSteps[0].inputs.runCommand:${PREAMBLE.length + 3 + act}`;
  const forms: [string, unknown, string, string][] = [
    ['another schema', changed((d) => ({ ...d, schemaVersion: '1.2' })), 'shape', 'schemaVersion'],
    ['a key that is not known', changed((d) => ({ ...d, files: {} })), 'shape', '(document)'],
    ['two steps', changed((d) => ({ ...d, mainSteps: [...d.mainSteps, ...d.mainSteps] })), 'shape', 'mainSteps'],
    ['no step', changed((d) => ({ ...d, mainSteps: [] })), 'shape', 'mainSteps'],
    [
      'another action',
      changed((d) => ({ ...d, mainSteps: [{ ...d.mainSteps[0], action: 'aws:runDocument' }] })),
      'shape',
      'mainSteps[0].action',
    ],
    [
      'onFailure',
      changed((d) => ({ ...d, mainSteps: [{ ...d.mainSteps[0], onFailure: 'exit' }] })),
      'shape',
      'mainSteps[0]',
    ],
    ['a timeout that is a number', sampleDocument(['true'], {}, 60), 'shape', 'mainSteps[0].inputs.timeoutSeconds'],
    [
      'a timeout that is a parameter',
      sampleDocument(['true'], {}, '{{ t }}'),
      'shape',
      'mainSteps[0].inputs.timeoutSeconds',
    ],
    ['a timeout of 4', sampleDocument(['true'], {}, '4'), 'timeout', 'mainSteps[0].inputs.timeoutSeconds'],
    ['a timeout of 172801', sampleDocument(['true'], {}, '172801'), 'timeout', 'mainSteps[0].inputs.timeoutSeconds'],
    [
      'no executionId',
      changed((d) => ({ ...d, parameters: { notAfter: DISPATCH.notAfter } })),
      'required',
      'parameters.executionId',
    ],
    [
      'no notAfter',
      changed((d) => ({ ...d, parameters: { executionId: DISPATCH.executionId } })),
      'required',
      'parameters.notAfter',
    ],
    [
      'a default notAfter',
      sampleDocument(['true'], { notAfter: { ...DISPATCH.notAfter, default: '9999999999999' } }),
      'required',
      'parameters.notAfter.default',
    ],
    [
      'a text pasted into the script',
      withParameter({ type: 'String', description: 'x', allowedPattern: '^a$' }),
      'shape',
      'parameters.value.interpolationType',
    ],
    ['another type', withParameter(parameter('^a$', { type: 'StringList' })), 'shape', 'parameters.value.type'],
    [
      'a parameter without bounds',
      withParameter({ ...parameter('^a$'), allowedPattern: undefined }),
      'pattern',
      'parameters.value.allowedPattern',
    ],
    [
      'a default outside its bounds',
      withParameter(parameter('^a$', { default: 'b' })),
      'default',
      'parameters.value.default',
    ],
    ['a name that is no variable', sampleDocument(['true'], { 'a-b': parameter('^a$') }), 'shape', 'parameters.a-b'],
    ...[
      'a',
      '^a',
      'a$',
      '^a\\$',
      '^a|b$',
      '^(a)|(b)$',
      '^(?m)a$',
      '^(?i:a)$',
      '^(?=a)a$',
      '^(a)\\1$',
      '^[a$',
      '^\\Qa|b\\E$',
      '^[]|]|x$',
    ].map((pattern): [string, unknown, string, string] => [
      `the pattern ${pattern}`,
      withParameter(parameter(pattern)),
      'pattern',
      'parameters.value.allowedPattern',
    ]),
    [
      'sh',
      withLines((lines) => ['#!/bin/sh', ...lines.slice(1)]),
      'script-preamble',
      'mainSteps[0].inputs.runCommand:1',
    ],
    [
      'no set -e',
      withLines((lines) => lines.filter((text) => !text.startsWith('set'))),
      'script-preamble',
      'mainSteps[0].inputs.runCommand:2',
    ],
    [
      'a marker of its own',
      withLines((lines) => lines.map((text) => text.replace('mkdir "$m', 'mkdir -p "$m'))),
      'script-preamble',
      `mainSteps[0].inputs.runCommand:${PREAMBLE.length}`,
    ],
    [
      'no check',
      withLines((lines) => lines.filter((text) => text !== '# check')),
      'script-sections',
      'mainSteps[0].inputs.runCommand:12',
    ],
    [
      'sections in another order',
      withLines((lines) => lines.map((text) => ({ '# act': '# assert', '# assert': '# act' })[text] ?? text)),
      'script-sections',
      'mainSteps[0].inputs.runCommand:10',
    ],
    ['a section twice', withAct('# check'), 'script-sections', 'mainSteps[0].inputs.runCommand:13'],
    ['{{name}}', withAct('echo "{{ executionId }}"'), 'script-interpolation', line(1)],
    ['$SSM_name', withAct('echo "$SSM_notAfter"'), 'script-use', line(1)],
    ['a use without :?', withAct(`echo "\${SSM_notAfter}"`), 'script-use', line(1)],
    ['a default in the use', withAct(`echo "\${SSM_notAfter:-1}"`), 'script-use', line(1)],
    ['an undeclared parameter', withAct(use('other')), 'script-undeclared', line(1)],
    ['a use without quotes', withAct(`echo \${SSM_notAfter:?}`), 'script-quotes', line(1)],
    ['a use that is not read', withAct(`echo '\${SSM_notAfter:?}'`), 'script-quotes', line(1)],
    ['a use without quotes in $()', withAct(`echo "$(echo \${SSM_notAfter:?})"`), 'script-quotes', line(1)],
    ['eval', withAct('eval "$x"'), 'script-eval', line(1)],
    ['a value in arithmetic', withAct(`echo "$((\${SSM_notAfter:?} + 1))"`), 'script-eval', line(1)],
    ['a value in [[ ]]', withAct(`[[ "\${SSM_notAfter:?}" -gt 1 ]]`), 'script-eval', line(1)],
    ['a value in bash -c', withAct(`bash -c "\${SSM_notAfter:?}"`), 'script-eval', line(1)],
    ['set +e', withAct('set +e'), 'script-set', line(1)],
    ['a pipe into grep -q', withAct(`echo "$x" | grep -qx 1`), 'script-pipe', line(1)],
    ['a pipe into grep -v -m 1', withAct(`echo "$x" | grep -v -m 1 a`), 'script-pipe', line(1)],
    ['a pipe into head', withAct(`echo "$x" | head -n 1`), 'script-pipe', line(1)],
    [
      'a parameter without use',
      sampleDocument(['true'], { value: parameter('^a$') }),
      'script-unused',
      'mainSteps[0].inputs.runCommand:13',
    ],
  ];
  test.each(forms)('%s', (_, document, code, field) => {
    const file = 'packs/x/runbooks/sample.json';
    expect(refusal(() => checked(document))).toEqual({
      kind: 'input',
      code: `document.${code}`,
      field: `${file}: ${field}`,
    });
  });

  const meta = { effect: 'read', minutesSaved: 1, pack: 'x' } as const;
  test.each([
    ['broken YAML', 'a: [', 'yaml'],
    ['a key twice', 'a: 1\na: 2', 'yaml'],
    ['a tag', '!!js/function x', 'yaml'],
    ['nothing', '', 'shape'],
    ['text', 'hello', 'shape'],
  ])('%s', (_, text, code) => {
    expect(refusal(() => checkDocument(text, 'a.yaml', meta, sha256)).code).toBe(`document.${code}`);
  });
  test.each(['Sample.yaml', 'a b.yaml', 'sample.txt', '.yaml', '../x/..yaml'])('the file name %s', (file) => {
    expect(refusal(() => checked(sampleDocument(['true']), 'change', file)).code).toBe('document.name');
  });
});
