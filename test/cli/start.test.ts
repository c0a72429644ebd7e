import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../lib/adapters/embedded/database.ts';
import { until } from '../real/processes.ts';
import { BIN, nightshift } from './nightshift.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Every file and what is in it, so that a single changed byte is seen. */
function everything(): Record<string, string> {
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  return Object.fromEntries(
    names.map((name) => {
      const path = join(folder, name);
      return [name, statSync(path).isDirectory() ? '(folder)' : readFileSync(path).toString('base64')];
    }),
  );
}

const readOrNull = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') || null : null);

const ANY_PORT = { NIGHTSHIFT_LISTEN: '127.0.0.1:0' };
const start = (env: Readonly<Record<string, string>> = ANY_PORT) => nightshift(['start'], env, folder);

/** Starts, and expects a refusal that changes nothing and says all of `told`. */
async function refused(told: readonly (string | RegExp)[], env?: Readonly<Record<string, string>>): Promise<void> {
  const before = everything();
  const { code, out, err } = await start(env);
  expect([code, out]).toEqual([1, '']);
  for (const part of told) expect(err).toMatch(part);
  // A sentence for a person, and no stack.
  expect(err).not.toMatch(/\n\s+at /);
  expect(everything()).toEqual(before);
}

const policy = (runbook: string, more = '') => `policies:
  - name: mine
    match: 'alertname="RedisDown"'
    runbooks:
      - ${runbook}
    verification: { expr: 'redis_up{$selector}', is: "== 1" }
${more}`;

describe('what is wrong is told at the start: place, expectation, exit code 1, and nothing is changed', () => {
  test('a configuration with a typo', async () => {
    write({ 'nightshift.yaml': 'listen:\n  prot: 9099\n' });
    await refused([/nightshift\.yaml:2: /, /listen\.prot/, /did you mean port\?/, /\[config\.unknown\]/], {});
  });

  test('a configuration with a value that cannot be', async () => {
    write({ 'nightshift.yaml': 'pageHold: 5min\n' });
    await refused([/nightshift\.yaml:1: /, /pageHold/, /duration such as 30s/, /\[config\.shape\]/]);
  });

  test('a secret that is not there', async () => {
    write({ 'nightshift.yaml': 'intake: { tokens: ["env:NOT_SET_ANYWHERE"] }\n' });
    await refused([/intake\.tokens\[0\]/, /NOT_SET_ANYWHERE/, /expected: an environment variable/]);
  });

  test('a policy that names an unknown runbook', async () => {
    write({ 'policies/own.yaml': policy('{ name: restart-reddis, parameters: { service: redis } }') });
    await refused([
      /policies\/own\.yaml:5: /,
      /policies\[0\]\.runbooks\[0\]\.name/,
      /there is no runbook restart-reddis, did you mean restart-redis\?|did you mean restart-redis/,
      /\[policy\.runbook\]/,
    ]);
  });

  test('a parameter outside its pattern', async () => {
    write({
      'policies/own.yaml': policy('{ name: restart-redis, parameters: { service: "redis; reboot", port: "6379" } }'),
    });
    await refused([
      /policies\/own\.yaml:5: /,
      /runbooks\[0\]\.parameters\.service/,
      /"redis; reboot"/,
      /text matching \^/,
      /\[policy\.parameter\]/,
    ]);
  });

  test('an inventory with a host twice', async () => {
    const host = (name: string) =>
      `  - { id: web-1, name: ${name}, cluster: a, addresses: [], services: [], restart: {} }\n`;
    write({ 'inventory.yaml': `hosts:\n${host('one')}${host('two')}` });
    await refused([
      /inventory\.yaml:3: hosts\[1\]\.id: host web-1 is also at .*inventory\.yaml:2/,
      /expected: ids, names and addresses that no other host has/,
      /\[inventory\.duplicate\]/,
    ]);
  });

  test('a data folder that a newer Nightshift wrote', async () => {
    mkdirSync(join(folder, 'data'));
    openDatabase(join(folder, 'data')).close();
    const db = new DatabaseSync(join(folder, 'data/nightshift.db'));
    db.exec('PRAGMA journal_mode = DELETE; PRAGMA user_version = 99');
    db.close();
    await refused([/newer Nightshift \(schema 99\)/, /data/, /expected: schema \d+ or older/, /\[data\.newer\]/]);
  });

  test('a data folder in use', async () => {
    const holder = spawn(process.execPath, [BIN, 'start'], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', ...ANY_PORT },
    });
    const gone = new Promise((done) => holder.once('exit', done));
    try {
      const instance = await until('the first instance', () => readOrNull(join(folder, 'data/instance.json')));
      const { code, err } = await start();
      expect(code).toBe(1);
      expect(err).toMatch(/another running process holds the data folder .*data \(dataFolder\) \[data\.in-use\]/);
      expect(err).toMatch(/expected: a folder that no other Nightshift uses/);
      expect(readOrNull(join(folder, 'data/instance.json'))).toBe(instance);
      expect((await fetch(`${JSON.parse(instance).url}/ready`)).status).toBe(200);
    } finally {
      holder.kill('SIGKILL');
      await gone;
    }
  });

  test('a taken port', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as { port: number };
    try {
      await refused([RegExp(`127.0.0.1:${port} is in use`), /expected: a free port/, /\[listen\.in-use\]/], {
        NIGHTSHIFT_LISTEN: `127.0.0.1:${port}`,
      });
    } finally {
      other.close();
    }
  });

  test('a configuration file that is not there', async () => {
    const { code, err } = await nightshift(['start', '--config', 'nowhere.yaml'], ANY_PORT, folder);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/nowhere\.yaml is not there[\s\S]*expected: the configuration file/),
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('check', () => {
  const check = () => nightshift(['check', '--json'], {}, folder);

  test('finds all of it at once, and makes nothing', async () => {
    write({
      'nightshift.yaml': 'listne: {}\n',
      'policies/own.yaml': policy('{ name: nothing-like-it }'),
      'inventory.yaml': 'hosts: 5\n',
    });
    const before = everything();
    const { code, out } = await check();
    expect(code).toBe(1);
    expect(JSON.parse(out).problems).toEqual([
      expect.stringMatching(/^configuration: .*nightshift\.yaml:1: /),
      expect.stringMatching(/^packs and policies: .*policies\/own\.yaml:5: /),
      expect.stringMatching(/^inventory: .*inventory\.yaml/),
    ]);
    expect(everything()).toEqual(before);
  });

  test('tells of a watch with the name of an indicator and of a pack that is not there, and so does start', async () => {
    write({ 'nightshift.yaml': 'watch: { own: [{ name: redis-memory, expr: up }] }\n' });
    expect(JSON.parse((await check()).out).problems).toEqual([
      expect.stringMatching(
        /^watches: config\.watch: nightshift\.yaml:1: watch\.own\[0\]\.name: pack redis has an indicator redis-memory already/,
      ),
    ]);
    write({ 'nightshift.yaml': 'watch:\n  indicators:\n    redis-client: { maxFalseAlarmsPerWeek: 1 }\n' });
    expect(JSON.parse((await check()).out).problems).toEqual([
      expect.stringMatching(
        /nightshift\.yaml:3: watch\.indicators\.redis-client: no pack has .*: did you mean redis-clients\?; expected one of .*redis-clients/,
      ),
    ]);
    write({ 'nightshift.yaml': 'watch: { packs: [reddis] }\n' });
    expect(JSON.parse((await check()).out).problems).toEqual([
      expect.stringMatching(/no pack reddis: did you mean redis\?.*all, or some of .*kafka, node, redis/),
    ]);
    const { code, err } = await nightshift(['start'], ANY_PORT, folder);
    expect([code, err]).toEqual([1, expect.stringMatching(/watch\.packs\[0\][\s\S]*\[config\.watch\]/)]);
  });

  test.each([
    ['redis_up{$selector} == 1', 'a comparison without `bool`'],
    ['redis_up{$selector} and up', '`and`'],
    ['topk(1, redis_up{$selector})', '`topk`'],
  ])('tells of a verification that can prove nothing: %s', async (expr, why) => {
    const sound = policy('{ name: restart-redis, parameters: { service: redis, port: "6379" } }');
    write({ 'policies/own.yaml': sound });
    expect(JSON.parse((await check()).out).problems).toEqual([]);
    write({ 'policies/own.yaml': sound.replace('redis_up{$selector}', expr) });
    const { code, out } = await check();
    expect(code).toBe(1);
    expect(JSON.parse(out).problems).toEqual([
      expect.stringMatching(/^policies\/own\.yaml: policy mine: verification\.expr can prove nothing: /),
    ]);
    expect(out).toContain(why);
  });
});
