import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBundle, loadSettings } from '../../lib/composition/catalogueFiles.ts';
import { PACKS, type Running, run } from '../../lib/composition/run.ts';
import { tierConfig } from '../../lib/composition/tierConfig.ts';
import type { Incident } from '../../lib/model/incident.ts';
import type { Settings } from '../../lib/model/settings.ts';
import type { Log } from '../../lib/ports/edges.ts';
import { answers, freePorts, need, startProcess, until } from './processes.ts';
import { type RedisPolicy, redisArgs, redisPolicy } from './redis.ts';

export interface StackOptions {
  /** YAML of policies that override the shipped ones, as an operator would write them. */
  readonly policies: string;
  readonly settings?: Partial<Settings>;
  readonly speed?: 'shipped' | 'fast';
  readonly log?: Log;
  /** How Redis is restarted; the default starts it again. */
  readonly restart?: (redisPort: number, folder: string) => readonly string[];
  /** A node exporter for the same host. */
  readonly node?: boolean;
  /** Two Alertmanagers that do not know each other send everything twice. */
  readonly alertmanagers?: 1 | 2;
}

const TOKEN = 'a-token-for-one-stack-only';
const QUIET: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A real Redis with its exporter, a real Prometheus and Alertmanager with the shipped rules, and Nightshift beside them. */
export class Stack {
  readonly folder: string;
  readonly ports: {
    redis: number;
    exporter: number;
    prometheus: number;
    alertmanager: number;
    second: number;
    nightshift: number;
    node: number;
  };
  readonly #options: StackOptions;
  readonly #started: { readonly program: string; stop(signal?: NodeJS.Signals): Promise<void> }[] = [];
  nightshift: Running | null = null;

  private constructor(folder: string, ports: readonly number[], options: StackOptions) {
    const [redis = 0, exporter = 0, prometheus = 0, alertmanager = 0, second = 0, nightshift = 0, node = 0] = ports;
    this.folder = folder;
    this.ports = { redis, exporter, prometheus, alertmanager, second, nightshift, node };
    this.#options = options;
  }

  static async start(options: StackOptions): Promise<Stack> {
    need('prometheus', 'prometheus-alertmanager', 'redis-server', 'redis-cli', 'prometheus-redis-exporter');
    const folder = await mkdtemp(join(tmpdir(), 'nightshift-real-'));
    const stack = new Stack(folder, await freePorts(7), options);
    try {
      await stack.#begin();
    } catch (error) {
      await stack.stop();
      throw error;
    }
    return stack;
  }

  get redisArgs(): string[] {
    return [...redisArgs(this.ports.redis, this.folder), '--pidfile', join(this.folder, 'redis.pid')];
  }

  async #begin(): Promise<void> {
    const { folder, ports } = this;
    await this.startRedis();
    this.#process('prometheus-redis-exporter', [
      '-redis.addr',
      `redis://127.0.0.1:${ports.redis}`,
      '-web.listen-address',
      `127.0.0.1:${ports.exporter}`,
    ]);
    if (this.#options.node === true) {
      need('prometheus-node-exporter');
      this.#process('prometheus-node-exporter', [`--web.listen-address=127.0.0.1:${ports.node}`]);
    }
    await this.#writeConfiguration();
    const pair = this.#options.alertmanagers === 2 ? [ports.alertmanager, ports.second] : [ports.alertmanager];
    for (const port of pair)
      this.#process('prometheus-alertmanager', [
        `--config.file=${folder}/tier/alertmanager.yml`,
        `--storage.path=${folder}/am-${port}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ]);
    this.startPrometheus();
    await this.startNightshift();
    await until('prometheus', () => answers(`http://127.0.0.1:${ports.prometheus}/-/ready`));
    await until('alertmanager', () => answers(`http://127.0.0.1:${ports.alertmanager}/-/ready`));
    await until('the exporter to be scraped', async () => ((await this.query('redis_up')) === 1 ? true : null));
  }

  async #writeConfiguration(): Promise<void> {
    const { folder, ports } = this;
    await tierConfig({
      prometheusPort: ports.prometheus,
      alertmanagerPorts: this.#options.alertmanagers === 2 ? [ports.alertmanager, ports.second] : [ports.alertmanager],
      nightshiftUrl: `http://127.0.0.1:${ports.nightshift}`,
      token: TOKEN,
      targets: [
        { job: 'redis', address: `127.0.0.1:${ports.exporter}`, host: 'redis-host', cluster: 'real', service: 'redis' },
        ...(this.#options.node === true
          ? [{ job: 'node', address: `127.0.0.1:${ports.node}`, host: 'redis-host', cluster: 'real', service: 'node' }]
          : []),
      ],
      speed: this.#options.speed ?? 'fast',
      packsFolder: PACKS,
      outFolder: join(folder, 'tier'),
    });
    await mkdir(join(folder, 'policies'), { recursive: true });
    await writeFile(
      join(folder, 'policies', 'operator.yaml'),
      this.#options.policies.replaceAll('REDIS_PORT', String(ports.redis)),
    );
    const restart = this.#options.restart?.(ports.redis, folder) ?? ['redis-server', ...this.redisArgs];
    const host = {
      id: 'redis-host',
      name: 'redis-host',
      cluster: 'real',
      addresses: ['127.0.0.1'],
      services: ['redis'],
      restart: { redis: restart },
    };
    await writeFile(join(folder, 'inventory.yaml'), JSON.stringify({ hosts: [host] }));
  }

  #process(program: string, args: readonly string[]): void {
    const { stop } = startProcess(program, args, join(this.folder, `${program}.log`));
    this.#started.push({ program, stop });
  }

  /** Ends one of the components for good; returns when it is gone. */
  async end(program: string): Promise<void> {
    await Promise.all(this.#started.filter((one) => one.program === program).map(({ stop }) => stop('SIGKILL')));
  }

  startPrometheus(): void {
    const { folder, ports } = this;
    this.#process('prometheus', [
      `--config.file=${folder}/tier/prometheus.yml`,
      `--storage.tsdb.path=${folder}/tsdb`,
      `--web.listen-address=127.0.0.1:${ports.prometheus}`,
      '--web.enable-lifecycle',
      '--rules.alert.resend-delay=1s',
    ]);
  }

  async settings(): Promise<Settings> {
    const { ports, folder } = this;
    const shipped = await loadSettings(null, {});
    const local = (port: number) => ({ url: `http://127.0.0.1:${port}`, timeout: 5_000 });
    return {
      ...shipped,
      listen: { host: '127.0.0.1', port: ports.nightshift },
      url: `http://127.0.0.1:${ports.nightshift}`,
      dataFolder: join(folder, 'data'),
      prometheus: local(ports.prometheus),
      alertmanager: local(ports.alertmanager),
      intake: { ...shipped.intake, tokens: [TOKEN] },
      runner: { ...shipped.runner, poll: 200 },
      closeAfter: 2_000,
      ...this.#options.settings,
    };
  }

  async startNightshift(): Promise<Running> {
    const bundle = await loadBundle({ packsFolder: PACKS, policiesFolder: join(this.folder, 'policies') });
    this.nightshift = await run({
      settings: await this.settings(),
      bundle,
      inventoryFile: join(this.folder, 'inventory.yaml'),
      log: this.#options.log ?? QUIET,
    });
    return this.nightshift;
  }

  async startRedis(): Promise<void> {
    startProcess('redis-server', this.redisArgs, join(this.folder, 'redis.log'));
    await until('redis', () => this.#ping());
  }

  async #ping(): Promise<true | null> {
    const asked = startProcess('redis-cli', ['-p', String(this.ports.redis), 'ping'], '/dev/null');
    await asked.stop('SIGCONT');
    return asked.child.exitCode === 0 ? true : null;
  }

  async killRedis(): Promise<void> {
    await startProcess('redis-cli', ['-p', String(this.ports.redis), 'shutdown', 'nosave'], '/dev/null').stop(
      'SIGCONT',
    );
  }

  /** The first value of an instant query, null where nothing is there. */
  async query(expr: string): Promise<number | null> {
    const url = `http://127.0.0.1:${this.ports.prometheus}/api/v1/query?query=${encodeURIComponent(expr)}`;
    const body = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
    const value = body.data.result[0]?.value[1];
    return value === undefined ? null : Number(value);
  }

  /** Asks until the value satisfies. */
  async untilQuery(expr: string, satisfies: (value: number) => boolean, within?: number): Promise<number> {
    const ask = async () => {
      const value = await this.query(expr);
      return value !== null && satisfies(value) ? value : null;
    };
    return until(expr, ask, within);
  }

  async incidents(): Promise<Incident[]> {
    const operations = this.nightshift?.embedded.operations;
    if (operations === undefined) return [];
    const { items } = await operations.incidents({ limit: 50 });
    return Promise.all(items.map(({ id }) => operations.incident(id)));
  }

  /** The newest incident of an alert, once it satisfies. */
  async incident(alertname: string, satisfies: (incident: Incident) => boolean, within?: number): Promise<Incident> {
    return until(
      `an incident of ${alertname}`,
      async () => {
        const all = await this.incidents();
        return all.find((one) => one.subject.alertname === alertname && satisfies(one)) ?? null;
      },
      within,
    );
  }

  async stop(): Promise<void> {
    await this.nightshift?.stop();
    await this.killRedis();
    await Promise.all(this.#started.map((started) => started.stop()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What an operator writes to let the shipped Redis policy act by itself; the stack fills in its Redis' port at the start. */
export const autoRedis = (changed: Partial<RedisPolicy> & { readonly percent?: number } = {}): string =>
  `policies:\n${redisPolicy({
    name: 'restart-redis',
    port: 'REDIS_PORT',
    guards: `cooldown: 1s, attempts: 1, blastRadius: { hosts: 1, percent: ${changed.percent ?? 100} }, recurrence: 1h`,
    ...changed,
  })}`;
