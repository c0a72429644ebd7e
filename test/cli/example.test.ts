import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '../real/processes.ts';
import { BIN, nightshift } from './nightshift.ts';

const ANY_PORT = { PATH: process.env.PATH ?? '', NIGHTSHIFT_LISTEN: '127.0.0.1:0' };
const FIRST = ['start', '--example'];
let folder: string;
let first: ChildProcess;
let ended: Promise<unknown>;
let out = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-example-'));
  first = spawn(process.execPath, [BIN, ...FIRST], { cwd: folder, env: ANY_PORT });
  ended = new Promise((done) => first.once('exit', done));
  first.stdout?.on('data', (chunk) => {
    out += chunk;
  });
});
afterEach(async () => {
  first.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

test('a second example that is refused leaves the first as it is: its toy comes back where it was', async () => {
  const toy = await until('the toy', () => /curl -X POST (http:\S+)\/kill/.exec(out)?.[1] ?? null);
  const answers = () =>
    fetch(`${toy}/metrics`).then(
      ({ ok }) => ok || null,
      () => null,
    );
  await until('its metrics', answers);
  const second = await nightshift(FIRST, ANY_PORT, folder);
  expect([second.code, second.err]).toEqual([1, expect.stringContaining('[data.in-use]')]);
  await fetch(`${toy}/kill`, { method: 'POST' });
  await until('the proof', () => (/proof {7}verified/.test(out) ? true : null));
  expect(await answers()).toBe(true);
});
