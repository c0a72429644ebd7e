import { isMap, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import * as z from 'zod/mini';
import { invalid, isNightshiftError, type NightshiftError } from '../model/errors.ts';
import { didYouMean } from './nearest.ts';

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
  const result = z.safeParse(schema, plain(document, file, area) ?? {});
  if (result.success) return { file, value: result.data, error };
  throw issueError(area, result.error.issues[0], error, schema);
}

function plain(document: ReturnType<typeof parseDocument>, file: string, area: Area): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw invalid(`${area}.yaml`, `${file}: aliases are not accepted`, { expected: 'every value written out', cause });
  }
}

const firstLine = (text: string) => text.split('\n')[0] ?? text;

export const pathText = (path: Path) =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

/** Where the path's last part that is written begins; a key counts, so that the line of a typo is the typo's. */
function offsetOf(root: ParsedNode | unknown, path: Path): number {
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

type Issue = z.core.$ZodIssue;

function issueError(
  area: Area,
  issue: Issue | undefined,
  error: Source<unknown>['error'],
  schema: z.core.$ZodType,
): NightshiftError {
  if (issue === undefined) return error(`${area}.shape`, [], 'is not accepted');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const known = [...new Set(keysAt(schema, issue.path))];
    return error(
      `${area}.unknown`,
      [...issue.path, key],
      `unknown field${didYouMean(key, known)}`,
      known.length > 0 ? `one of ${known.join(', ')}` : undefined,
    );
  }
  if (issue.code === 'invalid_union') return unionError(area, issue, error, schema);
  return error(`${area}.shape`, issue.path, shapeMessage(issue), expectedOf(issue));
}

/** The branch that came closest speaks for a union: a value of the right kind with one mistake, not "invalid input". */
function unionError(
  area: Area,
  issue: Extract<Issue, { code: 'invalid_union' }>,
  error: Source<unknown>['error'],
  schema: z.core.$ZodType,
) {
  const inner = issue.errors.find((issues) =>
    issues.some(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  )?.[0];
  if (inner === undefined) {
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.join(', ') : undefined;
    return error(
      `${area}.shape`,
      issue.path,
      'is none of the accepted forms',
      options === undefined ? undefined : `one of ${options}`,
    );
  }
  return issueError(area, { ...inner, path: [...issue.path, ...inner.path] }, error, schema);
}

function shapeMessage(issue: Issue): string {
  if (issue.code === 'invalid_type' && issue.input === undefined) return `expected ${issue.expected}`;
  if (issue.code === 'invalid_value') return 'is not one of the accepted values';
  return issue.message === 'Invalid input' ? 'is not accepted' : issue.message;
}

function expectedOf(issue: Issue): string | undefined {
  if (issue.code === 'invalid_type') return issue.expected;
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') return `at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}`;
  if (issue.code === 'invalid_format' && issue.pattern !== undefined) return `text matching ${issue.pattern}`;
  return undefined;
}

/** The keys that the schema knows at a path, for the suggestion. */
function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  const [part, ...rest] = path;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if ('innerType' in def) return keysAt(def.innerType as z.core.$ZodType, path);
  if (def.type === 'union') return def.options.flatMap((option) => keysAt(option, path));
  if (def.type === 'array') return part === undefined ? [] : keysAt(def.element, rest);
  if (def.type === 'record') return part === undefined ? [] : keysAt(def.valueType, rest);
  if (def.type !== 'object') return [];
  if (part === undefined) return Object.keys(def.shape);
  const inner = def.shape[String(part)];
  return inner === undefined ? [] : keysAt(inner, rest);
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
