import type { Millis } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';
import type { Runbook, RunbookParameter } from '../model/runbook.ts';
import { matchesWhole } from './pattern.ts';

/** Declared by every document, without default: the dispatch sets them, never a policy, an alert or a person. */
export const DISPATCH_PARAMETERS = ['executionId', 'notAfter'] as const;

const ofDispatch = (name: string) => DISPATCH_PARAMETERS.some((own) => own === name);

/**
 * The values that a plan gives a runbook: every declared parameter once except those of the dispatch, defaults filled in,
 * each value matched whole. A line end or any other character passes only where the pattern allows it; NUL and unpaired
 * surrogates never do, because an environment variable cannot carry them unchanged. Errors are `input`:
 * `parameter.unknown` (also one of the dispatch), `parameter.missing`, `parameter.value`, `parameter.encoding`, `parameter.size`.
 */
export function checkParameters(runbook: Runbook, values: Readonly<Record<string, string>>): Record<string, string> {
  const own = runbook.parameters.filter(({ name }) => !ofDispatch(name));
  const stray = Object.keys(values).find((name) => !own.some((parameter) => parameter.name === name));
  if (stray !== undefined) {
    throw invalid('parameter.unknown', `runbook ${runbook.name} takes no parameter ${quoted(stray)}`, {
      field: `parameters.${stray}`,
      expected: own.length === 0 ? 'none' : `one of ${own.map(({ name }) => name).join(', ')}`,
    });
  }
  return Object.fromEntries(own.map((parameter) => [parameter.name, oneValue(runbook, parameter, values)]));
}

/** The values that a script gets: those of the plan, checked again, and those of the dispatch, checked in the same way. */
export function dispatchParameters(
  runbook: Runbook,
  values: Readonly<Record<string, string>>,
  executionId: string,
  notAfter: Millis,
): Record<string, string> {
  const dispatch = { executionId, notAfter: String(notAfter) };
  const declared = runbook.parameters.filter(({ name }) => ofDispatch(name));
  const missing = DISPATCH_PARAMETERS.find((name) => !declared.some((parameter) => parameter.name === name));
  if (missing !== undefined) {
    throw invalid('parameter.unknown', `runbook ${runbook.name} does not declare ${missing}`, {
      field: `parameters.${missing}`,
    });
  }
  const set = declared.map((parameter) => [parameter.name, oneValue(runbook, parameter, dispatch)]);
  return { ...checkParameters(runbook, values), ...Object.fromEntries(set) };
}

/** Linux takes 128 KiB for one variable; a document is at most 64 KiB, and no sensible value comes near. In UTF-16 units. */
const MAX_VALUE = 4096;

function oneValue(runbook: Runbook, parameter: RunbookParameter, values: Readonly<Record<string, string>>): string {
  const field = `parameters.${parameter.name}`;
  const value: unknown = Object.hasOwn(values, parameter.name) ? values[parameter.name] : parameter.default;
  if (typeof value !== 'string') {
    throw invalid('parameter.missing', `runbook ${runbook.name} needs ${parameter.name} as text`, {
      field,
      expected: accepted(parameter),
    });
  }
  if (value.includes('\0') || !value.isWellFormed()) {
    throw invalid('parameter.encoding', `${parameter.name} holds what no environment variable can`, {
      field,
      expected: 'Unicode text without NUL and without unpaired surrogates',
    });
  }
  if (value.length > MAX_VALUE) {
    throw invalid('parameter.size', `${parameter.name} is too long`, {
      field,
      expected: `at most ${MAX_VALUE} characters`,
    });
  }
  if (accepts(parameter, value)) return value;
  throw invalid('parameter.value', `${parameter.name} does not take ${quoted(value)}`, {
    field,
    expected: accepted(parameter),
  });
}

/** Neither pattern nor values accepts nothing: a runbook that never was checked gets no value through. */
export function accepts(parameter: Pick<RunbookParameter, 'allowedPattern' | 'allowedValues'>, value: string): boolean {
  const { allowedPattern, allowedValues } = parameter;
  if (allowedPattern === null && allowedValues === null) return false;
  if (allowedValues !== null && !allowedValues.includes(value)) return false;
  return allowedPattern === null || matchesWhole(allowedPattern, value);
}

const accepted = (parameter: RunbookParameter) =>
  parameter.allowedValues === null
    ? `text matching ${parameter.allowedPattern}`
    : `one of ${parameter.allowedValues.join(', ')}`;

/** Values come from alerts: short and escaped in messages. */
const quoted = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
