import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { freePorts, need, type Started, startProcess } from '../../test/real/processes.ts';

const COLLECTORS = [
  'cpu',
  'diskstats',
  'filefd',
  'filesystem',
  'loadavg',
  'meminfo',
  'netdev',
  'stat',
  'time',
  'timex',
  'vmstat',
];
/** The file system of the logs. */
const LOGS = 256;
const MEGABYTE = Buffer.alloc(1_048_576, 'log line ');

/** The machine itself, as the node exporter sees it, with a small file system of its own for logs. */
export class HostSite {
  readonly host = 'm1';
  readonly #folder: string;
  readonly #port: number;
  readonly #logs: string;
  readonly #hogs: ChildProcess[] = [];
  #exporter: Started | null = null;

  private constructor(folder: string, port: number) {
    this.#folder = join(folder, 'host');
    this.#logs = join(folder, 'host', 'logs');
    this.#port = port;
  }

  static async start(folder: string): Promise<HostSite> {
    need('prometheus-node-exporter');
    const [port = 0] = await freePorts(1);
    const site = new HostSite(folder, port);
    mkdirSync(site.#logs, { recursive: true });
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${LOGS}m`, 'tmpfs', site.#logs], {
      encoding: 'utf8',
    });
    if (mounted.status !== 0) throw new Error(`a file system for the logs cannot be mounted: ${mounted.stderr}`);
    const args = [
      `--web.listen-address=127.0.0.1:${port}`,
      '--collector.disable-defaults',
      ...COLLECTORS.map((name) => `--collector.${name}`),
      '--collector.filesystem.mount-points-exclude=^/(dev|proc|sys|run|mnt)($|/)',
      '--collector.diskstats.device-exclude=^(loop|zram|ram|sr)\\d+$',
    ];
    site.#exporter = startProcess('prometheus-node-exporter', args, join(site.#folder, 'exporter.log'));
    return site;
  }

  get targets() {
    return [{ job: 'node', host: this.host, address: `127.0.0.1:${this.#port}`, path: '/metrics' }];
  }
  /** What a mount point is called in the series. */
  named(mountpoint: string): string {
    return mountpoint === this.#logs ? '/var/log' : mountpoint;
  }

  log(megabytes: number): void {
    this.#append('app.log', megabytes);
  }
  rotate(): void {
    writeFileSync(join(this.#logs, 'app.log'), '');
  }
  /** Grows a file that nobody rotates; a full file system refuses more, as it would. */
  fill(megabytes: number): void {
    this.#append('debug.log', megabytes);
  }
  #append(file: string, megabytes: number): void {
    try {
      appendFileSync(join(this.#logs, file), MEGABYTE.subarray(0, Math.round(megabytes * MEGABYTE.length)));
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENOSPC') throw error;
    }
  }
  empty(): void {
    truncateSync(join(this.#logs, 'debug.log'));
  }
  /** As each night: some files, each on the disk before the next. */
  backUp(): void {
    const file = openSync(join(this.#folder, 'backup'), 'w');
    for (let part = 0; part < 4; part += 1) writeSync(file, MEGABYTE);
    fsyncSync(file);
    closeSync(file);
  }

  /** Loops that do nothing but compute. */
  compute(processes: number): void {
    for (let one = 0; one < processes; one += 1) this.#hog(process.execPath, ['-e', 'for (;;);']);
  }
  /** A process that takes memory and writes to it, so many megabytes a second. */
  swell(perSecond: number): void {
    const program = `const all = []; setInterval(() => all.push(Buffer.alloc(${Math.round(perSecond / 4)} * 1048576, 1)), 250);`;
    this.#hog(process.execPath, ['-e', program]);
  }
  /** Writers that wait for the disk at each block. */
  storm(writers: number): void {
    for (let one = 0; one < writers; one += 1) {
      const file = join(this.#folder, `storm-${one}`);
      this.#hog('bash', [
        '-c',
        `while :; do dd if=/dev/zero of='${file}' bs=128k count=256 oflag=dsync 2>/dev/null; done`,
      ]);
    }
  }
  #hog(program: string, args: readonly string[]): void {
    this.#hogs.push(spawn(program, args, { stdio: 'ignore', detached: true }));
  }
  /** Ends what was begun above, with what it started. */
  calm(): void {
    for (const { pid } of this.#hogs.splice(0)) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  }

  async stop(): Promise<void> {
    this.calm();
    await this.#exporter?.stop('SIGKILL');
    spawnSync('umount', ['-l', this.#logs]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
