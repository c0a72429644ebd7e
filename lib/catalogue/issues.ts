import type * as z from 'zod/mini';
import { didYouMean } from './nearest.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What is wrong with a value, in words for the person who wrote it. */
export interface Explanation {
  readonly kind: 'unknown' | 'shape';
  readonly path: Path;
  readonly message: string;
  readonly expected?: string;
}

/**
 * The one issue to tell of: an unknown field first, because the field that is missing is usually the one that was misspelt; in
 * a union the branch that comes closest, so that one mistake in the right form is that mistake and not "invalid input".
 */
export function explain(issues: readonly Issue[], schema: z.core.$ZodType): Explanation {
  const flat = issues.map(closest);
  const issue = flat.find(({ code }) => code === 'unrecognized_keys') ?? flat[0];
  if (issue === undefined) return { kind: 'shape', path: [], message: 'is not accepted' };
  if (issue.code === 'unrecognized_keys') return unknownKey(issue.keys[0] ?? '', issue.path, schema);
  const expected = expectedOf(issue);
  return {
    kind: 'shape',
    path: issue.path,
    message: messageOf(issue),
    ...(expected === undefined ? {} : { expected }),
  };
}

function unknownKey(key: string, path: Path, schema: z.core.$ZodType): Explanation {
  const known = [...new Set(keysAt(schema, path))];
  const message = `unknown field${didYouMean(key, known)}`;
  const expected = known.length > 0 ? { expected: `one of ${known.join(', ')}` } : {};
  return { kind: 'unknown', path: [...path, key], message, ...expected };
}

/** A union without a branch of the right kind speaks for itself. */
function closest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const branches = issue.errors.filter((issues) =>
    issues.every(({ code, path }) => code !== 'invalid_type' || path.length > 0),
  );
  const best = [...branches].sort((a, b) => mistakes(a) - mistakes(b))[0];
  const inner = best?.find(({ code }) => code === 'unrecognized_keys') ?? best?.[0];
  return inner === undefined ? issue : closest({ ...inner, path: [...issue.path, ...inner.path] });
}

const mistakes = (issues: readonly Issue[]) =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);

/** The schemas' own words begin small; zod's depend on which of its builds has set a locale. */
const ownWords = ({ message }: Issue) => /^[a-z]/.test(message);

function messageOf(issue: Issue): string {
  if (ownWords(issue)) return issue.message;
  if (issue.code === 'invalid_type') return `is missing or no ${issue.expected}`;
  if (issue.code === 'invalid_value') return 'is not one of the accepted values';
  if (issue.code === 'too_small')
    return `is ${isOpen(issue) ? 'not more' : 'less'} than ${sizeOf(issue, issue.minimum)}`;
  if (issue.code === 'too_big') return `is ${isOpen(issue) ? 'not less' : 'more'} than ${sizeOf(issue, issue.maximum)}`;
  return issue.code === 'invalid_union' ? 'is none of the accepted forms' : 'is not accepted';
}

type Bound = Extract<Issue, { code: 'too_small' | 'too_big' }>;

/** A bound that is not itself allowed. */
const isOpen = ({ inclusive }: Bound) => inclusive === false;
const ORIGINS: Readonly<Record<string, readonly [one: string, more: string]>> = {
  string: [' character', ' characters'],
  array: [' entry', ' entries'],
};
const sizeOf = ({ origin }: Bound, size: number | bigint) =>
  `${size}${ORIGINS[origin]?.[Number(size) === 1 ? 0 : 1] ?? ''}`;

function expectedOf(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'invalid_value':
      if (ownWords(issue)) return undefined;
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `${isOpen(issue) ? 'more than' : 'at least'} ${sizeOf(issue, issue.minimum)}`;
    case 'too_big':
      return `${isOpen(issue) ? 'less than' : 'at most'} ${sizeOf(issue, issue.maximum)}`;
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options) ? `one of ${issue.options.join(', ')}` : undefined;
    default:
      return undefined;
  }
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
  const inner = Object.hasOwn(def.shape, String(part)) ? def.shape[String(part)] : undefined;
  return inner === undefined ? [] : keysAt(inner, rest);
}
