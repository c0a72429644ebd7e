import { invalid } from './errors.ts';

/**
 * One text for one value, whatever order its keys were written in: hashes are taken over it. Keys are sorted by UTF-16 code
 * unit, keys whose value is undefined are left out, and the text parses back to a value with the same canonical text.
 *
 * Throws `input` `model.canonical` with the path in `field` for what JSON would change silently: NaN and infinities,
 * undefined in a list, functions, bigints, dates, maps.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '');
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return writeNumber(value, path);
  if (Array.isArray(value)) return `[${value.map((item, at) => write(item, `${path}[${at}]`)).join(',')}]`;
  if (isPlain(value)) return writeObject(value, path);
  throw unwritable(value, path);
}

function writeNumber(value: number, path: string): string {
  if (!Number.isFinite(value)) throw unwritable(value, path);
  return JSON.stringify(value);
}

function writeObject(value: Readonly<Record<string, unknown>>, path: string): string {
  const parts: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const inner = value[key];
    if (inner === undefined) continue;
    parts.push(`${JSON.stringify(key)}:${write(inner, path === '' ? key : `${path}.${key}`)}`);
  }
  return `{${parts.join(',')}}`;
}

/** By tag and not by prototype, because a value may come from another realm. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && Object.prototype.toString.call(value) === '[object Object]';
}

const unwritable = (value: unknown, path: string) =>
  invalid('model.canonical', `cannot be written as JSON without loss: ${String(value)}`, {
    field: path === '' ? '(value)' : path,
    expected: 'null, boolean, finite number, string, list or plain object',
  });
