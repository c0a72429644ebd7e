import { spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ask, freePort, type Server, scratch, startNightshift, startServer } from './processes.ts';
import type { Row, Section } from './rows.ts';

interface Load {
  readonly alertsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly statuses: Readonly<Record<string, number>>;
}
const OFFERED = 35_000;
const SECONDS = '10';

const load = (server: Server, shape: 'webhook' | 'alertmanager', rate: number) => {
  const path = shape === 'webhook' ? '/webhooks/alertmanager' : '/api/v2/alerts';
  return ask<Load>('load.ts', [
    '--url',
    `${server.url}${path}`,
    '--shape',
    shape,
    '--rate',
    String(rate),
    '--seconds',
    SECONDS,
  ]);
};

/** Median of 200 appends of 4 kB, each followed by fdatasync: what durability costs on this disk, milliseconds. */
function fdatasyncP50(folder: string): number {
  const file = openSync(join(folder, 'probe'), 'w');
  const block = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 200 }, () => {
    const from = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    return performance.now() - from;
  }).sort((a, b) => a - b);
  closeSync(file);
  return times[100] ?? 0;
}

async function alertmanager(folder: string): Promise<Server | null> {
  if (spawnSync('which', ['prometheus-alertmanager']).status !== 0) {
    process.stderr.write(
      '*** NO PEER: prometheus-alertmanager is not installed (apt-get install prometheus-alertmanager) ***\n',
    );
    return null;
  }
  const [port, cluster] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const config = join(folder, 'alertmanager.yml');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(config, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
  const args = [
    `--config.file=${config}`,
    `--storage.path=${join(folder, 'am')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  return startServer(
    'prometheus-alertmanager',
    [...args, `--cluster.listen-address=127.0.0.1:${cluster}`],
    url,
    `${url}/-/ready`,
  );
}

async function measured(
  start: (folder: string) => Promise<Server | null>,
  shape: 'webhook' | 'alertmanager',
  rate: number,
) {
  const place = scratch();
  const server = await start(place.folder);
  if (server === null) return null;
  try {
    return await load(server, shape, rate);
  } finally {
    await server.stop();
    place.remove();
  }
}

export const intake: Section = {
  name: 'intake',
  about: 'webhooks of 64 alerts over 8 keep-alive connections, fsynced before the answer; peer keeps nothing',
  async run() {
    const place = scratch();
    const sync = fdatasyncP50(place.folder);
    place.remove();
    const offered = await measured(startNightshift, 'webhook', OFFERED);
    const peak = await measured(startNightshift, 'webhook', 0);
    const peer = await measured(alertmanager, 'alertmanager', 0);
    const row = (what: string, unit: string, ours: number, goal: string | null, peerValue?: number): Row => ({
      section: 'intake',
      what,
      unit,
      ours,
      goal,
      peer: peerValue === undefined ? null : { name: 'Alertmanager', value: peerValue },
    });
    return [
      row('fdatasync of 4 kB, p50', 'ms', sync, null),
      row(`taken at an offered ${OFFERED}`, 'alerts/s', offered?.alertsPerSecond ?? 0, `>= ${OFFERED * 0.98}`),
      row(`p50 at an offered ${OFFERED}`, 'ms', offered?.p50 ?? 0, null),
      row(`p99 at an offered ${OFFERED}`, 'ms', offered?.p99 ?? 0, '< 100'),
      row('peak', 'alerts/s', peak?.alertsPerSecond ?? 0, '> peer', peer?.alertsPerSecond),
      row('p99 at the peak', 'ms', peak?.p99 ?? 0, null, peer?.p99),
    ];
  },
};
