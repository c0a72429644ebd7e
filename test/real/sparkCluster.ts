import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TierTarget } from '../../lib/composition/tierConfig.ts';
import { PACKS } from '../packs/files.ts';
import { component } from './components/components.ts';
import { freePorts, need, type Started, startProcess, until } from './processes.ts';

export const MEMBERS = ['master', 'one', 'two'] as const;
export type Member = (typeof MEMBERS)[number];
interface Ports {
  readonly rpc: number;
  readonly ui: number;
  readonly agent: number;
}

/** Ends what runs and starts it anew; what it prints goes to its own log. */
const restartScript = (folder: string, variables: Readonly<Record<string, string>>) => `#!/bin/bash
echo restart >> '${folder}/restarts'
if [ -s '${folder}/pid' ]; then
  kill "$(cat '${folder}/pid')" 2>/dev/null
  for _ in {1..100}; do kill -0 "$(cat '${folder}/pid')" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$(cat '${folder}/pid')" 2>/dev/null
fi
${Object.entries(variables)
  .map(([name, value]) => `export ${name}='${value}'`)
  .join('\n')}
setsid "$@" >> '${folder}/log' 2>&1 < /dev/null &
echo $! > '${folder}/pid'
`;

/** A real master and two workers on this machine, with the pack's agent in them. Each is a host of its own. */
export class SparkCluster {
  readonly #home = component('spark');
  readonly #agent = join(component('kafka'), 'agent', 'jmx.jar');
  readonly folder = mkdtempSync(join(tmpdir(), 'nightshift-spark-'));
  readonly #ports: ReadonlyMap<Member, Ports>;
  readonly #driver: Ports;

  private constructor(ports: readonly number[]) {
    const three = (at: number): Ports => {
      const [rpc = 0, ui = 0, agent = 0] = ports.slice(at, at + 3);
      return { rpc, ui, agent };
    };
    this.#ports = new Map(MEMBERS.map((member, at) => [member, three(3 * at)]));
    this.#driver = three(3 * MEMBERS.length);
  }

  static async start(): Promise<SparkCluster> {
    need('curl', 'python3');
    const cluster = new SparkCluster(await freePorts(3 * MEMBERS.length + 3));
    try {
      mkdirSync(join(cluster.folder, 'conf'));
      const sink = '*.sink.jmx.class=org.apache.spark.metrics.sink.JmxSink\n';
      writeFileSync(join(cluster.folder, 'conf', 'metrics.properties'), sink);
      for (const member of MEMBERS) cluster.#prepare(member);
      for (const member of MEMBERS) cluster.begin(member);
      await until('two workers', async () => ((await cluster.alive()).length === 2 ? true : null));
    } catch (error) {
      cluster.stop();
      throw error;
    }
    return cluster;
  }

  portsOf(member: Member): Ports {
    return this.#ports.get(member) ?? this.#driver;
  }
  get #url(): string {
    return `spark://127.0.0.1:${this.portsOf('master').rpc}`;
  }
  ui(member: Member): string {
    return `http://127.0.0.1:${this.portsOf(member).ui}`;
  }
  #of(member: Member, file: string): string {
    return join(this.folder, member, file);
  }

  #prepare(member: Member): void {
    mkdirSync(join(this.folder, member));
    writeFileSync(this.#of(member, 'spark.properties'), 'spark.decommission.enabled true\n');
    const worker = member === 'master' ? '' : `worker.ui=${this.ui(member)}\n`;
    writeFileSync(this.#of(member, 'nightshift.properties'), `master.ui=${this.ui('master')}\n${worker}`);
    const variables = {
      ...this.#environment,
      SPARK_DAEMON_MEMORY: '256m',
      SPARK_WORKER_DIR: this.#of(member, 'work'),
      SPARK_DAEMON_JAVA_OPTS: this.#agentOption(this.portsOf(member).agent),
    };
    writeFileSync(this.#of(member, 'restart'), restartScript(join(this.folder, member), variables));
    chmodSync(this.#of(member, 'restart'), 0o700);
  }
  get #environment() {
    return { SPARK_HOME: this.#home, SPARK_CONF_DIR: join(this.folder, 'conf'), SPARK_LOCAL_IP: '127.0.0.1' };
  }
  #agentOption(port: number): string {
    return `-javaagent:${this.#agent}=127.0.0.1:${port}:${PACKS}spark/exporter/jmx-spark.yaml`;
  }

  /** As the inventory declares it. */
  restartCommand(member: Member): string[] {
    const { rpc, ui } = this.portsOf(member);
    const role = member === 'master' ? 'master.Master' : 'worker.Worker';
    const own = ['--host', '127.0.0.1', '--port', `${rpc}`, '--webui-port', `${ui}`];
    const work = member === 'master' ? [] : ['--cores', '2', '--memory', '1g', this.#url];
    const properties = ['--properties-file', this.#of(member, 'spark.properties')];
    const program = [join(this.#home, 'bin', 'spark-class'), `org.apache.spark.deploy.${role}`];
    return [this.#of(member, 'restart'), ...program, ...own, ...properties, ...work];
  }
  begin(member: Member): void {
    const [command = '', ...args] = this.restartCommand(member);
    spawnSync(command, args);
  }
  /** How often the declared command ran since the cluster was started. */
  restarts(member: Member): number {
    return readFileSync(this.#of(member, 'restarts'), 'utf8').trim().split('\n').length - 1;
  }
  kill(member: Member): void {
    const file = this.#of(member, 'pid');
    if (!existsSync(file)) return;
    try {
      process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ESRCH') throw error;
    }
  }

  /** What the master's page says of its workers. */
  async workers(): Promise<readonly { readonly webuiaddress: string; readonly state: string }[]> {
    const page = await fetch(`${this.ui('master')}/json/`);
    return ((await page.json()) as { workers: { webuiaddress: string; state: string }[] }).workers;
  }
  async alive(): Promise<readonly string[]> {
    return (await this.workers()).flatMap(({ state, webuiaddress }) => (state === 'ALIVE' ? [webuiaddress] : []));
  }

  /** A streaming query of one core that counts, with its checkpoint in the folder. */
  submit(): Started {
    const program = join(this.folder, 'orders.py');
    writeFileSync(program, QUERY);
    const { rpc, ui, agent } = this.#driver;
    const conf = {
      'spark.driver.port': rpc,
      'spark.ui.port': ui,
      'spark.ui.prometheus.enabled': true,
      'spark.sql.streaming.metricsEnabled': true,
      'spark.metrics.appStatusSource.enabled': true,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Spark fills it in.
      'spark.metrics.namespace': '${spark.app.name}',
      'spark.sql.shuffle.partitions': 2,
      'spark.decommission.enabled': true,
    };
    const memory = ['--driver-memory', '512m', '--executor-memory', '512m', '--total-executor-cores', '1'];
    const options = Object.entries(conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]);
    return startProcess(
      join(this.#home, 'bin', 'spark-submit'),
      ['--master', this.#url, ...memory, ...options, '--driver-java-options', this.#agentOption(agent), program],
      join(this.folder, 'driver.log'),
      { ...process.env, ...this.#environment, CHECKPOINT: join(this.folder, 'checkpoint') },
    );
  }

  get targets(): TierTarget[] {
    const target = (job: string, host: string, port: number): TierTarget => {
      return { job, host, address: `127.0.0.1:${port}`, cluster: 'real' };
    };
    return [
      ...MEMBERS.map((member) => target(serviceOf(member), member, this.portsOf(member).agent)),
      target('spark-driver', 'driver', this.#driver.agent),
      target('spark-executors', 'driver', this.#driver.ui),
    ];
  }
  get hosts() {
    return MEMBERS.map((member, at) => ({
      id: member,
      cluster: 'real',
      addresses: [`127.0.0.${at + 30}`],
      services: [serviceOf(member)],
      restart: { [serviceOf(member)]: this.restartCommand(member) },
    }));
  }

  stop(): void {
    for (const member of MEMBERS) this.kill(member);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export const serviceOf = (member: Member) => (member === 'master' ? 'spark-master' : 'spark-worker');

const QUERY = `import os
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("orders").getOrCreate()
rows = spark.readStream.format("rate").option("rowsPerSecond", 50).load()
counts = rows.withWatermark("timestamp", "5 seconds").groupBy("timestamp").count()
sink = counts.writeStream.outputMode("update").format("noop").queryName("orders")
sink.option("checkpointLocation", os.environ["CHECKPOINT"]).trigger(processingTime="1 second").start().awaitTermination()
`;
