import { isMap, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import * as z from 'zod/mini';
import { invalid, isNightshiftError, type NightshiftError } from '../model/errors.ts';
import { explain } from './issues.ts';

export type Path = readonly PropertyKey[];

/** One YAML text with its places, so that every complaint about it names file, line and field. */
export interface Source<T> {
  readonly file: string;
  readonly value: T;
  /** An `input` error `<code>` at a path; the closest written parent gives the line where the field is missing. */
  readonly error: (code: string, path: Path, message: string, expected?: string) => NightshiftError;
}

/** The error code's first part: `policy.yaml`, `pack.shape`, `config.unknown`. */
export type Area = 'policy' | 'pack' | 'config';

/** Far above what a person writes, and far below what costs memory. In characters. */
const MAX_TEXT = 1_000_000;

/**
 * Reads YAML strictly: no duplicate keys, no aliases, no tags, nothing that the schema does not know. `input` `<area>.size`,
 * `<area>.yaml`, `<area>.unknown` (a key that the schema does not have, with the one that was probably meant), `<area>.shape`.
 */
export function readSource<T>(text: string, file: string, area: Area, schema: z.ZodMiniType<T>): Source<T> {
  if (text.length > MAX_TEXT)
    throw invalid(`${area}.size`, `${file}: the file is too long`, { expected: `at most ${MAX_TEXT} characters` });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, stringKeys: true });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) {
    const { line } = lines.linePos(problem.pos[0]);
    throw invalid(`${area}.yaml`, `${file}:${line}: ${firstLine(problem.message)}`, {
      expected: 'YAML',
      cause: problem,
    });
  }
  const error = (code: string, path: Path, message: string, expected?: string) => {
    const { line } = lines.linePos(offsetOf(document.contents, path));
    const field = pathText(path);
    const told = `${file}:${line}: ${field === '' ? '' : `${field}: `}${message}`;
    return invalid(code, told, { ...(field === '' ? {} : { field }), ...(expected === undefined ? {} : { expected }) });
  };
  refuseAliases(document, (offset) => {
    const { line } = lines.linePos(offset);
    throw invalid(`${area}.yaml`, `${file}:${line}: aliases are not accepted`, { expected: 'every value written out' });
  });
  const result = z.safeParse(schema, document.toJS({ maxAliasCount: 0 }) ?? {});
  if (result.success) return { file, value: result.data, error };
  const { kind, path, message, expected } = explain(result.error.issues, schema);
  throw error(`${area}.${kind}`, path, message, expected);
}

/** A few of them inside one another are a bomb, and nobody needs them here. */
function refuseAliases(document: ReturnType<typeof parseDocument>, refuse: (offset: number) => never): void {
  visit(document, { Alias: (_key, node) => refuse(startOf(node)) });
}

const firstLine = (text: string) => text.split('\n')[0] ?? text;

export const pathText = (path: Path) =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

/** Where the path's last part that is written begins; a key counts, so that the line of a typo is the typo's. */
function offsetOf(root: unknown, path: Path): number {
  let node: unknown = root;
  let offset = startOf(node);
  for (const part of path) {
    const next = step(node, part);
    if (next === null) return offset;
    offset = next.offset;
    node = next.node;
  }
  return offset;
}

function step(node: unknown, part: PropertyKey): { node: unknown; offset: number } | null {
  if (isSeq(node)) {
    const item: unknown = node.items[Number(part)];
    return item === undefined ? null : { node: item, offset: startOf(item) };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => keyText(key) === String(part));
  return pair === undefined ? null : { node: pair.value, offset: startOf(pair.key) };
}

const keyText = (key: unknown) => String(typeof key === 'object' && key !== null && 'value' in key ? key.value : key);

function startOf(node: unknown): number {
  const range: unknown = typeof node === 'object' && node !== null && 'range' in node ? node.range : null;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0;
}

/** Turns an `input` error about a text inside the file (a matcher, a duration) into one with the file's place. */
export function located<T, R>(source: Source<T>, code: string, path: Path, read: () => R): R {
  try {
    return read();
  } catch (error) {
    if (isNightshiftError(error) && error.kind === 'input')
      throw source.error(code, path, error.message, error.expected);
    throw error;
  }
}
