import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { Duration } from '../model/basic.ts';
import { invalid, isNightshiftError } from '../model/errors.ts';
import { parseDuration } from './duration.ts';
import { typeProblem } from './promqlTypes.ts';

const position = (expr: string, at: number) => {
  const before = expr.slice(0, at).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
};

/**
 * Why Prometheus would refuse the expression, with line:column counted from 1, or null. `$selector` must be filled in before.
 * Checks the grammar, and that ranges stand where functions take them; label sets and values are Prometheus' own business.
 */
export function checkPromql(expr: string): string | null {
  if (expr.trim() === '') return '1:1: the expression is empty';
  if (expr.length > MAX_EXPR) return `1:1: the expression is longer than ${MAX_EXPR} characters`;
  const tree = parser.parse(expr);
  let problem: { at: number; text: string } | null = null;
  tree.iterate({
    enter(node) {
      if (problem !== null) return false;
      if (node.type.isError) problem = { at: node.from, text: unexpected(expr, node.from) };
      else if (node.name.endsWith('Expr') || node.name.endsWith('Selector') || node.name === 'FunctionCall') {
        const text = typeProblem(node.node, expr);
        if (text !== null) problem = { at: node.from, text };
      }
      return problem === null;
    },
  });
  const found = problem as { at: number; text: string } | null;
  return found === null ? null : `${position(expr, found.at)}: ${found.text}`;
}

/** Enough for a person, and little enough to parse in a blink. */
const MAX_EXPR = 8_192;

const unexpected = (expr: string, at: number) =>
  at >= expr.trimEnd().length
    ? 'the expression ends too early'
    : `unexpected ${JSON.stringify(expr.slice(at, at + 12))}`;

export interface UsedSelector {
  /** `redis_up{host="db1"}`: without its window. */
  readonly selector: string;
  /** Length of its range in milliseconds, null for an instant selector. */
  readonly window: Duration | null;
}

/**
 * Every vector selector of an expression, so that the freshness of each can be proven. What moves a selector in time cannot
 * be proven fresh: `input` `promql.modifier` for offset and @, `promql.subquery`, `promql.window` for a range that is no plain
 * duration, `promql.syntax` for what does not parse.
 */
export function selectorsOf(expr: string): UsedSelector[] {
  const problem = checkPromql(expr);
  if (problem !== null) throw invalid('promql.syntax', problem, { expected: 'a PromQL expression' });
  const found: UsedSelector[] = [];
  parser.parse(expr).iterate({
    enter(node) {
      refuseMoved(expr, node.name, node.from);
      if (node.name === 'VectorSelector') found.push(used(expr, node.node));
    },
  });
  return found;
}

const MOVES: Readonly<Record<string, readonly [string, string]>> = {
  OffsetExpr: ['promql.modifier', 'offset looks at another time'],
  StepInvariantExpr: ['promql.modifier', '@ looks at another time'],
  SmoothedExpr: ['promql.modifier', 'smoothed looks outside its window'],
  AnchoredExpr: ['promql.modifier', 'anchored looks outside its window'],
  SubqueryExpr: ['promql.subquery', 'a subquery evaluates at other times'],
};

function refuseMoved(expr: string, name: string, at: number): void {
  const move = Object.hasOwn(MOVES, name) ? MOVES[name] : undefined;
  if (move === undefined) return;
  throw invalid(move[0], `${position(expr, at)}: ${move[1]}`, {
    expected: 'selectors of the present, whose samples can be proven fresh',
  });
}

function used(expr: string, node: SyntaxNode): UsedSelector {
  const selector = expr.slice(node.from, node.to);
  const range = node.parent?.name === 'MatrixSelector' ? node.parent.getChild('DurationExpr') : null;
  return { selector, window: range === null ? null : windowOf(expr.slice(range.from, range.to)) };
}

function windowOf(text: string): Duration {
  try {
    return parseDuration(text.trim());
  } catch (cause) {
    throw isNightshiftError(cause)
      ? invalid('promql.window', `the window ${JSON.stringify(text)} is no plain duration`, {
          expected: 'such as [1m]',
          cause,
        })
      : cause;
  }
}
