import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DOCUMENTS } from './markdown.ts';

const BIN = join(import.meta.dirname, '../../bin/nightshift.mjs');

test('the example of the scorer in the README finds what it says, and nothing else', () => {
  const text = DOCUMENTS.find(({ file }) => file === 'README.md')?.text ?? '';
  const command = / {4}awk 'BEGIN[\s\S]*?\n\n/.exec(text)?.[0] ?? '';
  const ours = command.replace('npx nightshift', `'${process.execPath}' '${BIN}'`);
  const { stdout, status } = spawnSync('sh', ['-c', ours], { encoding: 'utf8' });
  expect(status).toBe(0);
  const [header, begin, ...more] = stdout.trim().split('\n');
  expect(header).toBe('series,timestamp,value,score,severity,alarm,expected,lower,upper,reason');
  expect(begin).toMatch(/^web,1767975600,45,.*,begin,3[12]\./);
  expect(more).toEqual([]);
});
