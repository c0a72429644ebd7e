import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
const ELSEWHERE = new Set(['node_modules', 'dist', 'data', 'build', 'coverage']);

function markdownIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || ELSEWHERE.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

export interface Markdown {
  /** From the project's root. */
  readonly file: string;
  readonly folder: string;
  readonly text: string;
}
export const DOCUMENTS: readonly Markdown[] = markdownIn(ROOT).map((path) => ({
  file: relative(ROOT, path),
  folder: dirname(path),
  text: readFileSync(path, 'utf8'),
}));

/** Fenced blocks, with what follows the backticks and the text without its indent. */
export function fencesOf(text: string): { info: string; body: string }[] {
  return [...text.matchAll(/^( *)```([^\n]*)\n([\s\S]*?)^ *```$/gm)].map(([, indent = '', info = '', body = '']) => ({
    info: info.trim(),
    body: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** Cells of every row of every table, without heads and rulers. */
export function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const cells = lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
  return cells.filter((row, at) => !isRuler(row) && !isRuler(cells[at + 1] ?? []));
}
const isRuler = (row: readonly string[]): boolean => row.length > 0 && row.every((cell) => /^-+$/.test(cell));

/** GitHub's anchors. */
export const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
