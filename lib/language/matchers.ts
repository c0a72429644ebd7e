import { RE2JS } from 're2js';
import type { Labels } from '../model/basic.ts';
import type { Matcher } from '../model/catalogue.ts';
import { invalid } from '../model/errors.ts';

/**
 * Alertmanager's matcher syntax: `alertname="RedisDown", severity=~"critical|warning"`, the braces around it and a comma
 * at the end optional, values quoted or bare. Within quotes `\"`, `\\` and `\n` are escapes; every other backslash stays, so
 * that `"\d+"` is the regular expression it looks like. Empty text is no matchers.
 * Errors are `input`: `matcher.syntax` (with the position, counted from 1) and `matcher.regex`.
 */
export function parseMatchers(text: string): Matcher[] {
  const body = inside(text);
  const found: Matcher[] = [];
  let at = body.from;
  while (at < body.until) {
    const [matcher, next] = oneMatcher(text, at, body.until);
    found.push(matcher);
    at = next;
  }
  return found;
}

function inside(text: string): { from: number; until: number } {
  const until = text.trimEnd().length;
  const from = until === 0 ? 0 : text.length - text.trimStart().length;
  const opens = text[from] === '{';
  const closes = until > from && text[until - 1] === '}';
  if (opens && closes) return { from: skipBlank(text, from + 1), until: until - 1 };
  if (opens) throw syntax(text, until, 'a closing brace');
  return { from, until };
}

const NAME = /(?:[A-Za-z_:][A-Za-z0-9_:]*|"(?:[^"\\\n]|\\[\s\S])+")/y;
const OPERATOR = /\s*(=~|!~|!=|=)\s*/y;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"/y;
const BARE = /[^\s{}!=~,\\"'`]+/y;
const END = /\s*(,|$)\s*/y;

function oneMatcher(text: string, start: number, until: number): [Matcher, number] {
  const body = text.slice(0, until);
  const name = take(NAME, body, start) ?? stop(text, start, 'a label name');
  const afterName = start + name[0].length;
  const op = take(OPERATOR, body, afterName) ?? stop(text, afterName, '=, !=, =~ or !~');
  const afterOp = afterName + op[0].length;
  const quoted = take(QUOTED, body, afterOp);
  const value =
    quoted ?? take(BARE, body, afterOp) ?? stop(text, afterOp, 'a value, quoted where it holds more than a word');
  const afterValue = afterOp + value[0].length;
  const end = take(END, body, afterValue) ?? stop(text, afterValue, 'a comma or the end');
  const matcher: Matcher = {
    label: name[0].startsWith('"') ? withoutEscapes(name[0].slice(1, -1)) : name[0],
    op: operator(op[1] ?? ''),
    value: quoted === null ? value[0] : withoutEscapes(quoted[1] ?? ''),
  };
  checkRegex(matcher);
  return [matcher, afterValue + end[0].length];
}

function take(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  const sticky = new RegExp(pattern.source, 'y');
  sticky.lastIndex = at;
  return sticky.exec(text);
}

const OPERATORS: readonly Matcher['op'][] = ['=', '!=', '=~', '!~'];
const operator = (text: string): Matcher['op'] => OPERATORS.find((known) => known === text) ?? '=';

const withoutEscapes = (text: string) =>
  text.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));

function skipBlank(text: string, from: number): number {
  return text.length - text.slice(from).trimStart().length;
}

function syntax(text: string, at: number, expected: string) {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return invalid('matcher.syntax', `${JSON.stringify(shown)} at ${at + 1}: expected ${expected}`, { expected });
}

function stop(text: string, at: number, expected: string): never {
  throw syntax(text, at, expected);
}

const isRegex = ({ op }: Matcher) => op === '=~' || op === '!~';
const anchored = (matcher: Matcher) => RE2JS.compile(`^(?:${matcher.value})$`);

function checkRegex(matcher: Matcher): void {
  if (!isRegex(matcher)) return;
  try {
    // Alone first: `a)(b` would become valid inside the anchors.
    RE2JS.compile(matcher.value);
    anchored(matcher);
  } catch (cause) {
    throw invalid(
      'matcher.regex',
      `${matcher.label}: ${JSON.stringify(matcher.value)} is not a regular expression of RE2`,
      {
        expected: 'RE2 syntax, as in Prometheus',
        cause,
      },
    );
  }
}

/** Compiled once per matcher and dropped with it. */
const compiled = new WeakMap<Matcher, RE2JS>();

function regexOf(matcher: Matcher): RE2JS {
  const known = compiled.get(matcher);
  if (known !== undefined) return known;
  const made = anchored(matcher);
  compiled.set(matcher, made);
  return made;
}

/** A missing label is the empty value, as in Prometheus; a regular expression must match the whole value. Linear time. */
export function matchesValue(matcher: Matcher, value: string): boolean {
  if (matcher.op === '=') return value === matcher.value;
  if (matcher.op === '!=') return value !== matcher.value;
  return regexOf(matcher).matches(value) === (matcher.op === '=~');
}

/** All of them hold; no matchers match everything. */
export function matches(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) =>
    matchesValue(matcher, Object.hasOwn(labels, matcher.label) ? (labels[matcher.label] ?? '') : ''),
  );
}
