import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { KafkaCluster, NODES, type Node } from '../../test/real/kafkaCluster.ts';
import { until } from '../../test/real/processes.ts';
import type { Dice } from '../scoring/draws.ts';

/** The broker that is told to collect its heap. */
const COLLECTED: Node = 2;
const TOPIC = 'orders';
const PARTITIONS = 6;
const MOST_WAITING = 1_000_000;
const PAYLOAD = 'p'.repeat(180);

/** Three real brokers, Kafka's own console producer that is fed with the load, and a group that reads all of it. */
export class KafkaSite {
  readonly hosts = NODES.map((node) => `k${node}`);
  /** What a fault sets: how many times the usual messages (0: none), and whether one key has them all. */
  surge = 1;
  skewed = false;
  readonly #cluster: KafkaCluster;
  readonly #dice: Dice;
  #producer: ChildProcess | null = null;
  #consumer: ChildProcess | null = null;
  #collecting = false;

  private constructor(cluster: KafkaCluster, dice: Dice) {
    this.#cluster = cluster;
    this.#dice = dice;
  }

  static async start(dice: Dice): Promise<KafkaSite> {
    const cluster = await KafkaCluster.start();
    const site = new KafkaSite(cluster, dice);
    cluster.topic(
      TOPIC,
      '--partitions',
      `${PARTITIONS}`,
      '--replication-factor',
      '3',
      '--config',
      'retention.bytes=16777216',
      '--config',
      'segment.bytes=4194304',
    );
    site.#producer = site.#tool(
      'ConsoleProducer',
      '--topic',
      TOPIC,
      '--property',
      'parse.key=true',
      '--property',
      'key.separator=,',
      '--producer-property',
      'linger.ms=10',
      '--producer-property',
      'retries=1000',
    );
    site.#consumer = site.#tool('consumer.ConsoleConsumer', '--topic', TOPIC, '--group', 'billing');
    await site.#attach(COLLECTED);
    return site;
  }

  #tool(name: string, ...args: string[]): ChildProcess {
    const log = openSync(join(this.#cluster.folder, `${name}.log`), 'a');
    const child = spawn(
      join(this.#cluster.home, 'bin', 'kafka-run-class.sh'),
      [`org.apache.kafka.tools.${name}`, '--bootstrap-server', this.#cluster.bootstrap, ...args],
      { stdio: ['pipe', 'ignore', log] },
    );
    child.stdin?.on('error', (error) => process.stderr.write(`${name}: ${error.message}\n`));
    return child;
  }

  get targets() {
    return this.#cluster.targets.map(({ job, host, address }) => ({ job, host, address, path: '/metrics' }));
  }

  work(load: number, seconds: number): void {
    const input = this.#producer?.stdin;
    if (!input || input.writableLength > MOST_WAITING) return;
    const mean = (60 + 440 * load) * this.surge * seconds;
    const count = Math.max(0, Math.round(mean + Math.sqrt(mean) * this.#dice.normal()));
    let lines = '';
    for (let one = 0; one < count; one += 1) lines += `${this.skewed ? 7 : this.#dice.whole(0, 9_999)},${PAYLOAD}\n`;
    if (lines !== '') input.write(lines);
  }

  pauseConsumer(): void {
    this.#consumer?.kill('SIGSTOP');
  }
  goOnConsumer(): void {
    this.#consumer?.kill('SIGCONT');
  }
  kill(node: Node): void {
    this.#cluster.kill(node);
  }
  begin(node: Node): void {
    this.#cluster.begin(node);
  }

  #pid(node: Node): number {
    return Number(readFileSync(join(this.#cluster.folder, `k${node}`, 'pid'), 'utf8'));
  }
  /** From then on the JVM takes commands at a socket. Not while load is given: it would stand still meanwhile. */
  async #attach(node: Node): Promise<void> {
    await until(`a JVM that takes commands, k${node}`, () => {
      const { status } = spawnSync('jcmd', [`${this.#pid(node)}`, 'VM.version']);
      return status === 0 && existsSync(`/tmp/.java_pid${this.#pid(node)}`) ? true : null;
    });
  }
  /** A full collection now, as `jcmd GC.run` asks for it, without the JVM that jcmd is; nothing while the last one goes on. */
  collect(): void {
    if (this.#collecting) return;
    this.#collecting = true;
    const socket = connect(`/tmp/.java_pid${this.#pid(COLLECTED)}`);
    socket.on('error', (error) => process.stderr.write(`k${COLLECTED}: ${error.message}\n`));
    socket.on('close', () => {
      this.#collecting = false;
    });
    socket.resume().write('1\0jcmd\0GC.run\0\0\0');
  }

  stop(): void {
    this.#producer?.kill('SIGKILL');
    this.#consumer?.kill('SIGKILL');
    this.#cluster.stop();
  }
}
