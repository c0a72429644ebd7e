import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Stage, stage } from './nightshift.ts';

let on: Stage;
/** As docs/operate.md installs it: the configuration in one folder, the data in another. */
let config: string;
let data: string;
beforeAll(async () => {
  on = await stage();
  data = mkdtempSync(join(realpathSync(tmpdir()), 'nightshift-data-'));
  renameSync(join(on.folder, 'data'), join(data, 'kept'));
  data = join(data, 'kept');
});
afterAll(async () => {
  rmSync(join(data, '..'), { recursive: true, force: true });
  await on.close();
});
beforeEach(() => {
  on.harness.operations.changes.length = 0;
  rmSync(on.folder, { recursive: true, force: true });
  config = join(on.folder, 'etc');
  mkdirSync(join(config, 'policies'), { recursive: true });
});

const STOP = ['stop', '--for', '1h', '--reason', 'change night'];
const url = () => `http://127.0.0.1:${on.serving.port}`;
const configured = (dataFolder: string, more = '') =>
  writeFileSync(join(config, 'nightshift.yaml'), `dataFolder: ${dataFolder}\n${more}`);

/** Another Nightshift's data, to which nothing may be sent. */
function decoy(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'instance.json'), '{"url": "http://127.0.0.1:9"}');
  writeFileSync(join(folder, 'token'), 'token-of-the-decoy\n');
}

async function stops(env: Readonly<Record<string, string>>, cwd = config): Promise<void> {
  const { code, err } = await on.run(STOP, env, cwd);
  expect([code, err]).toEqual([0, '']);
  expect(on.harness.operations.changes).toEqual(['stop by admin-person']);
}

describe('the emergency stop finds the running Nightshift', () => {
  test('by NIGHTSHIFT_DATA, also relative, whatever else is here', async () => {
    decoy(join(config, 'data'));
    configured('./data');
    await stops({ NIGHTSHIFT_DATA: data });
    on.harness.operations.changes.length = 0;
    await stops({ NIGHTSHIFT_DATA: 'kept' }, join(data, '..'));
  });
  test('by dataFolder of nightshift.yaml, from its folder and from below', async () => {
    configured(data);
    decoy(join(config, 'data'));
    await stops({});
    on.harness.operations.changes.length = 0;
    await stops({}, join(config, 'policies'));
  });
  test('by a dataFolder relative to nightshift.yaml, with mistakes elsewhere in it', async () => {
    mkdirSync(join(on.folder, 'var'));
    writeFileSync(join(on.folder, 'var/instance.json'), JSON.stringify({ url: url() }));
    writeFileSync(join(on.folder, 'var/token'), 'admin-token\n');
    configured('../var', 'listne: { port: 1\npageHold: [\n');
    await stops({}, join(config, 'policies'));
  });
  test('by the data folder here or above, with or without a nightshift.yaml that names none', async () => {
    mkdirSync(join(on.folder, 'data'));
    writeFileSync(join(on.folder, 'data/instance.json'), JSON.stringify({ url: url() }));
    writeFileSync(join(on.folder, 'data/token'), 'admin-token\n');
    writeFileSync(join(config, 'nightshift.yaml'), 'pageHold: 5m\n');
    await stops({});
  });
  test('by NIGHTSHIFT_URL, with the token of the folder that names this address', async () => {
    configured(data);
    await stops({ NIGHTSHIFT_URL: `${url()}/` });
  });
});

describe('the token of a folder', () => {
  test('goes to no other address, and the answer tells why', async () => {
    decoy(join(config, 'data'));
    const { code, err } = await on.run(STOP, { NIGHTSHIFT_URL: url() }, config);
    expect([code, on.harness.operations.changes]).toEqual([1, []]);
    expect(err).toContain(
      `A token is needed. (authorization) [api.unauthenticated]\n  expected: set NIGHTSHIFT_TOKEN: the one in ${config}/data is for http://127.0.0.1:9\n`,
    );
  });
  test('gives way to NIGHTSHIFT_TOKEN', async () => {
    const env = { NIGHTSHIFT_DATA: data, NIGHTSHIFT_TOKEN: 'operator-token' };
    expect((await on.run(['ack', 'inc_1'], env, config)).code).toBe(0);
    expect(on.harness.operations.changes).toEqual(['acknowledge by operator-person via cli']);
    const { code, err } = await on.run(['approve', 'inc_1'], env, config);
    expect([code, err]).toEqual([1, expect.stringContaining('role approver or higher')]);
    const wrong = await on.run(['ack', 'inc_1'], { ...env, NIGHTSHIFT_TOKEN: 'nobody-has-this' }, config);
    expect(wrong.err).toContain('expected: set NIGHTSHIFT_TOKEN to one that it knows');
  });
});

describe('where nobody runs: exit code 3, and where was looked', () => {
  test('at the address of the environment', async () => {
    for (const args of [['incidents'], STOP]) {
      const { code, err } = await on.run(args, { NIGHTSHIFT_URL: 'http://127.0.0.1:9' }, config);
      expect(code).toBe(3);
      expect(err).toContain('no running Nightshift found at http://127.0.0.1:9 (as NIGHTSHIFT_URL says): start it');
    }
  });
  test('in NIGHTSHIFT_DATA, and not at the usual address either', async () => {
    const { code, err } = await on.run(STOP, { NIGHTSHIFT_DATA: '/nowhere' }, config);
    expect([code, err]).toEqual([
      3,
      expect.stringContaining('there is no instance.json in /nowhere (NIGHTSHIFT_DATA) [cli.unreachable]'),
    ]);
  });
  test('at the address that a folder names', async () => {
    decoy(join(config, 'data'));
    const { code, err } = await on.run(STOP, {}, config);
    expect([code, err]).toEqual([3, expect.stringContaining(`(as ${config}/data/instance.json says)`)]);
  });
  test('in the folders, and above a configuration that names its data nobody is taken for it', async () => {
    const nobody = await on.run(['ack', 'inc_1'], {}, config);
    // Whoever listens at the usual address of this machine knows nothing of this folder.
    expect(nobody.code).not.toBe(0);
    expect(nobody.err).toContain(`no instance.json is in ${config}/data and that of every folder above`);
    decoy(join(on.folder, 'data'));
    configured('/nowhere');
    const named = await on.run(['ack', 'inc_1'], {}, config);
    expect(named.err).toContain(`/nowhere (dataFolder in ${config}/nightshift.yaml), ${config}/data`);
  });
  test('an address that is none, a folder that is damaged', async () => {
    expect((await on.run(['incidents'], { NIGHTSHIFT_URL: 'localhost:9099' }, config)).code).toBe(2);
    mkdirSync(join(config, 'data'));
    writeFileSync(join(config, 'data/instance.json'), '{');
    const { code, err } = await on.run(['incidents'], {}, config);
    expect([code, err]).toEqual([1, expect.stringContaining('instance.json')]);
  });
});
