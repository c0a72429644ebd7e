import type { SyntaxNode } from '@lezer/common';

/** Functions that take a range; every other one refuses it. */
const RANGE_FUNCTIONS =
  /^(rate|irate|increase|delta|idelta|deriv|predict_linear|changes|resets|holt_winters|double_exponential_smoothing|\w+_over_time)$/;
/** What may stand between a range and the function that takes it. */
const WRAPPERS = ['ParenExpr', 'OffsetExpr', 'StepInvariantExpr', 'SmoothedExpr', 'AnchoredExpr'];

const isRange = (node: SyntaxNode) => node.name === 'MatrixSelector' || node.name === 'SubqueryExpr';

/**
 * The mistakes the grammar lets through and Prometheus does not: a range where none is taken, none where one is, a selector
 * that would select everything. Null where there is none.
 */
export function typeProblem(node: SyntaxNode, expr: string): string | null {
  if (isRange(node)) return rangeProblem(node, expr);
  if (node.name === 'FunctionCall') return callProblem(node, expr);
  if (node.name === 'VectorSelector') return emptyProblem(node, expr);
  return null;
}

function rangeProblem(node: SyntaxNode, expr: string): string | null {
  const holder = outside(node);
  const call = holder?.name === 'FunctionCallBody' ? holder.parent : null;
  if (call?.name !== 'FunctionCall') return 'a range [..] stands where an instant vector is expected';
  const name = nameOf(call, expr);
  return RANGE_FUNCTIONS.test(name) ? null : `${name} takes an instant vector, not a range [..]`;
}

function outside(node: SyntaxNode): SyntaxNode | null {
  let holder = node.parent;
  while (holder !== null && WRAPPERS.includes(holder.name)) holder = holder.parent;
  return holder;
}

function callProblem(call: SyntaxNode, expr: string): string | null {
  const name = nameOf(call, expr);
  if (!RANGE_FUNCTIONS.test(name)) return null;
  let argument = call.getChild('FunctionCallBody')?.firstChild ?? null;
  while (argument !== null) {
    if (isRange(inside(argument))) return null;
    argument = argument.nextSibling;
  }
  return `${name} takes a range, such as x[1m]`;
}

function inside(node: SyntaxNode): SyntaxNode {
  let inner = node;
  while (WRAPPERS.includes(inner.name) && inner.firstChild !== null) inner = inner.firstChild;
  return inner;
}

const nameOf = (call: SyntaxNode, expr: string) => {
  const name = call.getChild('FunctionIdentifier');
  return name === null ? '' : expr.slice(name.from, name.to);
};

/** Prometheus wants a name or one matcher that does not match the empty value; a value of "" or .* alone is left to it. */
function emptyProblem(node: SyntaxNode, expr: string): string | null {
  if (node.getChild('Identifier') !== null) return null;
  const matchers = node.getChild('LabelMatchers');
  return matchers !== null && matchers.firstChild === null
    ? `${expr.slice(node.from, node.to)} would select every series`
    : null;
}
