/**
 * JSON with keys in code-unit order and no space: equal values give equal text, whatever order they were built in. Keys
 * whose value is undefined are left out, as JSON does. TypeError for what JSON cannot hold: NaN, ±Infinity, bigint, functions.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry)).join(',')}]`;
  if (typeof value === 'object') return `{${canonicalEntries(value).join(',')}}`;
  throw new TypeError(`canonical JSON cannot hold ${typeof value} ${String(value)}`);
}

function canonicalEntries(value: object): string[] {
  return Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`);
}
