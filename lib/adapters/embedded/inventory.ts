import { readFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { isNode, LineCounter, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { failed, invalid, type NightshiftError } from '../../model/errors.ts';
import type { Host } from '../../model/host.ts';
import type { Inventory } from '../../ports/edges.ts';

const Text = z.string().min(1).max(255);
const ID = 'letters, digits, _ . and -, beginning with a letter or digit, at most 128';

const HostEntry = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, ID),
  name: Text.optional(),
  cluster: Text.default('local'),
  addresses: z.array(Text).default([]),
  services: z.array(Text).default([]),
  labels: z.record(Text, z.string()).default({}),
  restart: z.record(Text, z.array(z.string().regex(/^[^\0]*$/, 'text without a zero byte')).min(1)).default({}),
  state: z.enum(['online', 'offline', 'unknown']).default('online'),
});
const InventoryFile = z.strictObject({ hosts: z.array(HostEntry) });

/**
 * The hosts of a YAML file, `hosts: [{id, name, cluster, addresses, services, labels, restart: {service: [argv]}, state}]`, of
 * which only `id` must be given. Without a file it is this machine, in cluster `local`. The file is read in every call, and
 * understood anew when it says something else.
 *
 * Errors: `failed` `inventory.unavailable`, `input` `inventory.yaml`, `inventory.shape` (also a key that is not known),
 * `inventory.duplicate` (an id, name or address of two hosts), `inventory.restart` (a command for a service that the host has
 * not), each with `<file>:<line>` and the field as the settings' errors have them.
 */
export function fileInventory(file: string | null): Inventory {
  if (file === null) return { hosts: async () => [thisMachine()] };
  let seen: { readonly text: string; readonly hosts: readonly Host[] } | null = null;
  return {
    async hosts() {
      // Not its time: two changes may be of the same tick of the clock.
      const text = await readInventory(file);
      if (seen?.text !== text) seen = { text, hosts: parseInventory(text, file) };
      return seen.hosts;
    },
  };
}

async function readInventory(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw failed('inventory.unavailable', `the inventory ${file} cannot be read`, { cause });
  }
}

/** Without the loopback addresses, which every machine has, unless there are no others. */
export function thisMachine(): Host {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outer = all.filter(({ internal }) => !internal);
  const addresses = (outer.length > 0 ? outer : all).map(({ address }) => address);
  return {
    id: hostname(),
    name: hostname(),
    cluster: 'local',
    addresses: [...new Set(addresses)],
    services: [],
    labels: {},
    state: 'online',
    launchedAt: null,
    restart: {},
  };
}

function parseInventory(text: string, file: string): readonly Host[] {
  const counter = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: counter, uniqueKeys: true, stringKeys: true });
  const problem = yaml.errors[0] ?? yaml.warnings[0];
  const place = (path: Path) => `${file}:${lineOf(yaml, counter, path)}`;
  const bad: Bad = (code, path, message, expected) => {
    const field = fieldOf(path);
    const told = `${place(path)}: ${field === '' ? '' : `${field}: `}${message}`;
    return invalid(`inventory.${code}`, told, { ...(field === '' ? {} : { field }), expected });
  };
  if (problem) {
    const where = `${file}:${problem.linePos?.[0].line ?? 1}`;
    throw invalid('inventory.yaml', `${where}: ${problem.message.split('\n')[0]}`, {
      expected: 'YAML',
      cause: problem,
    });
  }
  visit(yaml, {
    Alias(_key, { range }) {
      const { line } = counter.linePos(range?.[0] ?? 0);
      throw invalid('inventory.yaml', `${file}:${line}: aliases are not accepted`, {
        expected: 'every value written out',
      });
    },
  });
  const result = InventoryFile.safeParse(yaml.toJS());
  if (!result.success) throw refusalOf(result.error.issues, bad);
  const { hosts } = result.data;
  refuseDuplicates(hosts, place, bad);
  refuseStrayRestarts(hosts, bad);
  return hosts.map((host) => ({ ...host, name: host.name ?? host.id, launchedAt: null }));
}

type Entry = z.infer<typeof HostEntry>;
type Path = readonly PropertyKey[];
type Place = (path: Path) => string;
type Bad = (code: string, path: Path, message: string, expected: string) => NightshiftError;

/** Where one is the least. */
const UNITS: Readonly<Record<string, string>> = { string: 'character', array: 'entry' };

/** An unknown field first: the field that is missing is usually the one that was misspelt. */
function refusalOf(issues: readonly z.core.$ZodIssue[], bad: Bad): NightshiftError {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  const path = issue?.path ?? [];
  switch (issue?.code) {
    case 'unrecognized_keys': {
      const known = path.length === 0 ? ['hosts'] : Object.keys(HostEntry.shape);
      return bad('shape', [...path, issue.keys[0] ?? ''], 'unknown field', `one of ${known.join(', ')}`);
    }
    case 'invalid_type':
      return bad('shape', path, `is missing or no ${issue.expected}`, issue.expected);
    case 'invalid_value':
      return bad('shape', path, 'is not one of the accepted values', `one of ${issue.values.join(', ')}`);
    case 'invalid_format':
      return bad('shape', path, 'is not accepted', issue.message);
    case 'too_small':
      return bad(
        'shape',
        path,
        `is less than ${issue.minimum} ${UNITS[issue.origin]}`,
        `at least ${issue.minimum} ${UNITS[issue.origin]}`,
      );
    case 'too_big':
      return bad('shape', path, `is more than ${issue.maximum} characters`, `at most ${issue.maximum} characters`);
    default:
      return bad('shape', path, 'is not accepted', 'names of 1 to 255 characters');
  }
}

/** An id of one host that is the name of another would be two hosts under one name, so both share one namespace. */
function refuseDuplicates(hosts: readonly Entry[], place: Place, bad: Bad): void {
  const seen = new Map<string, { readonly owner: number; readonly where: string }>();
  for (const [owner, host] of hosts.entries()) {
    for (const { key, path } of identitiesOf(host, owner)) {
      const earlier = seen.get(key);
      if (earlier && (earlier.owner !== owner || path.at(-1) === 'id' || path.includes('addresses'))) {
        throw bad(
          'duplicate',
          path,
          `${key} is also at ${earlier.where}`,
          'ids, names and addresses that no other host has',
        );
      }
      if (!earlier) seen.set(key, { owner, where: place(path) });
    }
  }
}

function identitiesOf(host: Entry, at: number) {
  return [
    { key: `host ${host.id}`, path: ['hosts', at, 'id'] },
    ...(host.name === undefined ? [] : [{ key: `host ${host.name}`, path: ['hosts', at, 'name'] }]),
    ...host.addresses.map((address, index) => ({ key: `address ${address}`, path: ['hosts', at, 'addresses', index] })),
  ];
}

function refuseStrayRestarts(hosts: readonly Entry[], bad: Bad): void {
  for (const [at, host] of hosts.entries()) {
    for (const service of Object.keys(host.restart)) {
      if (host.services.includes(service)) continue;
      throw bad(
        'restart',
        ['hosts', at, 'restart', service],
        `host ${host.id} has no service ${service} to restart`,
        'one of its services',
      );
    }
  }
}

const fieldOf = (path: Path) =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

/** The line of the nearest thing that is there, beginning with 1. */
function lineOf(yaml: ReturnType<typeof parseDocument>, counter: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = yaml.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return counter.linePos(node.range[0]).line;
  }
  return 1;
}
