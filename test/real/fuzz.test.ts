import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fileInventory } from '../../lib/adapters/embedded/inventory.ts';
import { compile } from '../../lib/catalogue/compile.ts';
import { parsePack } from '../../lib/catalogue/pack.ts';
import { checkParameters, dispatchParameters } from '../../lib/catalogue/parameters.ts';
import { parsePolicies } from '../../lib/catalogue/policies.ts';
import { parseSettings } from '../../lib/catalogue/settings.ts';
import { isNightshiftError } from '../../lib/model/errors.ts';
import { demoPack, policies, sha256 } from '../catalogue/fixture.ts';
import fc from '../setup/fastCheck.ts';

const settings = `listen: { host: 127.0.0.1, port: 8080 }
url: https://nightshift.example.com/
prometheus: { url: http://prometheus:9090, timeout: 5s }
smtp: { host: mail, user: nightshift, password: env:SMTP_PASSWORD }
intake: { tokens: [env:NIGHTSHIFT_INTAKE], maxAlerts: 500 }
pageHold: 2m
retention: 30d
channels:
  chat: { kind: slack, token: env:SLACK, channel: "#ops", signingSecret: file:secrets/slack }
  mail: { kind: email, from: a@example.com, to: [b@example.com] }
routes:
  - { match: 'team="data"', severity: [critical], team: data, channels: [chat], fallback: [mail] }
escalation:
  default: [{ after: 5m, channels: [mail] }]
`;
const inventory = `hosts:
  - id: web-1
    name: web one
    cluster: blue
    addresses: [10.0.0.1, "[fd00::1]:9100"]
    services: [redis]
    restart: { redis: [systemctl, restart, redis] }
  - { id: web-2, cluster: blue, addresses: [10.0.0.2], services: [], restart: {} }
`;

/** What people mistype, what YAML makes of it, and what was never meant for a parser. */
const odd = [
  '*a',
  '&a ',
  '!!js/function ',
  '|',
  '>',
  '- ',
  '\t',
  '\n',
  '\r',
  '? ',
  '__proto__: ',
  'constructor: ',
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  '0x',
  'null',
  '~',
  '.nan',
  '-.inf',
  '1e999',
  '-1',
  '\u0000',
  '\ud800',
  '\ufeff',
  '<<: *a\n',
  '%YAML 9.9\n',
  '---\n',
  '...\n',
  '{$',
  '$selector',
  '${x}',
  '$(reboot)',
  'é',
  '9'.repeat(400),
  '{a: '.repeat(60),
  'a'.repeat(5_000),
];
const split = (text: string) => text.split(/(?<=[\s:,{}[\]"'$=])/);

/** The text with pieces cut out, doubled, swapped or replaced by what does not belong there. */
function mutated(text: string): fc.Arbitrary<string> {
  const pieces = split(text);
  const at = fc.nat(pieces.length);
  const by = fc.oneof(
    fc.constantFrom(...odd),
    fc.constantFrom(...pieces),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  const change = fc.tuple(at, fc.nat(4), by, fc.boolean());
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const now = [...pieces];
    for (const [from, length, put, moves] of changes) {
      const cut = now.splice(from, length, put);
      if (moves) now.splice(Math.min(now.length, from * 2), 0, ...cut);
    }
    return now.join('');
  });
}

/** True where it was refused, and then as an input error with a code of its room and a place; anything else fails the test. */
function refused(act: () => unknown, codes: RegExp, file: string | null): boolean {
  try {
    act();
    return false;
  } catch (error) {
    return place(error, codes, file);
  }
}
function place(error: unknown, codes: RegExp, file: string | null): true {
  if (!isNightshiftError(error)) throw error;
  expect(error.kind).toBe('input');
  expect(error.code).toMatch(codes);
  const placed = file === null ? (error.field ?? '') !== '' : error.message.includes(file);
  if (!placed) throw new Error(`no place in ${error.code}: ${error.message}`, { cause: error });
  return true;
}

/** A fuzzer that is never refused, or always, mutates nothing of interest. */
function fuzz<T>(runs: number, values: fc.Arbitrary<T>, refuses: (value: T) => boolean): void {
  let refusals = 0;
  const property = fc.property(values, (value) => {
    if (refuses(value)) refusals += 1;
  });
  fc.assert(property, { numRuns: runs });
  expect(refusals).toBeGreaterThan(runs / 5);
  expect(refusals).toBeLessThan(runs);
}

const CATALOGUE = /^(policy|pack|document)\.[a-z-]+$/;

describe('malformed configuration is refused with a code and a place, and never crashes', () => {
  test('2,500 policies', () => {
    fuzz(2_500, mutated(policies), (text) =>
      refused(() => parsePolicies(text, 'policies/demo.yaml', { pack: 'policies' }), CATALOGUE, 'policies/demo.yaml'),
    );
  }, 30_000);

  test('2,500 settings', () => {
    fuzz(2_500, mutated(settings), (text) =>
      refused(() => parseSettings(text, 'nightshift.yaml', {}), /^config\.[a-z.]+$/, 'nightshift.yaml'),
    );
  }, 30_000);

  test.each([
    ['pack.yaml', 1_500],
    ['rules.yaml', 500],
    ['rules.test.yaml', 300],
    ['runbooks/restart-demo.yaml', 1_000],
    ['runbooks/restart-demo.meta.yaml', 200],
  ] as const)(
    'packs whose %s is wrong: %i',
    (file, runs) => {
      fuzz(runs, mutated(demoPack[file]), (text) =>
        refused(
          () => compile([parsePack({ ...demoPack, [file]: text }, 'demo', sha256)], [], sha256),
          CATALOGUE,
          // A manifest that changed is often told by the file that names what is gone.
          'packs/demo/',
        ),
      );
    },
    30_000,
  );
});

describe('malformed parameters', () => {
  const { runbooks } = parsePack(demoPack, 'demo', sha256);
  const [runbook] = runbooks;
  const hostile = fc.oneof(
    fc.constantFrom(
      'demo',
      'a-unit',
      'x; reboot',
      '$(reboot)',
      '`reboot`',
      'a\nb',
      'a\u0000b',
      '\ud800',
      '',
      '../../etc',
      '{{ unit }}',
    ),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.stringMatching(/^[a-z-]{1,45}$/),
    fc.integer({ min: 4_000, max: 9_000 }).map((length) => 'a'.repeat(length)),
    fc.anything({ maxDepth: 1 }) as fc.Arbitrary<string>,
  );
  const values = fc.oneof(
    fc.record({ unit: hostile }),
    fc.record({ unit: fc.constant('demo'), how: fc.oneof(fc.constantFrom('soft', 'hard'), hostile) }),
    fc.dictionary(
      fc.oneof(fc.constantFrom('unit', 'how', 'executionId', 'notAfter', '__proto__', 'toString'), fc.string()),
      hostile,
    ),
  );

  test('2,000 of a runbook: what passes is what the patterns allow', () => {
    if (runbook === undefined) throw new Error('the fixture has a runbook');
    fuzz(2_000, values, (given) =>
      refused(
        () => {
          const checked = checkParameters(runbook, given);
          expect(checked.unit).toMatch(/^[a-z-]{1,40}$/);
          expect(['soft', 'hard']).toContain(checked.how);
          expect(Object.keys(checked).sort()).toEqual(['how', 'unit']);
        },
        /^parameter\.[a-z]+$/,
        null,
      ),
    );
  }, 30_000);

  test('500 of a dispatch', () => {
    if (runbook === undefined) throw new Error('the fixture has a runbook');
    const id = fc.oneof(fc.constant('exe_1'), fc.string({ unit: 'binary', maxLength: 100 }));
    const until = fc.oneof(fc.constant(1_750_000_000_000), fc.double());
    fuzz(500, fc.tuple(id, until), ([executionId, notAfter]) =>
      refused(() => dispatchParameters(runbook, { unit: 'demo' }, executionId, notAfter), /^parameter\.[a-z]+$/, null),
    );
  });
});

describe('malformed inventories', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nightshift-fuzz-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('1,000: refused with a place, and never an empty list by mistake', async () => {
    const file = join(folder, 'inventory.yaml');
    let refusals = 0;
    const property = fc.asyncProperty(mutated(inventory), async (text) => {
      writeFileSync(file, text);
      try {
        await fileInventory(file).hosts();
      } catch (error) {
        place(error, /^inventory\.[a-z]+$/, 'inventory.yaml');
        refusals += 1;
      }
    });
    await fc.assert(property, { numRuns: 1_000 });
    expect(refusals).toBeGreaterThan(200);
    expect(refusals).toBeLessThan(1_000);
  }, 30_000);
});

test('aliases, of which a few are a bomb, are refused by every one of them', async () => {
  const alias = 'a: &a [x]\nb: *a\n';
  const room = (act: () => unknown, file: string) => expect(refused(act, /\.yaml$/, file)).toBe(true);
  room(() => parsePolicies(alias, 'policies/demo.yaml', { pack: 'policies' }), 'policies/demo.yaml:2');
  room(() => parseSettings(alias, 'nightshift.yaml', {}), 'nightshift.yaml:2');
  for (const file of ['pack.yaml', 'rules.yaml', 'runbooks/restart-demo.yaml'])
    room(() => parsePack({ ...demoPack, [file]: alias }, 'demo', sha256), `packs/demo/${file}`);
});

test('unmutated, all of it is taken', async () => {
  expect(parsePolicies(policies, 'policies/demo.yaml', { pack: 'policies' })).toHaveLength(1);
  expect(parseSettings(settings, 'nightshift.yaml', {}).routes).toHaveLength(1);
  expect(compile([parsePack(demoPack, 'demo', sha256)], [], sha256).policies).toHaveLength(1);
});
