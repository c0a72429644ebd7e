import { matchesValue, parseMatchers } from '../language/matchers.ts';
import { fillSelector, placeholdersOf } from '../language/placeholders.ts';
import { checkPromql, selectorsOf } from '../language/promql.ts';
import type { Matcher, Policy } from '../model/catalogue.ts';
import type { NightshiftError } from '../model/errors.ts';
import { type PolicyInput, policyFile } from './policySchema.ts';
import { located, type Path, readSource, type Source } from './source.ts';

/** A policy that still knows where it was written: `compile` complains about its references with file, line and field. */
export interface WrittenPolicy {
  readonly policy: Policy;
  readonly error: (code: string, path: Path, message: string, expected?: string) => NightshiftError;
}

/** A window of a verification's selectors must pass wholly after the cure, so a long one only delays the proof. */
export const LONGEST_PROOF_WINDOW = 120_000;

/**
 * The policies of one YAML file, in its order. What a policy names elsewhere (runbooks, parameters) is checked by `compile`.
 * `file` stands in every message and in the policy, so give it relative to the configuration. `input` errors with file, line
 * and field: `policy.yaml`, `.unknown`, `.shape`, `.duplicate`, `.match`, `.attempts`, `.promql`, `.verification`.
 */
export function parsePolicies(text: string, file: string, context: { readonly pack: string }): WrittenPolicy[] {
  const source = readSource(text, file, 'policy', policyFile);
  const seen = new Set<string>();
  return source.value.policies.map((input, index) => {
    const at = ['policies', index];
    if (seen.has(input.name))
      throw source.error('policy.duplicate', [...at, 'name'], `${input.name} is there twice`, 'a name of its own');
    seen.add(input.name);
    const policy = checked(input, source, at, context.pack);
    return {
      policy,
      error: (code, path, message, expected) => source.error(code, [...at, ...path], message, expected),
    };
  });
}

type PolicySource = Source<unknown>;

function checked(input: PolicyInput, source: PolicySource, at: Path, pack: string): Policy {
  const { name, runbooks, targets, autonomy, autonomyByCluster, guards } = input;
  if (guards.attempts > runbooks.length) {
    const message = `${guards.attempts} attempts and ${runbooks.length} runbooks: a further attempt is the next runbook, never the same again`;
    throw source.error('policy.attempts', [...at, 'guards', 'attempts'], message, 'at most the number of runbooks');
  }
  const match = matchersOf(input, source, [...at, 'match']);
  checkPreconditions(input, source, at);
  checkVerification(input, source, [...at, 'verification']);
  if (targets.from === 'service' && targets.last !== undefined)
    checkExpression(source, 'policy.promql', [...at, 'targets', 'last'], targets.last);
  const { is, ...verification } = input.verification;
  return {
    name,
    pack,
    match,
    runbooks,
    targets,
    autonomy,
    autonomyByCluster,
    preconditions: input.preconditions.map(({ id, expr, is: { op, value }, why }) => ({ id, expr, op, value, why })),
    verification: { ...verification, ...is },
    guards,
    file: source.file,
  };
}

function matchersOf(input: PolicyInput, source: PolicySource, path: Path): Matcher[] {
  const match = located(source, 'policy.match', path, () => parseMatchers(input.match));
  if (match.some((matcher) => !matchesValue(matcher, ''))) return match;
  throw source.error(
    'policy.match',
    path,
    'would match every alert',
    'at least one matcher that needs a value, such as alertname="…"',
  );
}

/** Stand-ins that show the grammar what the placeholders will become. */
const STAND_IN = { selector: 'host="h",service="s"', others: 'host!="h",service="s"', cluster: 'cluster="c"' };

function checkPreconditions(input: PolicyInput, source: PolicySource, at: Path): void {
  const ids = new Set<string>();
  for (const [index, { id, expr }] of input.preconditions.entries()) {
    const path = [...at, 'preconditions', index];
    if (ids.has(id))
      throw source.error('policy.duplicate', [...path, 'id'], `${id} is there twice`, 'an id of its own');
    ids.add(id);
    checkExpression(source, 'policy.promql', [...path, 'expr'], expr);
  }
}

/** Fills an expression's placeholders and has it checked; gives back what was checked. */
export function checkExpression(source: PolicySource, code: string, path: Path, expr: string): string {
  const filled = located(source, code, path, () => fillSelector(expr, STAND_IN));
  const problem = checkPromql(filled);
  if (problem !== null) throw source.error(code, path, problem, 'PromQL with $selector inside the braces');
  return filled;
}

function checkVerification(input: PolicyInput, source: PolicySource, path: Path): void {
  const { expr, within } = input.verification;
  const exprPath = [...path, 'expr'];
  const filled = checkExpression(source, 'policy.promql', exprPath, expr);
  if (placeholdersOf(expr).join() !== '$selector') {
    throw source.error(
      'policy.verification',
      exprPath,
      'must be about the mended host and service',
      '$selector inside the braces, and no other placeholder',
    );
  }
  const windows = located(source, 'policy.verification', exprPath, () => selectorsOf(filled)).map(
    ({ window }) => window ?? 0,
  );
  const longest = Math.max(0, ...windows);
  if (longest > LONGEST_PROOF_WINDOW) {
    throw source.error(
      'policy.verification',
      exprPath,
      `a window of ${longest / 1000} s still holds the fault long after the cure`,
      'windows of at most 2m',
    );
  }
  if (longest >= within) {
    throw source.error(
      'policy.verification',
      [...path, 'within'],
      'ends before the longest window of expr can lie after the cure',
      `more than ${longest / 1000}s`,
    );
  }
}
