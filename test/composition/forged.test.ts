import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { loadBundle, loadSettings } from '../../lib/composition/catalogueFiles.ts';
import { PACKS, type Running, run } from '../../lib/composition/run.ts';
import { webhook } from '../api/harness.ts';
import { until } from '../real/processes.ts';

const INTAKE = 'an-intake-token-of-this-test';
let folder: string;
let running: Running;
let admin: string;
let incident: string;

type Headers = Readonly<Record<string, string | readonly string[]>>;
/** Over the wire, where a Host, an Origin and a header twice can be anything. */
function send(method: string, path: string, headers: Headers, body: string): Promise<number> {
  const { hostname, port } = new URL(running.url);
  return new Promise((done, failed) => {
    const sent = request({ hostname, port, method, path, headers: headers as Record<string, string> }, (answer) => {
      answer.resume();
      answer.once('end', () => done(answer.statusCode ?? 0));
    });
    sent.once('error', failed);
    sent.end(body);
  });
}
const json = (more: Headers = {}): Headers => ({ 'content-type': 'application/json', ...more });
const bearer = (token: string, more: Headers = {}) => json({ authorization: `Bearer ${token}`, ...more });

/** Everything a request could have changed. */
async function state(): Promise<string> {
  const { ledger, queue } = running.embedded.deps;
  const heads = (await ledger.heads()).filter(({ stream }) => stream !== 'heartbeat');
  return JSON.stringify([heads, await ledger.records(''), await queue.depth()]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-forged-'));
  const shipped = await loadSettings(null, {});
  running = await run({
    settings: {
      ...shipped,
      listen: { host: '127.0.0.1', port: 0 },
      dataFolder: join(folder, 'data'),
      intake: { ...shipped.intake, tokens: [INTAKE] },
    },
    bundle: await loadBundle({ packsFolder: PACKS, policiesFolder: join(folder, 'policies') }),
    inventoryFile: null,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  admin = readFileSync(join(folder, 'data/token'), 'utf8').trim();
  expect(await send('POST', '/webhooks/alertmanager', bearer(INTAKE), JSON.stringify(webhook()))).toBe(200);
  incident = await until('the incident', async () => {
    const { items } = await running.embedded.operations.incidents({ limit: 5 });
    return items[0]?.id ?? null;
  });
});
afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true, force: true });
});

let before: string;
beforeEach(async () => {
  // The loop has done what it does by itself: what moves from here on was moved by a request.
  before = await until('the loop to rest', async () => {
    const first = await state();
    await new Promise((done) => setTimeout(done, 150));
    return first === (await state()) ? first : null;
  });
});

describe('a real instance, as shipped', () => {
  const STOP = JSON.stringify({ until: Date.now() + 3_600_000, reason: 'r' });
  const forged: [string, () => Headers, number][] = [
    ['no token', () => json(), 401],
    ['a guessed token', () => bearer('guess'), 401],
    ['the intake token', () => bearer(INTAKE), 401],
    ['the hash of the token in its place', () => bearer(hashOfAdmin()), 401],
    ['the token as Basic', () => json({ authorization: `Basic ${Buffer.from(`x:${admin}`).toString('base64')}` }), 401],
    ['the token in a cookie', () => json({ cookie: `token=${admin}; authorization=Bearer ${admin}` }), 401],
    ['two tokens, one of them right', () => json({ authorization: `Bearer guess, Bearer ${admin}` }), 401],
    ['another site', () => bearer(admin, { origin: 'https://evil.example' }), 403],
    ['a page without an origin', () => bearer(admin, { origin: 'null' }), 403],
    ['another site that hides its name', () => bearer(admin, { 'sec-fetch-site': 'cross-site' }), 403],
    ['another port of this machine', () => bearer(admin, { origin: 'http://127.0.0.1:1' }), 403],
    ['a name that was bound to this address', () => bearer(admin, { host: 'evil.example' }), 403],
    [
      'a proxy that claims to be us',
      () => bearer(admin, { host: 'evil.example', 'x-forwarded-host': '127.0.0.1', forwarded: 'host=127.0.0.1' }),
      403,
    ],
    ['a form', () => ({ authorization: `Bearer ${admin}`, 'content-type': 'text/plain' }), 415],
  ];
  const hashOfAdmin = () =>
    JSON.parse(readFileSync(join(folder, 'data/tokens.json'), 'utf8')).tokens[0].sha256 as string;

  test.each(forged)('%s stops nothing', async (_, headers, status) => {
    expect(await send('POST', '/api/stop', headers(), STOP)).toBe(status);
    expect(await state()).toBe(before);
  });

  test('the token in the address, or another method in disguise, changes nothing', async () => {
    expect(await send('POST', `/api/stop?token=${admin}&access_token=${admin}`, json(), STOP)).toBe(401);
    const disguised = bearer(admin, {
      'x-http-method-override': 'POST',
      'x-http-method': 'POST',
      'content-length': '0',
    });
    expect(await send('GET', '/api/stop?_method=POST', disguised, '')).toBe(200);
    expect(await state()).toBe(before);
  });

  test.each(['/callbacks/slack', '/callbacks/pagerduty'])(
    '%s does not exist where nothing is configured',
    async (path) => {
      expect(await send('POST', path, bearer(admin), '{}')).toBe(404);
      expect(await state()).toBe(before);
    },
  );

  test.each<[string, () => Headers, number]>([
    ['without its token', () => json(), 401],
    ['with a token for people', () => bearer(admin), 401],
    ['from another site', () => bearer(INTAKE, { origin: 'https://evil.example' }), 403],
  ])('a webhook %s is not heard', async (_, headers, status) => {
    expect(await send('POST', '/webhooks/alertmanager', headers(), JSON.stringify(webhook()))).toBe(status);
    expect(await state()).toBe(before);
  });

  test('a webhook that is sent again opens no second incident and closes none', async () => {
    for (let time = 0; time < 5; time += 1)
      expect(await send('POST', '/webhooks/alertmanager', bearer(INTAKE), JSON.stringify(webhook()))).toBe(200);
    await until('the queue to be worked off', async () =>
      (await running.embedded.deps.queue.depth()).waiting === 0 ? true : null,
    );
    const { items } = await running.embedded.operations.incidents({ limit: 5 });
    expect(items.map(({ id }) => id)).toEqual([incident]);
    expect(
      (await running.embedded.operations.incident(incident)).plans.filter(({ executions }) => executions.length > 0),
    ).toEqual([]);
  });

  test('the right token from the right place does it, so that the refusals above mean something', async () => {
    expect(await send('POST', '/api/stop', bearer(admin), STOP)).toBe(200);
    expect(await state()).not.toBe(before);
  });
});
