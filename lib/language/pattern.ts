import { RE2JS } from 're2js';

/**
 * Why a text is not an anchored RE2 pattern, null where it is one. SSM matches unanchored, so `^…$` must hold for the whole:
 * `^a|b$` accepts everything that ends in b, and a flag such as `(?m)` moves both anchors to line ends. Quotation
 * with `\Q…\E` is refused because it hides both from this reading.
 */
export function patternProblem(pattern: string): string | null {
  if (!pattern.startsWith('^') || !pattern.endsWith('$')) return 'must begin with ^ and end with $';
  const body = pattern.slice(1, -1);
  if (/(?<!\\)(?:\\\\)*\\$/.test(body)) return 'ends with an escaped $, which is no anchor';
  if (/(?<!\\)(?:\\\\)*\\[QE]/.test(body)) return 'must not quote with \\Q';
  const inside = withoutClasses(body);
  if (/\(\?(?!:)/.test(inside)) return 'may open groups with ( or (?: only';
  if (alternatesOutside(inside)) return 'must put alternatives into a group: ^(a|b)$';
  try {
    RE2JS.compile(pattern);
    return null;
  } catch (error) {
    return `is no RE2: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The whole value must match, line ends included. The pattern is one that `patternProblem` had nothing against. */
export const matchesWhole = (pattern: string, value: string): boolean => RE2JS.compile(pattern).matches(value);

/** Escaped characters and bracketed classes out of the way; a class may begin with `]` or `^]`. */
function withoutClasses(body: string): string {
  return body.replace(/\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]/g, '.');
}

function alternatesOutside(body: string): boolean {
  let depth = 0;
  for (const character of body) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === '|' && depth === 0) return true;
  }
  return false;
}
