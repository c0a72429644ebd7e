import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, freePort, processorSeconds, type Server, scratch, startNightshift, startServer } from './processes.ts';
import type { Row, Section } from './rows.ts';

interface Load {
  readonly alertsPerSecond: number;
  readonly sentAlerts: number;
  readonly refused: number;
  readonly p50: number;
  readonly p99: number;
}
interface Measured extends Load {
  /** Of the server's processor time, for a thousand alerts. */
  readonly processorMs: number;
}
type Shape = 'webhook' | 'alertmanager';

const OFFERED = 35_000;
const [ALERTS, CONNECTIONS, SECONDS, WARMUP, ROUNDS] = [64, 8, 10, 3, 3];
const PATHS: Readonly<Record<Shape, string>> = { webhook: '/webhooks/alertmanager', alertmanager: '/api/v2/alerts' };

async function load(server: Server, shape: Shape, rate: number): Promise<Measured> {
  const sizes = { connections: CONNECTIONS, seconds: SECONDS, warmup: WARMUP, alerts: ALERTS, rate };
  const before = processorSeconds(server.pid);
  const args = Object.entries({ url: server.url + PATHS[shape], shape, ...sizes });
  const found = await ask<Load>(
    'load.ts',
    args.flatMap(([name, value]) => [`--${name}`, String(value)]),
  );
  const used = processorSeconds(server.pid) - before;
  return { ...found, processorMs: (used * 1e6) / found.sentAlerts };
}

/** Keeps nothing on the disk but, now and then, a snapshot: the fastest that the alerting world has. */
async function alertmanager(folder: string): Promise<Server> {
  const [port, cluster] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const config = join(folder, 'alertmanager.yml');
  writeFileSync(config, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
  const args = [
    `--config.file=${config}`,
    `--storage.path=${join(folder, 'am')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    `--cluster.listen-address=127.0.0.1:${cluster}`,
  ];
  return startServer('prometheus-alertmanager', args, url, `${url}/-/ready`);
}

async function measured(start: (folder: string) => Promise<Server>, shape: Shape, rate: number): Promise<Measured> {
  const place = scratch();
  const server = await start(place.folder);
  try {
    return await load(server, shape, rate);
  } finally {
    await server.stop();
    place.remove();
  }
}

function median(all: readonly Measured[], of: (one: Measured) => number): number {
  const sorted = all.map(of).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function rowsOf(offered: readonly Measured[], peak: readonly Measured[], peer: readonly Measured[]): readonly Row[] {
  const beside = (of: (one: Measured) => number) =>
    peer.length === 0 ? null : { name: 'Alertmanager', value: median(peer, of) };
  const row = { section: 'intake', peer: null, goal: null };
  const refused = [...offered, ...peak].reduce((sum, one) => sum + one.refused, 0);
  const taken = median(offered, (one) => one.alertsPerSecond);
  const rate = (one: Measured) => one.alertsPerSecond;
  const [p50, p99] = [(one: Measured) => one.p50, (one: Measured) => one.p99];
  return [
    { ...row, what: `taken at an offered ${OFFERED}`, unit: 'alerts/s', ours: taken, goal: `>= ${OFFERED * 0.98}` },
    { ...row, what: `p50 at an offered ${OFFERED}`, unit: 'ms', ours: median(offered, p50) },
    { ...row, what: `p99 at an offered ${OFFERED}`, unit: 'ms', ours: median(offered, p99), goal: '< 100' },
    {
      ...row,
      what: `p99 at an offered ${OFFERED}, worst round`,
      unit: 'ms',
      ours: Math.max(...offered.map(p99)),
    },
    { ...row, what: 'peak', unit: 'alerts/s', ours: median(peak, rate), peer: beside(rate), goal: '> peer' },
    { ...row, what: 'p99 at the peak', unit: 'ms', ours: median(peak, p99), peer: beside(p99) },
    {
      ...row,
      what: 'processor time for 1000 alerts at the peak',
      unit: 'ms',
      ours: median(peak, (one) => one.processorMs),
      peer: beside((one) => one.processorMs),
    },
    { ...row, what: 'webhooks that were not answered 200', unit: 'requests', ours: refused, goal: '< 1' },
  ];
}

export const intake: Section = {
  name: 'intake',
  about: 'webhooks of 64 alerts over 8 keep-alive connections, on the disk before the answer; the peer keeps nothing',
  parameters: {
    alertsPerWebhook: ALERTS,
    connections: CONNECTIONS,
    seconds: SECONDS,
    warmupSeconds: WARMUP,
    rounds: ROUNDS,
    offered: OFFERED,
  },
  async run() {
    const hasPeer = spawnSync('which', ['prometheus-alertmanager']).status === 0;
    if (!hasPeer) process.stderr.write('*** NO PEER: apt-get install prometheus-alertmanager brings it ***\n');
    const [offered, peak, peer]: [Measured[], Measured[], Measured[]] = [[], [], []];
    // In turns, so that a slow minute of the machine does not fall on one of them alone.
    for (let round = 0; round < ROUNDS; round += 1) {
      offered.push(await measured(startNightshift, 'webhook', OFFERED));
      peak.push(await measured(startNightshift, 'webhook', 0));
      if (hasPeer) peer.push(await measured(alertmanager, 'alertmanager', 0));
    }
    return rowsOf(offered, peak, peer);
  },
};
