import { RE2JS } from 're2js';
import type { DocumentVersion } from './documents.ts';
import { refusal } from './errors.ts';

interface Declared {
  readonly type?: string;
  readonly default?: unknown;
  readonly allowedValues?: readonly string[];
  readonly allowedPattern?: string;
  readonly maxChars?: number;
}

/**
 * The values that a command runs with, defaults filled in. `InvalidParameters` for one that is not declared, is missing, or is
 * not allowed; a pattern is looked for anywhere in the value, as the service does: an unanchored one lets everything pass.
 */
export function commandParameters(
  { name, document }: DocumentVersion,
  given: Readonly<Record<string, readonly string[]>>,
): Record<string, string> {
  const declared = (document.parameters ?? {}) as Readonly<Record<string, Declared>>;
  const stray = Object.keys(given).find((one) => !Object.hasOwn(declared, one));
  if (stray !== undefined) throw no(`Parameter "${stray}" is not defined in document "${name}".`);
  return Object.fromEntries(
    Object.entries(declared).map(([parameter, rules]) => [parameter, oneValue(parameter, rules, given[parameter])]),
  );
}

function oneValue(name: string, rules: Declared, given: readonly string[] | undefined): string {
  const values = given ?? (typeof rules.default === 'string' ? [rules.default] : undefined);
  if (values === undefined) throw no(`Parameter "${name}" requires a value.`);
  const [value] = values;
  if (value === undefined || values.length !== 1) throw no(`Parameter "${name}" is a String and takes one value.`);
  if (rules.allowedValues !== undefined && !rules.allowedValues.includes(value)) {
    throw no(`Parameter "${name}" has the value "${value}", which is not one of the allowed values.`);
  }
  if (rules.maxChars !== undefined && value.length > rules.maxChars) throw no(`Parameter "${name}" is too long.`);
  if (rules.allowedPattern !== undefined && !RE2JS.compile(rules.allowedPattern).matcher(value).find()) {
    throw no(`Parameter "${name}" has the value "${value}", which does not match ${rules.allowedPattern}.`);
  }
  return value;
}

const no = (message: string) => refusal('InvalidParameters', message);
