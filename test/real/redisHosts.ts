import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TierTarget } from '../../lib/composition/tierConfig.ts';
import { type Started, startProcess } from './processes.ts';
import { redisArgs } from './redis.ts';

export interface FleetHost {
  readonly id: string;
  readonly cluster: string;
  readonly state?: 'online' | 'offline';
  /** Seconds: a restart that is over before Alertmanager sends anything shows nothing of what it sends. */
  readonly restartTakes?: number;
}

/** Several hosts on this machine: each has an address, a Redis, its exporter, and a command that restarts this Redis alone. */
export class RedisHosts {
  readonly #folder: string;
  readonly #hosts: readonly FleetHost[];
  readonly #ports: ReadonlyMap<string, readonly [redis: number, exporter: number]>;

  /** Two ports for each host. */
  constructor(folder: string, hosts: readonly FleetHost[], ports: readonly number[]) {
    this.#folder = folder;
    this.#hosts = hosts;
    this.#ports = new Map(hosts.map(({ id }, at) => [id, [ports[2 * at] ?? 0, ports[2 * at + 1] ?? 0]]));
  }

  get targets(): TierTarget[] {
    return this.#hosts.map(({ id, cluster }) => {
      const [, exporter] = this.#portsOf(id);
      return { job: 'redis', address: `127.0.0.1:${exporter}`, host: id, cluster };
    });
  }

  #portsOf(id: string): readonly [redis: number, exporter: number] {
    const ports = this.#ports.get(id);
    if (ports === undefined) throw new Error(`this fleet has no host ${id}`);
    return ports;
  }

  /** The exporters; each Redis makes itself a daemon and is stopped by `kill`. */
  start(): Started[] {
    return this.#hosts.map(({ id }) => {
      const [redis, exporter] = this.#portsOf(id);
      startProcess('redis-server', this.#redisArgs(id), join(this.#folder, 'redis.log'));
      const args = ['-redis.addr', `redis://127.0.0.1:${redis}`, '-web.listen-address', `127.0.0.1:${exporter}`];
      return startProcess('prometheus-redis-exporter', args, join(this.#folder, 'exporter.log'));
    });
  }

  #redisArgs(id: string): string[] {
    return redisArgs(this.#portsOf(id)[0], this.#folder);
  }

  /** An inventory is read whenever it is asked: it may be written while Nightshift runs. */
  async writeInventory(hosts = this.#hosts): Promise<void> {
    const entries = hosts.map(({ id, cluster, state = 'online', restartTakes = 0 }, index) => ({
      id,
      cluster,
      state,
      addresses: [`127.0.0.${index + 10}`],
      services: ['redis'],
      restart: { redis: ['/bin/sh', '-c', this.#restart(id, restartTakes)] },
    }));
    const file = join(this.#folder, 'inventory.yaml');
    await writeFile(`${file}.new`, JSON.stringify({ hosts: entries }));
    await rename(`${file}.new`, file);
  }

  #restart(id: string, seconds: number): string {
    const [redis] = this.#portsOf(id);
    const stop = `redis-cli -p ${redis} shutdown nosave >/dev/null 2>&1`;
    const start = this.#redisArgs(id).map((arg) => `'${arg}'`);
    return `echo ${id} >> '${this.#folder}/restarts'; ${stop}; sleep ${seconds}; exec redis-server ${start.join(' ')}`;
  }

  redis(id: string, ...args: string[]): string {
    const [redis] = this.#portsOf(id);
    return spawnSync('redis-cli', ['-p', String(redis), ...args], { encoding: 'utf8' }).stdout.trim();
  }

  kill(...ids: string[]): void {
    for (const id of ids) this.redis(id, 'shutdown', 'nosave');
  }
  killAll(): void {
    this.kill(...this.#hosts.map(({ id }) => id));
  }

  /** The id that Redis gives itself at each start; '' where it does not answer. */
  runId(id: string): string {
    return /run_id:(\w+)/.exec(this.redis(id, 'info', 'server'))?.[1] ?? '';
  }

  /** How often the declared command really ran on this host. */
  restarts(id: string): number {
    const file = join(this.#folder, 'restarts');
    if (!existsSync(file)) return 0;
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line === id).length;
  }
}
