import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { fileInventory } from '../../../lib/adapters/embedded/inventory.ts';
import { isThisMachine } from '../../../lib/adapters/embedded/runner.ts';

const base = mkdtempSync(join(tmpdir(), 'nightshift-inventory-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const file = join(base, 'hosts.yaml');

async function hosts(text: string) {
  writeFileSync(file, text);
  return fileInventory(file).hosts();
}

describe('an inventory file', () => {
  test('gives hosts, and only the id must be told', async () => {
    const text = `hosts:
  - {id: web-1, name: web-1, cluster: eu, addresses: [10.0.0.1], services: [redis], labels: {a: b}, restart: {redis: [/bin/r, "a b"]}, state: offline}
  - id: web-2
`;
    expect(await hosts(text)).toEqual([
      {
        id: 'web-1',
        name: 'web-1',
        cluster: 'eu',
        addresses: ['10.0.0.1'],
        services: ['redis'],
        labels: { a: 'b' },
        restart: { redis: ['/bin/r', 'a b'] },
        state: 'offline',
        launchedAt: null,
      },
      {
        id: 'web-2',
        name: 'web-2',
        cluster: 'local',
        addresses: [],
        services: [],
        labels: {},
        restart: {},
        state: 'online',
        launchedAt: null,
      },
    ]);
  });

  test.each([
    ['an id twice', 'hosts:\n  - id: a\n  - id: a\n', 'duplicate', 3, 'hosts[1].id'],
    ['a name twice', 'hosts:\n  - {id: a, name: x}\n  - id: b\n    name: x\n', 'duplicate', 4, 'hosts[1].name'],
    [
      'the id of one as the name of another',
      'hosts:\n  - id: a\n  - {id: b, name: a}\n',
      'duplicate',
      3,
      'hosts[1].name',
    ],
    [
      'an address of two',
      'hosts:\n  - {id: a, addresses: [10.0.0.1]}\n  - id: b\n    addresses:\n      - 10.0.0.2\n      - 10.0.0.1\n',
      'duplicate',
      6,
      'hosts[1].addresses[1]',
    ],
    ['an address twice', 'hosts:\n  - id: a\n    addresses: [h, h]\n', 'duplicate', 3, 'hosts[0].addresses[1]'],
    ['an alias', 'hosts:\n  - id: &a one\n  - id: *a\n', 'yaml', 3, null],
    ['a typo', 'hosts:\n  - id: a\n    adresses: [10.0.0.1]\n', 'shape', 3, 'hosts[0].adresses'],
    ['a typo at the top', 'hosts: []\nhost: []\n', 'shape', 2, 'host'],
    ['no id', 'hosts:\n  - id: a\n  - name: b\n', 'shape', 3, 'hosts[1].id'],
    [
      'a command that is no list',
      'hosts:\n  - id: a\n    services: [r]\n    restart: {r: "a b"}\n',
      'shape',
      4,
      'hosts[0].restart.r',
    ],
    [
      'a command for no service',
      'hosts:\n  - id: a\n    services: [redis]\n    restart:\n      reddis: [a]\n',
      'restart',
      5,
      'hosts[0].restart.reddis',
    ],
    ['a key twice', 'hosts: []\nhosts: []\n', 'yaml', 2, null],
    ['nothing', '', 'shape', 1, null],
  ])('%s is refused with its line', async (_, text, code, line, field) => {
    await expect(hosts(text)).rejects.toMatchObject({
      kind: 'input',
      code: `inventory.${code}`,
      ...(field === null ? {} : { field }),
      message: expect.stringContaining(`${file}:${line}: ${field === null ? '' : `${field}: `}`),
      expected: expect.any(String),
    });
  });

  test.each([
    ['- name: b', 'id: is missing or no string', 'string'],
    ['- {id: a, adresses: []}', 'adresses: unknown field', 'one of id, name, cluster, addresses, services, labels'],
    ['- {id: a b}', 'id: is not accepted', 'letters, digits, _ . and -'],
    ['- {id: a, state: up}', 'state: is not one of the accepted values', 'one of online, offline, unknown'],
    ['- {id: a, name: ""}', 'name: is less than 1 character', 'at least 1 character'],
    ['- {id: a, services: [r], restart: {r: []}}', 'restart.r: is less than 1 entry', 'at least 1 entry'],
  ])('%s is told as the settings are', async (entry, told, expected) => {
    const error = await hosts(`hosts:\n  ${entry}\n`).catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      message: `${file}:2: hosts[0].${told}`,
      expected: expect.stringContaining(expected),
    });
  });

  test('is read again when it changed', async () => {
    writeFileSync(file, 'hosts: [{id: a}]');
    const inventory = fileInventory(file);
    const first = await inventory.hosts();
    expect(await inventory.hosts()).toBe(first);
    writeFileSync(file, 'hosts: [{id: b}]');
    expect((await inventory.hosts()).map(({ id }) => id)).toEqual(['b']);
  });

  test('that cannot be read is a failure, never an empty list', async () => {
    await expect(fileInventory(join(base, 'none.yaml')).hosts()).rejects.toMatchObject({
      kind: 'failed',
      code: 'inventory.unavailable',
    });
  });
});

test('without a file the inventory is this machine', async () => {
  const [host, ...more] = await fileInventory(null).hosts();
  expect(more).toEqual([]);
  expect(host).toMatchObject({ id: hostname(), cluster: 'local', state: 'online' });
  expect(host && isThisMachine(host)).toBe(true);
});
