import { outOfBounds, refusal } from './errors.ts';

/** A request's body, read field by field with the bounds that the service's model declares. */
export type Input = Readonly<Record<string, unknown>>;

const camel = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
const wrongType = (name: string, wanted: string) =>
  refusal('SerializationException', `${name} is not a ${wanted}: the request cannot be read`);
const required = (name: string) => outOfBounds(camel(name), null, 'Member must not be null');

interface TextBounds {
  readonly pattern?: RegExp;
  readonly max?: number;
  readonly oneOf?: readonly string[];
}

export function optionalText(input: Input, name: string, { pattern, max, oneOf }: TextBounds = {}): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(name, 'string');
  const at = camel(name);
  if (max !== undefined && value.length > max) {
    throw outOfBounds(at, value, `Member must have length less than or equal to ${max}`);
  }
  if (pattern !== undefined && !pattern.test(value)) {
    throw outOfBounds(at, value, `Member must satisfy regular expression pattern: ${pattern.source}`);
  }
  if (oneOf !== undefined && !oneOf.includes(value)) {
    throw outOfBounds(at, value, `Member must satisfy enum value set: [${oneOf.join(', ')}]`);
  }
  return value;
}

export function text(input: Input, name: string, bounds: TextBounds = {}): string {
  const value = optionalText(input, name, bounds);
  if (value === undefined) throw required(name);
  return value;
}

export function whole(input: Input, name: string, least: number, most: number): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, 'whole number');
  if (value < least) throw outOfBounds(camel(name), value, `Member must have value greater than or equal to ${least}`);
  if (value > most) throw outOfBounds(camel(name), value, `Member must have value less than or equal to ${most}`);
  return value;
}

export function flag(input: Input, name: string): boolean {
  const value = input[name] ?? false;
  if (typeof value !== 'boolean') throw wrongType(name, 'boolean');
  return value;
}

export function texts(input: Input, name: string, most: number, pattern?: RegExp): readonly string[] | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw wrongType(name, 'list of strings');
  if (value.length > most)
    throw outOfBounds(camel(name), value, `Member must have length less than or equal to ${most}`);
  const bad = pattern && value.find((one) => !pattern.test(one));
  if (bad !== undefined) {
    throw outOfBounds(camel(name), value, `Member must satisfy constraint: [${pattern?.source}], not ${bad}`);
  }
  return value;
}

/** Parameters of a command: each name has a list of strings. */
export function valueLists(input: Input, name: string): Readonly<Record<string, readonly string[]>> {
  const value = input[name] ?? {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(name, 'map');
  for (const key of Object.keys(value)) texts(value as Input, key, 1000);
  return value as Readonly<Record<string, readonly string[]>>;
}

/** Members of a list of structures. */
export function items(input: Input, name: string): readonly Input[] {
  const value = input[name] ?? [];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'object' && one !== null)) {
    throw wrongType(name, 'list of structures');
  }
  return value;
}

/** One page of a list; its token holds where the next begins. */
export function page<T>(input: Input, list: readonly T[], most: number, least = 1) {
  const size = Math.min(whole(input, 'MaxResults', least, 50) ?? 50, most);
  const token = optionalText(input, 'NextToken') ?? 'AAEA0';
  const from = /^AAEA(\d+)$/.exec(token)?.[1];
  if (from === undefined) throw refusal('InvalidNextToken', 'The specified token is not valid.');
  const next = Number(from) + size;
  return { items: list.slice(Number(from), next), ...(next < list.length && { NextToken: `AAEA${next}` }) };
}
