import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { parse } from 'yaml';
import { fileInventory } from '../../lib/adapters/embedded/inventory.ts';
import { parsePolicies } from '../../lib/catalogue/policies.ts';
import { parseSettings } from '../../lib/catalogue/settings.ts';
import { GROUPS } from '../../lib/cli/main.ts';
import { anchorsOf, DOCUMENTS, fencesOf } from './markdown.ts';

const textOf = (name: string): string => DOCUMENTS.find(({ file }) => file === name)?.text ?? '';

describe('links', () => {
  const links = DOCUMENTS.flatMap(({ file, folder, text }) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => [file, to, folder, text] as const),
  ).filter(([, to]) => !/^[a-z]+:/.test(to));
  test.each(links)('%s → %s leads somewhere', (_file, to, folder, text) => {
    const [path = '', anchor] = to.split('#');
    const target = path === '' ? null : resolve(folder, path);
    if (target !== null) expect(existsSync(target)).toBe(true);
    if (anchor === undefined) return;
    const there = target === null ? text : (DOCUMENTS.find(({ file }) => resolve(file) === target)?.text ?? '');
    expect(anchorsOf(there)).toContain(anchor);
  });
  test('are found at all, and the index names every document', () => {
    expect(links.length).toBeGreaterThan(20);
    for (const { file } of DOCUMENTS.filter((one) => one.file.startsWith('docs/') && one.file !== 'docs/README.md'))
      expect(textOf('docs/README.md')).toContain(`](${file.replace('docs/', '')})`);
  });
});

async function inventoryOf(body: string): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-docs-'));
  try {
    writeFileSync(join(folder, 'inventory.yaml'), body);
    return await fileInventory(join(folder, 'inventory.yaml')).hosts();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What each kind of example is read by. */
const READERS: Readonly<Record<string, (body: string) => unknown>> = {
  yaml: (body) => parse(body),
  'yaml settings': (body) => parseSettings(body, 'nightshift.yaml', {}),
  'yaml policies': (body) => parsePolicies(body, 'policies/example.yaml', { pack: 'policies' }),
  'yaml inventory': inventoryOf,
};

describe('examples', () => {
  const examples = DOCUMENTS.flatMap(({ file, text }) =>
    fencesOf(text)
      .filter(({ info }) => info.startsWith('yaml'))
      .map(({ info, body }) => [file, info, body] as const),
  );
  test.each(examples)('%s: %s is read by the real reader', async (_file, info, body) => {
    const reader = READERS[info];
    expect(reader).toBeDefined();
    expect(await reader?.(body)).toBeTruthy();
  });
  test('of settings, policies and inventory are there', () => {
    expect(new Set(examples.map(([, info]) => info))).toEqual(new Set(Object.keys(READERS)));
  });
});

function commandLine(): Command {
  const root = new Command('nightshift').option('--json').option('--no-color');
  const output = () => ({ json: false, colours: false, write: () => {} });
  for (const add of GROUPS) add({ root, output, done: async () => {} });
  return root;
}

/** What of a written command the command line does not know; null where it knows all. */
function unknownIn(words: readonly string[], root: Command): string | null {
  let command = root;
  for (const word of words) {
    const options = [...root.options, ...command.options].map(({ long }) => long);
    if (word === '--help' || word === '--version') continue;
    if (word.startsWith('--')) {
      if (!options.includes(word)) return word;
      continue;
    }
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (next !== undefined) command = next;
    else if (command === root || command.commands.length > 0) return word;
  }
  return null;
}

/** The words of a command up to where prose, a comment or another command begins; quoted words are values. */
const wordsOf = (line: string): string[] =>
  line
    .replace(/'[^']*'|"[^"]*"/g, 'VALUE')
    .split(/ {2,}|[`#|;&)]/)[0]
    ?.trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.,:…]+$/, ''))
    .filter((word) => word !== '') ?? [];

describe('commands', () => {
  const written = DOCUMENTS.flatMap(({ file, text }) =>
    [...text.matchAll(/(?:npx nightshift|[`\n] *nightshift) +([^\n]*)/g)].map(([, rest = '']) => [file, rest] as const),
  );
  test.each(written)('%s: nightshift %s', (_file, rest) => {
    expect(unknownIn(wordsOf(rest), commandLine())).toBeNull();
  });
  test('a command and an option that are not there are seen', () => {
    expect(written.length).toBeGreaterThan(25);
    expect(unknownIn(wordsOf('tokens make ada'), commandLine())).toBe('make');
    expect(unknownIn(wordsOf("stop --until 5 --reason 'a b'"), commandLine())).toBe('--until');
    expect(unknownIn(wordsOf('frobnicate`'), commandLine())).toBe('frobnicate');
  });
});
