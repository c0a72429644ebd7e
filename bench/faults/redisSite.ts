import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { freePorts, type Started, startProcess, until } from '../../test/real/processes.ts';
import type { Dice } from '../scoring/draws.ts';

/** What the load does beside its daily shape; a fault sets it, and takes it back. */
export interface RedisTroubles {
  /** How many times the usual commands. */
  surge: number;
  /** Share of reads that ask for what is not there. */
  misses: number;
  /** A second: commands that are refused, values without expiry, scripts. */
  wrong: number;
  leaked: number;
  slow: number;
  /** Connections that nobody closes. */
  connections: number;
}
export const NO_REDIS_TROUBLES: Readonly<RedisTroubles> = {
  surge: 1,
  misses: 0,
  wrong: 0,
  leaked: 0,
  slow: 0,
  connections: 0,
};

const REFERENCE = 8_000;
const LEAK_VALUE = 'x'.repeat(16_384);
const VALUE = 'v'.repeat(400);
/** A client that hears nothing sends no more than this, bytes. */
const MOST_WAITING = 65_536;
/** Milliseconds of work of the interpreter, about. */
const SCRIPT = 'local i = 0 while i < tonumber(ARGV[1]) do i = i + 1 end return i';

/** A real Redis with its exporter, and clients that come and go with the load. */
export class RedisSite {
  readonly host = 'r1';
  readonly troubles: RedisTroubles = { ...NO_REDIS_TROUBLES };
  readonly #folder: string;
  readonly #ports: readonly number[];
  readonly #dice: Dice;
  readonly #clients: Socket[] = [];
  readonly #leaks: Socket[] = [];
  #leaked = 0;
  #redis: Started | null = null;
  #exporter: Started | null = null;

  private constructor(folder: string, ports: readonly number[], dice: Dice) {
    this.#folder = join(folder, 'redis');
    this.#ports = ports;
    this.#dice = dice;
  }

  static async start(folder: string, dice: Dice): Promise<RedisSite> {
    const site = new RedisSite(folder, await freePorts(2), dice);
    mkdirSync(site.#folder);
    site.begin();
    const [port, exporter] = site.#ports;
    const args = ['-redis.addr', `redis://127.0.0.1:${port}`, '-web.listen-address', `127.0.0.1:${exporter}`];
    site.#exporter = startProcess('prometheus-redis-exporter', args, join(site.#folder, 'exporter.log'));
    await until('Redis', () => (site.ask('ping') === 'PONG' ? true : null));
    const client = site.#connected();
    for (let key = 0; key < REFERENCE; key += 1) client.write(command('SET', `ref:${key}`, VALUE));
    await until('the reference data', () => (Number(site.ask('dbsize')) >= REFERENCE ? true : null));
    client.destroy();
    return site;
  }

  get targets() {
    return [{ job: 'redis', host: this.host, address: `127.0.0.1:${this.#ports[1]}`, path: '/metrics' }];
  }
  /** What it holds is written down when it is asked to end, and read at its next start. */
  begin(): void {
    const limits = ['--maxmemory', '40mb', '--maxmemory-policy', 'noeviction', '--maxclients', '120'];
    const files = ['--dir', this.#folder, '--save', '86400 1', '--appendonly', 'no'];
    const where = ['--port', `${this.#ports[0]}`, '--bind', '127.0.0.1'];
    this.#redis = startProcess('redis-server', [...where, ...files, ...limits], join(this.#folder, 'log'));
  }
  async end(): Promise<void> {
    await this.#redis?.stop('SIGTERM');
  }
  signal(signal: NodeJS.Signals): void {
    this.#redis?.child.kill(signal);
  }
  ask(...args: string[]): string {
    return spawnSync('redis-cli', ['-p', `${this.#ports[0]}`, ...args], {
      encoding: 'utf8',
      timeout: 2_000,
    }).stdout.trim();
  }
  save(): void {
    this.#clients[0]?.write(command('BGSAVE'));
  }

  /** What clients ask for in so many seconds under this load. */
  work(load: number, seconds: number): void {
    this.#follow(this.#clients, 4 + Math.round(16 * load));
    this.#follow(this.#leaks, this.troubles.connections);
    const { surge, misses } = this.troubles;
    for (let left = this.#times((120 + 780 * load) * surge * seconds); left > 0; left -= 1)
      this.#send(this.#dice.chance(0.2) ? this.#write() : this.#read(misses));
    for (let left = this.#times(this.troubles.wrong * seconds); left > 0; left -= 1)
      this.#send(command('LPUSH', 'ref:1', 'x'));
    for (let left = this.#times(this.troubles.slow * seconds); left > 0; left -= 1)
      this.#send(command('EVAL', SCRIPT, '0', `${this.#dice.whole(1_500_000, 4_000_000)}`));
    for (let left = this.#times(this.troubles.leaked * seconds); left > 0; left -= 1) {
      this.#leaked += 1;
      this.#send(command('SET', `session:${this.#leaked}`, LEAK_VALUE));
    }
  }
  /** Takes away what was left without expiry. */
  clean(): void {
    const keys = Array.from({ length: this.#leaked }, (_, at) => `session:${at + 1}`);
    this.#leaked = 0;
    if (keys.length > 0) this.#send(command('UNLINK', ...keys));
  }

  #read(misses: number): string {
    const { chance, whole } = this.#dice;
    if (chance(misses)) return command('GET', `gone:${whole(0, 1e6)}`);
    return command('GET', chance(0.6) ? `ref:${whole(0, REFERENCE - 1)}` : `page:${whole(0, 2_000)}`);
  }
  #write(): string {
    const { whole } = this.#dice;
    return command('SET', `page:${whole(0, 2_000)}`, VALUE, 'PX', `${whole(3_000, 10_000)}`);
  }
  /** A whole number whose mean this is. */
  #times(mean: number): number {
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.#dice.normal()));
  }
  #send(text: string): void {
    const client = this.#clients[this.#dice.whole(0, this.#clients.length - 1)];
    if (client !== undefined && client.writableLength < MOST_WAITING) client.write(text);
  }

  #follow(sockets: Socket[], wanted: number): void {
    for (let at = sockets.length - 1; at >= 0; at -= 1) if (sockets[at]?.destroyed) sockets.splice(at, 1);
    while (sockets.length > wanted) sockets.pop()?.destroy();
    while (sockets.length < wanted) sockets.push(this.#connected());
  }
  #connected(): Socket {
    const socket = connect(this.#ports[0] ?? 0, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    return socket.resume();
  }

  async stop(): Promise<void> {
    for (const socket of [...this.#clients, ...this.#leaks]) socket.destroy();
    await Promise.all([this.#redis?.stop('SIGKILL'), this.#exporter?.stop('SIGKILL')]);
  }
}

const command = (...parts: string[]) =>
  `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;
