import { describe, expect, test } from '@jest/globals';
import { cpuTime } from '../setup/cpu.ts';
import fc from '../setup/fastCheck.ts';
import { alert, type Harness, harness, webhook } from './harness.ts';

const PATH = 'http://127.0.0.1:9099/webhooks/alertmanager';
const RUNS = 2_000;
const encoder = new TextEncoder();

async function post(fetch: Harness['fetch'], body: Uint8Array): Promise<{ status: number; text: string }> {
  const headers = { host: '127.0.0.1:9099', 'content-type': 'application/json' };
  const response = await fetch(new Request(PATH, { method: 'POST', headers, body: new Uint8Array(body) }));
  return { status: response.status, text: await response.text() };
}

/** Whatever is sent: taken whole and counted right, or refused with a code and a field and nothing taken. */
async function survives(body: Uint8Array): Promise<boolean> {
  const { fetch, operations, errors } = SHARED;
  const before = operations.heard.length;
  const { status, text } = await post(fetch, body);
  const { accepted, error } = JSON.parse(text) as { accepted?: number; error?: { code: string; field: string | null } };
  expect(errors).toEqual([]);
  if (status === 200) expect(operations.heard.length - before).toBe(accepted);
  else {
    expect([400, 413]).toContain(status);
    expect(error).toMatchObject({ code: expect.stringMatching(/^(intake|api)\./), field: expect.any(String) });
    expect(operations.heard.length).toBe(before);
  }
  return status !== 200;
}
const SHARED = harness();

const original = () => webhook({ alerts: [alert(), alert({ status: 'resolved', endsAt: '2026-01-31T09:00:00Z' })] });
const valid = JSON.stringify(original());
const validBytes = encoder.encode(valid);

/** Every place of the valid body, as a path. */
function placesOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  return [[...path], ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))];
}
const PLACES = placesOf(original()).filter((path) => path.length > 0);

function replaced(path: readonly string[], value: unknown): string {
  const body = original() as unknown as Record<string, unknown>;
  let holder = body;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete holder[last];
  else Object.defineProperty(holder, last, { value, enumerable: true, configurable: true, writable: true });
  return JSON.stringify(body) ?? '';
}

const odd = fc.oneof(
  fc.anything({
    withNullPrototype: false,
    maxDepth: 3,
    key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString')),
  }),
  fc.constantFrom(
    null,
    undefined,
    '',
    0,
    -1,
    1e308,
    [],
    {},
    [[]],
    'NaN',
    '\u0000',
    '\ud800',
    '9999-12-31T23:59:59Z',
    '0001-01-01T00:00:00Z',
  ),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.integer({ min: 1, max: 40 }).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown),
  fc.integer({ min: 4_000, max: 70_000 }).map((length) => 'x'.repeat(length)),
  fc
    .integer({ min: 90, max: 400 })
    .map((count) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`l${at}`, 'v']))),
);
/** BigInt and the like have no JSON; the body is then what JSON makes of its text. */
const jsonable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify({ value }, (_key, inner) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? '{}')
    .value;

const mutations: Readonly<Record<string, fc.Arbitrary<Uint8Array>>> = {
  'a field of another type or gone': fc
    .tuple(fc.constantFrom(...PLACES), odd)
    .map(([path, value]) => encoder.encode(replaced(path, jsonable(value)))),
  'an unexpected label': fc
    .tuple(fc.string({ unit: 'binary', maxLength: 300 }), odd)
    .map(([name, value]) => encoder.encode(replaced(['alerts', '0', 'labels', name], jsonable(value)))),
  'cut off': fc.integer({ min: 0, max: validBytes.length - 1 }).map((length) => validBytes.slice(0, length)),
  'bytes overwritten': fc
    .array(fc.tuple(fc.nat(validBytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    .map((changes) => {
      const bytes = validBytes.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    }),
  'a piece doubled, moved or dropped': fc
    .tuple(fc.nat(validBytes.length), fc.nat(200), fc.nat(validBytes.length), fc.boolean())
    .map(([from, length, to, drop]) => {
      const piece = valid.slice(from, from + length);
      const rest = drop ? valid.slice(0, from) + valid.slice(from + length) : valid;
      return encoder.encode(rest.slice(0, to) + piece + rest.slice(to));
    }),
  'no webhook at all': fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => encoder.encode(text)),
    fc.nat(5_000).map((depth) => encoder.encode('{"alerts":'.repeat(depth))),
  ),
};

describe('malformed webhooks', () => {
  test.each(Object.keys(mutations))(
    `${RUNS} with %s: never a 5xx, never a throw, nothing half taken`,
    async (name) => {
      let refusals = 0;
      const bodies = mutations[name] ?? fc.constant(validBytes);
      await fc.assert(
        fc.asyncProperty(bodies, async (body) => {
          if (await survives(body)) refusals += 1;
        }),
        { numRuns: RUNS },
      );
      // A fuzzer whose bodies are all taken, or never are, mutates nothing of interest.
      expect(refusals).toBeGreaterThan(RUNS / 4);
    },
    60_000,
  );
  test('the unmutated one is taken', async () => {
    expect(await survives(validBytes)).toBe(false);
  });
  test('one that is as large as may be is answered at once, whatever is in it', async () => {
    for (const unit of ['[', '{"a":', '"\\u0000",', '\\', '"', '\u0000', '9']) {
      const body = encoder.encode(unit.repeat(Math.floor(990_000 / unit.length)));
      const took = await cpuTime(async () => expect(await survives(body)).toBe(true));
      expect(took).toBeLessThan(1_000);
    }
  });
});

describe('malformed everything else', () => {
  test('no path, query, header or body of the API makes it fail', async () => {
    const paths = fc.constantFrom(
      '/api/incidents',
      '/api/incidents/inc_1',
      '/api/blobs',
      '/api/windows',
      '/api/runs',
      '/api/stop',
      '/callbacks/slack',
      '/callbacks/pagerduty',
      '/',
    );
    const header = fc.constantFrom(
      'authorization',
      'origin',
      'host',
      'content-type',
      'content-encoding',
      'content-length',
      'x-slack-signature',
    );
    const { fetch, operations, errors } = harness();
    const request = fc.tuple(
      paths,
      fc.webPath(),
      fc.webQueryParameters(),
      header,
      fc.string(),
      fc.json(),
      fc.constantFrom('GET', 'POST', 'DELETE', 'PUT'),
    );
    await fc.assert(
      fc.asyncProperty(request, async ([path, more, query, name, value, body, method]) => {
        const headers = new Headers({ host: 'localhost', 'content-type': 'application/json' });
        headers.set(name, value.replace(/[^\x20-\x7e]/g, '?'));
        const url = `http://localhost${path}${more}?${query}`;
        const response = await fetch(new Request(url, { method, headers, body: method === 'GET' ? null : body }));
        expect(response.status).toBeLessThan(500);
      }),
      { numRuns: RUNS },
    );
    expect(errors).toEqual([]);
    expect(operations.changes).toEqual([]);
  });
});
