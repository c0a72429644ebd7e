import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { answers, freePorts, until } from '../real/processes.ts';
import { randomFrom, SEED } from './seed.ts';

const BIN = resolve(import.meta.dirname, '../../bin/nightshift.mjs');
const KILLS = 20;
const CONNECTIONS = 4;
const ALERTS = 8;

const place = mkdtempSync(join(tmpdir(), 'nightshift-intake-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

function webhook(first: number): string {
  const alerts = Array.from({ length: ALERTS }, (_, at) => ({
    status: 'firing',
    labels: { alertname: 'NobodyKnows', cluster: 'a', host: `host-${first + at}` },
    annotations: {},
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: '0001-01-01T00:00:00Z',
    fingerprint: (first + at).toString(16).padStart(16, '0'),
  }));
  return JSON.stringify({ version: '4', groupKey: '{}', status: 'firing', receiver: 'r', alerts });
}

/** Resolves with the status, or null where the connection broke before there was one. */
function post(port: number, agent: Agent, body: string): Promise<number | null> {
  return new Promise((done) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const path = '/webhooks/alertmanager';
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (answer) => {
      answer.resume().once('end', () => done(answer.statusCode ?? null));
      answer.once('error', () => done(null));
    });
    sent.once('error', () => done(null));
    sent.end(body);
  });
}

test(`of ${KILLS} lives, each ended by SIGKILL under load, every acknowledged alert is kept`, async () => {
  const [port = 0] = await freePorts(1);
  const config = join(place, 'nightshift.yaml');
  writeFileSync(config, `listen: { host: 127.0.0.1, port: ${port} }\ndataFolder: ${join(place, 'data')}\n`);
  const start = (): ChildProcess =>
    spawn(process.execPath, [BIN, 'start', '--config', config], { stdio: 'ignore', cwd: place });
  const ready = () => until('Nightshift', () => answers(`http://127.0.0.1:${port}/ready`), 20_000);
  const random = randomFrom(SEED);
  const kept = new Set<string>();
  let next = 0;
  let broken = 0;
  for (let life = 0; life < KILLS; life += 1) {
    const server = start();
    await ready();
    let alive = true;
    const client = async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (alive) {
        const first = next;
        next += ALERTS;
        const status = await post(port, agent, webhook(first));
        if (status === null) broken += 1;
        if (status === null || status >= 300) continue;
        for (let at = 0; at < ALERTS; at += 1) kept.add(`host-${first + at}`);
      }
      agent.destroy();
    };
    const clients = Array.from({ length: CONNECTIONS }, client);
    const before = kept.size;
    await until('acknowledged alerts', () => (kept.size > before + random() * 400 ? true : null), 20_000);
    const gone = new Promise((done) => server.once('exit', done));
    server.kill('SIGKILL');
    await gone;
    alive = false;
    await Promise.all(clients);
  }
  const server = start();
  await ready();
  const missing = () => lost(port, kept);
  await until('every acknowledged alert', async () => ((await missing()).length === 0 ? true : null), 90_000);
  const gone = new Promise((done) => server.once('exit', done));
  server.kill('SIGTERM');
  await gone;
  process.stderr.write(
    `${KILLS} kills (seed ${SEED}): ${kept.size} alerts acknowledged and kept, ${broken} requests broken off\n`,
  );
  expect(kept.size).toBeGreaterThan(KILLS * 10);
}, 300_000);

/** Hosts that were acknowledged and that no incident is about. */
async function lost(port: number, kept: ReadonlySet<string>): Promise<string[]> {
  const found = new Set<string>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = cursor === '' ? '' : `&cursor=${cursor}`;
    const answer = await fetch(`http://127.0.0.1:${port}/api/incidents?limit=200${page}`);
    const body = (await answer.json()) as { items: { host: string }[]; next: string | null };
    for (const { host } of body.items) found.add(host);
    cursor = body.next;
  }
  return [...kept].filter((host) => !found.has(host));
}
