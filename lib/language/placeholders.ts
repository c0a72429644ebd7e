import { invalid } from '../model/errors.ts';
import type { Selectors } from './selectors.ts';

const PLACEHOLDERS = { $selector: 'selector', $others: 'others', $cluster: 'cluster' } as const;
type Placeholder = keyof typeof PLACEHOLDERS;

/**
 * Puts matchers where an expression says `$selector`, `$others` or `$cluster` inside braces: `redis_up{$selector}`,
 * `rate(x{mode="idle",$selector}[2m])`. Empty matchers leave no comma behind. Given as text, they are `$selector` alone.
 * `input` `promql.placeholder` where one has no value here, is unknown or stands outside braces: never a wider query.
 */
export function fillSelector(expr: string, selectors: string | Selectors): string {
  const values: Selectors =
    typeof selectors === 'string' ? { selector: selectors, others: null, cluster: null } : selectors;
  let depth = 0;
  return expr.replace(
    TOKENS,
    (token: string, before: string | undefined, name: string | undefined, after: string | undefined) => {
      if (token === '{') depth += 1;
      if (token === '}') depth -= 1;
      if (name === undefined) return token;
      if (depth !== 1) throw placeholder(`${name} stands outside braces`);
      return joined(
        before !== undefined && before !== '',
        standsFor(name, values),
        after !== undefined && after !== '',
      );
    },
  );
}

/** Strings and comments are passed over whole; a placeholder is taken with the commas around it. */
const TOKENS = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|`[^`]*`|#[^\n]*|[{}]|(,\s*)?(\$\w*)(\s*,)?/g;

const joined = (before: boolean, value: string, after: boolean) =>
  value === '' ? (before && after ? ',' : '') : `${before ? ',' : ''}${value}${after ? ',' : ''}`;

function standsFor(name: string, selectors: Selectors): string {
  if (!Object.hasOwn(PLACEHOLDERS, name)) throw placeholder(`${name} is unknown`);
  const value = selectors[PLACEHOLDERS[name as Placeholder]];
  if (value === null) throw placeholder(`${name} cannot be filled in here`);
  return value;
}

const placeholder = (message: string) =>
  invalid('promql.placeholder', message, { expected: `${Object.keys(PLACEHOLDERS).join(', ')}, inside braces` });

/** The placeholders that an expression names, each once. */
export function placeholdersOf(expr: string): string[] {
  const names = [...expr.matchAll(TOKENS)].map((match) => match[2]).filter((name) => name !== undefined);
  return [...new Set(names)];
}
