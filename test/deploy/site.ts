import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKS } from '../../lib/composition/run.ts';
import { tierConfig } from '../../lib/composition/tierConfig.ts';
import { answers, freePorts, need, type Started, startProcess, until } from '../real/processes.ts';
import { redisArgs } from '../real/redis.ts';
import { executable, INTAKE_TOKEN } from './deployment.ts';

/** Each machine is a cluster of its own, so that one trouble is one incident. */
export const clusterOf = (name: string): string => `c-${name}`;

/** Real Redis servers with their exporters, one a machine, and real Prometheus and Alertmanager. */
export class Site {
  readonly folder: string;
  readonly names: readonly string[];
  readonly #ports: readonly number[];
  readonly #started: Started[] = [];

  /** What every restart prints, as shell commands. */
  readonly #says: string;

  private constructor(folder: string, names: readonly string[], ports: readonly number[], says: string) {
    this.#says = says;
    this.folder = folder;
    this.names = names;
    this.#ports = ports;
  }

  static async open(names: readonly string[], says = ':'): Promise<Site> {
    need('prometheus', 'prometheus-alertmanager', 'redis-server', 'redis-cli', 'prometheus-redis-exporter');
    const folder = await mkdtemp(join(tmpdir(), 'nightshift-site-'));
    return new Site(folder, names, await freePorts(2 + 2 * names.length), says);
  }

  get prometheus(): string {
    return `http://127.0.0.1:${this.#ports[0]}`;
  }
  get alertmanager(): string {
    return `http://127.0.0.1:${this.#ports[1]}`;
  }
  redisPort(name: string): number {
    return this.#ports[2 + 2 * this.names.indexOf(name)] ?? 0;
  }

  /** What the runbook's environment is told to restart a machine's Redis with. */
  restart(name: string): Promise<string> {
    const { folder } = this;
    const server = `redis-server --port ${this.redisPort(name)} --bind 127.0.0.1 --dir ${folder} --save '' --daemonize yes`;
    return executable(
      join(folder, `restart-${name}`),
      `echo ${name} >> ${folder}/restarts\n${this.#says}\nexec ${server}`,
    );
  }
  /** How often a machine's Redis was restarted, by what the restarts themselves left. */
  async restarts(name: string): Promise<number> {
    const lines = await readFile(join(this.folder, 'restarts'), 'utf8').catch(() => '');
    return lines.split('\n').filter((line) => line === name).length;
  }

  /** `instances` are the ids of the machines, `nightshift` the URL of the HTTP API. */
  async start(instances: ReadonlyMap<string, string>, nightshift: string): Promise<void> {
    const exporter = (name: string) => this.#ports[3 + 2 * this.names.indexOf(name)] ?? 0;
    for (const name of this.names) {
      const port = this.redisPort(name);
      this.#process('redis-server', redisArgs(port, this.folder));
      this.#process('prometheus-redis-exporter', [
        `-redis.addr=redis://127.0.0.1:${port}`,
        `-web.listen-address=127.0.0.1:${exporter(name)}`,
      ]);
    }
    const [prometheusPort = 0, alertmanagerPort = 0] = this.#ports;
    await tierConfig({
      prometheusPort,
      alertmanagerPorts: [alertmanagerPort],
      nightshiftUrl: nightshift,
      token: INTAKE_TOKEN,
      targets: this.names.map((name) => {
        const instanceId = instances.get(name) ?? '';
        return {
          job: 'redis',
          address: `127.0.0.1:${exporter(name)}`,
          host: name,
          cluster: clusterOf(name),
          instanceId,
        };
      }),
      speed: 'fast',
      packsFolder: PACKS,
      outFolder: this.folder,
    });
    this.#process('prometheus-alertmanager', [
      `--config.file=${this.folder}/alertmanager.yml`,
      `--storage.path=${this.folder}/alertmanager`,
      `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
      '--cluster.listen-address=',
    ]);
    this.#process('prometheus', [
      `--config.file=${this.folder}/prometheus.yml`,
      `--storage.tsdb.path=${this.folder}/tsdb`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
      '--rules.alert.resend-delay=1s',
    ]);
    await until('Prometheus', () => answers(`${this.prometheus}/-/ready`));
    await until('Alertmanager', () => answers(`${this.alertmanager}/-/ready`));
    await until('every Redis to be scraped', async () =>
      (await this.query('sum(redis_up)')) === this.names.length ? true : null,
    );
  }

  #process(program: string, args: readonly string[]): void {
    this.#started.push(startProcess(program, args, join(this.folder, `${program}.log`)));
  }

  kill(...names: readonly string[]): void {
    for (const name of names) spawnSync('redis-cli', ['-p', String(this.redisPort(name)), 'shutdown', 'nosave']);
  }

  /** Tells Alertmanager of an alert as Prometheus would. */
  async raise(labels: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>>): Promise<void> {
    const body = JSON.stringify([{ labels, annotations }]);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.alertmanager}/api/v2/alerts`, { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(`Alertmanager: ${answer.status}`);
  }

  async query(expr: string): Promise<number | null> {
    const answer = await fetch(`${this.prometheus}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const body = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    const value = body.data.result[0]?.value[1];
    return value === undefined ? null : Number(value);
  }

  async stop(): Promise<void> {
    this.kill(...this.names);
    await Promise.all(this.#started.map((one) => one.stop('SIGKILL')));
    await rm(this.folder, { recursive: true, force: true });
  }
}
