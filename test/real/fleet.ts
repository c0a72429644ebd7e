import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBundle, loadSettings } from '../../lib/composition/catalogueFiles.ts';
import { PACKS, type Running, run } from '../../lib/composition/run.ts';
import { tierConfig } from '../../lib/composition/tierConfig.ts';
import type { Incident } from '../../lib/model/incident.ts';
import type { Settings } from '../../lib/model/settings.ts';
import { type Gate, openGate } from './gate.ts';
import { answers, freePorts, need, type Started, startProcess, until } from './processes.ts';
import { type FleetHost, RedisHosts } from './redisHosts.ts';

export interface FleetOptions {
  readonly hosts: readonly FleetHost[];
  readonly policies: string;
  /** Two form a gossip cluster whose members do not wait for each other, so that both send. */
  readonly alertmanagers?: 1 | 2;
  readonly settings?: Partial<Settings>;
}
export type Replica = 'a' | 'b';

interface Ports {
  readonly prometheus: Readonly<Record<Replica, number>>;
  readonly members: readonly { readonly port: number; readonly gossip: number }[];
  readonly gate: number;
  readonly nightshift: number;
}

const TOKEN = 'a-token-for-one-fleet-only';
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };
const local = (port: number) => `http://127.0.0.1:${port}`;

/** Several hosts, Prometheus, Alertmanager, the way to Nightshift, and Nightshift. */
export class Fleet {
  readonly folder: string;
  readonly hosts: RedisHosts;
  readonly #ports: Ports;
  readonly #options: FleetOptions;
  readonly #others: Started[] = [];
  readonly #prometheus = new Map<Replica, Started>();
  #gate: Gate | null = null;
  #nightshift: Running | null = null;

  private constructor(folder: string, ports: readonly number[], options: FleetOptions) {
    const [a = 0, b = 0, one = 0, two = 0, gossipOne = 0, gossipTwo = 0, gate = 0, nightshift = 0, ...rest] = ports;
    const pair = [
      { port: one, gossip: gossipOne },
      { port: two, gossip: gossipTwo },
    ];
    this.folder = folder;
    this.hosts = new RedisHosts(folder, options.hosts, rest);
    this.#ports = { prometheus: { a, b }, members: pair.slice(0, options.alertmanagers ?? 1), gate, nightshift };
    this.#options = options;
  }

  static async start(options: FleetOptions): Promise<Fleet> {
    need('prometheus', 'prometheus-alertmanager', 'redis-server', 'redis-cli', 'prometheus-redis-exporter');
    const folder = await mkdtemp(join(tmpdir(), 'nightshift-fleet-'));
    const fleet = new Fleet(folder, await freePorts(8 + 2 * options.hosts.length), options);
    try {
      await fleet.#begin();
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  get gate(): Gate {
    if (this.#gate === null) throw new Error('the gate is not open');
    return this.#gate;
  }
  get nightshift(): Running {
    if (this.#nightshift === null) throw new Error('Nightshift does not run');
    return this.#nightshift;
  }
  get alertmanagerUrls(): string[] {
    return this.#ports.members.map(({ port }) => local(port));
  }
  prometheusUrl(replica: Replica): string {
    return local(this.#ports.prometheus[replica]);
  }

  async #begin(): Promise<void> {
    const { hosts, policies } = this.#options;
    await mkdir(join(this.folder, 'policies'));
    await writeFile(join(this.folder, 'policies', 'operator.yaml'), policies);
    await this.hosts.writeInventory();
    this.#gate = await openGate(this.#ports.gate, local(this.#ports.nightshift));
    this.#others.push(...this.hosts.start());
    await this.startPrometheus('a');
    this.#startAlertmanagers();
    await this.#startNightshift();
    await Promise.all(this.alertmanagerUrls.map((url) => until(url, () => answers(`${url}/-/ready`))));
    await until('every exporter to be scraped', async () =>
      (await this.query('count(redis_up == 1)')) === hosts.length ? true : null,
    );
  }

  /** Where nothing is written before, its memory is empty; stopped and started, it has the same. */
  async startPrometheus(replica: Replica): Promise<void> {
    const port = this.#ports.prometheus[replica];
    const outFolder = join(this.folder, `tier-${replica}`);
    await tierConfig({
      prometheusPort: port,
      alertmanagerPorts: this.#ports.members.map((member) => member.port),
      nightshiftUrl: this.gate.url,
      token: TOKEN,
      targets: this.hosts.targets,
      speed: 'fast',
      packsFolder: PACKS,
      outFolder,
      replica,
    });
    const args = [
      `--config.file=${outFolder}/prometheus.yml`,
      `--storage.tsdb.path=${this.folder}/tsdb-${replica}`,
      `--web.listen-address=127.0.0.1:${port}`,
      // Alertmanager keeps an alert for four of these: longer than a restart takes, as with the shipped minute.
      '--rules.alert.resend-delay=5s',
    ];
    this.#prometheus.set(replica, startProcess('prometheus', args, join(this.folder, `prometheus-${replica}.log`)));
    await until(`Prometheus ${replica}`, () => answers(`${local(port)}/-/ready`));
  }

  async stopPrometheus(replica: Replica): Promise<void> {
    await this.#prometheus.get(replica)?.stop();
    this.#prometheus.delete(replica);
  }

  #startAlertmanagers(): void {
    const { members } = this.#ports;
    for (const [index, { port, gossip }] of members.entries()) {
      const address = `127.0.0.1:${gossip}`;
      const pair = [`--cluster.listen-address=${address}`, `--cluster.advertise-address=${address}`];
      const others = members.filter((member) => member.gossip !== gossip);
      const peers = others.map((other) => `--cluster.peer=127.0.0.1:${other.gossip}`);
      // Nobody waits for the other, and what one has sent is told to the other too late.
      const impatient = ['--cluster.peer-timeout=1ms', '--cluster.gossip-interval=5s', '--cluster.settle-timeout=1s'];
      const args = [
        `--config.file=${this.folder}/tier-a/alertmanager.yml`,
        `--storage.path=${this.folder}/alertmanager-${index}`,
        `--web.listen-address=127.0.0.1:${port}`,
        ...(peers.length > 0 ? [...pair, ...peers, ...impatient] : ['--cluster.listen-address=']),
      ];
      this.#others.push(startProcess('prometheus-alertmanager', args, join(this.folder, `alertmanager-${index}.log`)));
    }
  }

  async #startNightshift(): Promise<void> {
    const shipped = await loadSettings(null, {});
    const { nightshift: port, members } = this.#ports;
    const settings: Settings = {
      ...shipped,
      listen: { host: '127.0.0.1', port },
      url: local(port),
      dataFolder: join(this.folder, 'data'),
      prometheus: { url: this.prometheusUrl('a'), timeout: 5_000 },
      alertmanager: { url: local(members[0]?.port ?? 0), timeout: 5_000 },
      intake: { ...shipped.intake, tokens: [TOKEN] },
      runner: { ...shipped.runner, poll: 200 },
      closeAfter: 500,
      ...this.#options.settings,
    };
    const bundle = await loadBundle({ packsFolder: PACKS, policiesFolder: join(this.folder, 'policies') });
    const inventoryFile = join(this.folder, 'inventory.yaml');
    this.#nightshift = await run({ settings, bundle, inventoryFile, log: QUIET });
  }

  /** The first value of an instant query, null where nothing is there. */
  async query(expr: string, replica: Replica = 'a'): Promise<number | null> {
    const answer = await fetch(`${this.prometheusUrl(replica)}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const body = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    const value = body.data.result[0]?.value[1];
    return value === undefined ? null : Number(value);
  }

  /** Every incident of a host, newest first. */
  async incidentsOf(host: string): Promise<Incident[]> {
    const { operations } = this.nightshift.embedded;
    const { items } = await operations.incidents({ limit: 50, host });
    return Promise.all(items.map(({ id }) => operations.incident(id)));
  }

  /** The host's newest incident, once it satisfies. */
  async incident(
    host: string,
    what: string,
    satisfies: (one: Incident) => boolean,
    within = 40_000,
  ): Promise<Incident> {
    const ask = async () => (await this.incidentsOf(host)).find((one) => satisfies(one)) ?? null;
    return until(`the incident of ${host}: ${what}`, ask, within);
  }

  async stop(): Promise<void> {
    await this.#nightshift?.stop();
    await this.#gate?.close();
    this.hosts.killAll();
    const all = [...this.#others, ...this.#prometheus.values()];
    await Promise.all(all.map((started) => started.stop('SIGKILL')));
    await rm(this.folder, { recursive: true, force: true });
  }
}
