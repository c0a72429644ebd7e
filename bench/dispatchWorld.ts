import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadBundle, loadSettings } from '../lib/composition/catalogueFiles.ts';
import { run } from '../lib/composition/run.ts';
import type { Metrics } from '../lib/ports/metrics.ts';
import { scratch } from './processes.ts';

// A whole embedded Nightshift in one process: everything is real but Prometheus' answers (scripted, the service is down) and the
// runner, which notes when it was asked to send and runs nothing.
const EXAMPLE = resolve(import.meta.dirname, '../infra/example');
const RATE = 100;
const SECONDS = 20;
/** A process that runs for weeks is not measured in its first seconds. */
const WARM = 6 * RATE;
const COUNTED = RATE * SECONDS;
const HOSTS = WARM + COUNTED;
const place = scratch();
const inventory = join(place.folder, 'inventory.yaml');
/** Fifty hosts a cluster. */
const clusterOf = (at: number) => `cluster-${Math.floor(at / 50)}`;
const hosts = Array.from({ length: HOSTS }, (_, at) => ({
  id: `host-${at}`,
  cluster: clusterOf(at),
  addresses: [`10.1.${Math.floor(at / 250)}.${at % 250}`],
  services: ['toy'],
  restart: { toy: ['true'] },
}));
writeFileSync(inventory, JSON.stringify({ hosts }));

const down = (expr: string) => {
  const [, host = 'host-0'] = /host="([^"]+)"/.exec(expr) ?? [];
  return [{ labels: { host }, samples: [{ t: Date.now() / 1000, v: 0 }] }];
};
const metrics: Metrics = {
  instant: async (expr) => down(expr),
  range: async (expr, from, to, step) => {
    const samples = Array.from({ length: Math.floor((to - from) / step) }, (_, at) => ({
      t: (from + at * step) / 1000,
      v: 0,
    }));
    return [{ labels: down(expr)[0]?.labels ?? {}, samples }];
  },
  raw: async (expr) => down(expr),
  time: async () => Date.now() / 1000,
  healthy: async () => true,
};

const began = new Map<string, number>();
const times: number[] = [];
const bundle = await loadBundle({ packsFolder: join(EXAMPLE, 'packs'), policiesFolder: join(EXAMPLE, 'policies') });
const everybody = { hosts: 50, percent: 100 };
const generous = bundle.policies.map((policy) => ({ ...policy, guards: { ...policy.guards, blastRadius: everybody } }));
const silent = {
  info: () => undefined,
  warn: () => undefined,
  error: (text: string) => void process.stderr.write(`${text}\n`),
};
const running = await run({
  settings: {
    ...(await loadSettings(null, {})),
    dataFolder: join(place.folder, 'data'),
    listen: { host: '127.0.0.1', port: 0 },
    prometheus: { url: 'http://scripted', timeout: 1_000 },
    runner: { delivery: 30_000, poll: 5_000 },
  },
  bundle: { ...bundle, policies: generous },
  inventoryFile: inventory,
  log: silent,
  wrap: (deps) => ({
    ...deps,
    metrics,
    runner: {
      ...deps.runner,
      reaches: async () => null,
      async send({ executionId, host }) {
        if (Number(host.id.slice('host-'.length)) >= WARM) times.push(performance.now() - (began.get(host.id) ?? 0));
        return { commandId: executionId };
      },
      status: async () => ({ state: 'running', startedAt: null }),
    },
  }),
});

async function alert(at: number): Promise<void> {
  const host = `host-${at}`;
  began.set(host, performance.now());
  const labels = { alertname: 'ToyDown', severity: 'critical', cluster: clusterOf(at), host, service: 'toy' };
  const alerts = [
    { status: 'firing', labels, startsAt: new Date().toISOString(), fingerprint: at.toString(16).padStart(16, '0') },
  ];
  const answer = await fetch(`${running.url}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ version: '4', groupKey: '{}', status: 'firing', receiver: 'r', alerts }),
  });
  await answer.arrayBuffer();
}

const from = performance.now();
for (let at = 0; at < HOSTS; at += 1) {
  const wait = from + (at * 1000) / RATE - performance.now();
  if (wait > 0) await new Promise((next) => setTimeout(next, wait));
  void alert(at);
}
for (const end = performance.now() + 20_000; times.length < COUNTED && performance.now() < end; ) {
  await new Promise((next) => setTimeout(next, 50));
}
times.sort((a, b) => a - b);
const of = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
process.stdout.write(
  JSON.stringify({ p50: of(0.5), p95: of(0.95), max: times.at(-1) ?? 0, sent: times.length, wanted: COUNTED }),
);
place.remove();
process.exit(0);
