import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TierTarget } from '../../lib/composition/tierConfig.ts';
import { PACKS } from '../packs/files.ts';
import { component } from './components/components.ts';
import { freePorts, until } from './processes.ts';

export const NODES = [1, 2, 3] as const;
export type Node = (typeof NODES)[number];
interface Ports {
  readonly broker: number;
  readonly controller: number;
  readonly agent: number;
}

/** Ends what runs, as its operator would, and starts it anew; what it prints goes to the broker's own log. */
const restartScript = (node: string, kafka: string, agent: string) => `#!/bin/bash
start="$1" config="$2"
echo restart >> '${node}/restarts'
if [ -s '${node}/pid' ] && kill "$(cat '${node}/pid')" 2>/dev/null; then
  for _ in {1..300}; do kill -0 "$(cat '${node}/pid')" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$(cat '${node}/pid')" 2>/dev/null
fi
export KAFKA_HEAP_OPTS='-Xmx256m -Xms64m' KAFKA_LOG4J='${kafka}/config/log4j2.xml' KAFKA_OPTS='-javaagent:${agent}'
setsid "$start" "$config" >> '${node}/log' 2>&1 < /dev/null &
echo $! > '${node}/pid'
`;

/** Three real brokers on this machine, each also a controller, with the pack's agent in them. Each is a host of its own. */
export class KafkaCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'nightshift-kafka-'));
  readonly home = join(this.folder, 'kafka');
  readonly #ports: ReadonlyMap<Node, Ports>;

  private constructor(ports: readonly number[]) {
    this.#ports = new Map(
      NODES.map((node, at) => {
        const [broker = 0, controller = 0, agent = 0] = ports.slice(3 * at, 3 * at + 3);
        return [node, { broker, controller, agent }];
      }),
    );
  }

  static async start(): Promise<KafkaCluster> {
    const installed = component('kafka');
    const cluster = new KafkaCluster(await freePorts(3 * NODES.length));
    try {
      symlinkSync(installed, cluster.home);
      for (const node of NODES) cluster.#format(node);
      for (const node of NODES) cluster.begin(node);
      await until('three brokers', () => (cluster.answering().length === NODES.length ? true : null));
    } catch (error) {
      cluster.stop();
      throw error;
    }
    return cluster;
  }

  portsOf(node: Node): Ports {
    return this.#ports.get(node) ?? { broker: 0, controller: 0, agent: 0 };
  }
  get bootstrap(): string {
    return NODES.map((node) => `127.0.0.1:${this.portsOf(node).broker}`).join(',');
  }
  #of(node: Node, file: string): string {
    return join(this.folder, `k${node}`, file);
  }

  #format(node: Node): void {
    const { broker, controller, agent } = this.portsOf(node);
    mkdirSync(join(this.folder, `k${node}`));
    const voters = NODES.map((id) => `${id}@127.0.0.1:${this.portsOf(id).controller}`).join(',');
    const listeners = `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`;
    const settings = {
      'node.id': node,
      'process.roles': 'broker,controller',
      listeners,
      'advertised.listeners': listeners,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'controller.quorum.voters': voters,
      'log.dirs': this.#of(node, 'data'),
      'default.replication.factor': 3,
      'min.insync.replicas': 2,
      'offsets.topic.replication.factor': 3,
      'offsets.topic.num.partitions': 3,
      'auto.create.topics.enable': false,
      // Leaders move when the runbook says so.
      'auto.leader.rebalance.enable': false,
      'log.cleaner.dedupe.buffer.size': 4_194_304,
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(this.config(node), lines.join(''));
    writeFileSync(this.#of(node, 'nightshift.properties'), `bootstrap.servers=${this.bootstrap}\n`);
    const agentOption = `${this.home}/agent/jmx.jar=127.0.0.1:${agent}:${PACKS}kafka/exporter/jmx-broker.yaml`;
    writeFileSync(this.#of(node, 'restart'), restartScript(join(this.folder, `k${node}`), this.home, agentOption));
    chmodSync(this.#of(node, 'restart'), 0o700);
    this.tool('kafka-storage', ['format', '-t', '4L6g3nShT-eMCtK--X86sw', '-c', this.config(node)]);
  }

  config(node: Node): string {
    return this.#of(node, 'server.properties');
  }
  /** As the inventory declares it. */
  restartCommand(node: Node): string[] {
    return [this.#of(node, 'restart'), `${this.home}/bin/kafka-server-start.sh`, this.config(node)];
  }
  begin(node: Node): void {
    const [command = '', ...args] = this.restartCommand(node);
    spawnSync(command, args);
  }
  /** How often the declared command ran since the cluster was started. */
  restarts(node: Node): number {
    return readFileSync(this.#of(node, 'restarts'), 'utf8').trim().split('\n').length - 1;
  }

  kill(node: Node, signal: NodeJS.Signals = 'SIGKILL'): void {
    const file = this.#of(node, 'pid');
    if (!existsSync(file)) return;
    try {
      process.kill(Number(readFileSync(file, 'utf8')), signal);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ESRCH') throw error;
    }
  }

  /** One of Kafka's own tools; throws what it complains of. */
  tool(name: string, args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(join(this.home, 'bin', `${name}.sh`), args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${name} ${args.join(' ')}\n${stdout}${stderr}`);
    return stdout;
  }
  ask(name: string, ...args: string[]): string {
    return this.tool(name, ['--bootstrap-server', this.bootstrap, ...args]);
  }
  /** Ids of the brokers that answer at this moment. */
  answering(): Node[] {
    const said = this.ask('kafka-broker-api-versions');
    return NODES.filter((node) => new RegExp(`\\(id: ${node} .*-> \\($`, 'm').test(said));
  }
  topic(name: string, ...more: string[]): void {
    this.ask('kafka-topics', '--create', '--topic', name, ...more);
  }
  /** The active controller. */
  leader(): Node {
    const id = Number(/LeaderId:\s+(\d+)/.exec(this.ask('kafka-metadata-quorum', 'describe', '--status'))?.[1]);
    return NODES.find((node) => node === id) ?? NODES[0];
  }
  /** Nothing is under-replicated and nobody is fenced. */
  isWhole(): true | null {
    const lagging = this.ask('kafka-topics', '--describe', '--under-replicated-partitions').trim();
    return lagging === '' && this.answering().length === NODES.length ? true : null;
  }

  get targets(): TierTarget[] {
    return NODES.map((node) => {
      const address = `127.0.0.1:${this.portsOf(node).agent}`;
      return { job: 'kafka', address, host: `k${node}`, cluster: 'real' };
    });
  }
  get hosts() {
    return NODES.map((node) => ({
      id: `k${node}`,
      cluster: 'real',
      addresses: [`127.0.0.${node + 20}`],
      services: ['kafka'],
      restart: { kafka: this.restartCommand(node) },
    }));
  }

  stop(): void {
    for (const node of NODES) this.kill(node);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
