import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { toJSONSchema } from 'zod';
import { settingsFile } from '../../lib/catalogue/settingsSchema.ts';
import { parseDuration } from '../../lib/language/duration.ts';
import { DOCUMENTS, rowsOf } from './markdown.ts';

interface Shape {
  readonly const?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly oneOf?: readonly Shape[];
}
interface Setting {
  readonly path: string;
  readonly required: boolean;
}

/** Names for what the user names: the key of a record. */
const KEY: Readonly<Record<string, string>> = { escalation: '<team>' };

function settingsIn(shape: Shape, path: string, required: boolean): Setting[] {
  const { properties, items, additionalProperties: more, oneOf } = shape;
  const kinds = oneOf?.map((one) => one.properties?.kind?.const);
  if (oneOf !== undefined && kinds !== undefined)
    return oneOf.flatMap((one, at) => settingsIn(one, path.replace(/<[^<]*>$/, `<${kinds[at]}>`), required));
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([name, one]) =>
      settingsIn(one, path === '' ? name : `${path}.${name}`, shape.required?.includes(name) ?? false),
    );
  if (items?.properties !== undefined) return settingsIn(items, `${path}[]`, required);
  if (typeof more === 'object' && isDeep(more)) return settingsIn(more, `${path}.${KEY[path] ?? '<name>'}`, required);
  return [{ path, required }];
}
const isDeep = ({ properties, items, oneOf }: Shape): boolean =>
  properties !== undefined || items !== undefined || oneOf !== undefined;

const shape = toJSONSchema(settingsFile as unknown as Parameters<typeof toJSONSchema>[0], {
  io: 'input',
  unrepresentable: 'any',
}) as Shape;
const settings = settingsIn(shape, '', false);

/** Every setting left out that may be, every list and record with one entry. */
const url = 'http://x';
const given = settingsFile.parse({
  prometheus: { url },
  alertmanager: { url },
  smtp: { host: 'x' },
  channels: {
    slack: { kind: 'slack', token: 't', channel: 'c', signingSecret: 's' },
    pagerduty: { kind: 'pagerduty', routingKey: 'r', webhookSecret: 'w' },
    email: { kind: 'email', from: 'a', to: ['b'] },
    webhook: { kind: 'webhook', url },
  },
  routes: [{ channels: ['slack'] }],
  watch: { indicators: { name: { maxFalseAlarmsPerWeek: 1 } }, own: [{ name: 'x', expr: 'up' }] },
});

function valueAt(path: string): unknown {
  const keys = path
    .replaceAll('[]', '.0')
    .replaceAll(/<(\w+)>/g, '$1')
    .split('.');
  return keys.reduce<unknown>((holder, key) => (holder as Readonly<Record<string, unknown>>)?.[key], given);
}

const text = DOCUMENTS.find(({ file }) => file === 'docs/configure.md')?.text ?? '';
const documented = rowsOf(text)
  .filter((row) => row.length === 3)
  .map(([name = '', , fallback = '']) => ({ path: name.replaceAll('`', ''), fallback: fallback.replaceAll('`', '') }));

describe('docs/configure.md', () => {
  test('has every setting of the schema, once, and no other', () => {
    expect(documented.map(({ path }) => path).sort()).toEqual(settings.map(({ path }) => path).sort());
  });
  test.each(documented)('$path: the default is $fallback', ({ path, fallback }) => {
    // Everything under these is asked for with the entry itself; whether the entry is there is the user's choice.
    const optionalHolder = /^(prometheus|alertmanager)\.url$/.test(path);
    const required = settings.find((one) => one.path === path)?.required === true && !optionalHolder;
    expect(fallback === 'required').toBe(required);
    if (required || optionalHolder || fallback === 'from listen') return;
    const value = valueAt(path === 'channels' ? '' : path);
    if (fallback === 'none') expect(value ?? null).toBeNull();
    else if (typeof value === 'number' && /[a-z]$/.test(fallback)) expect(value).toBe(parseDuration(fallback));
    else expect(value).toEqual(parse(fallback));
  });
});
