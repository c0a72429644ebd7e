import { writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { PACKS } from '../../test/packs/files.ts';
import { component } from '../../test/real/components/components.ts';
import { freePorts, type Started, startProcess, until } from '../../test/real/processes.ts';
import { type Member, SparkCluster } from '../../test/real/sparkCluster.ts';
import type { Dice } from '../scoring/draws.ts';

/** Counts words of the lines that come in; what a line costs is in its second word. */
const QUERY = (port: number) => `from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("words").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
lines = spark.readStream.format("socket").option("host", "127.0.0.1").option("port", ${port}).load()
work = "aggregate(sequence(1, int(split(value, ' ')[1])), 0L, (a, x) -> a + x) AS work"
counts = lines.selectExpr("split(value, ' ')[0] AS word", work).groupBy("word").agg({"work": "sum", "*": "count"})
sink = counts.writeStream.outputMode("update").format("noop").queryName("words")
sink.trigger(processingTime="2 seconds").start().awaitTermination()
`;
/** The cluster calls whatever is none of its members its driver. */
const DRIVER = 'driver' as Member;
const MOST_WAITING = 1_000_000;

/** A real master with two workers, and a streaming query that is fed with the load over a socket. */
export class SparkSite {
  readonly hosts = ['master', 'one', 'two', 'driver'];
  /** What a fault sets: how many times the usual lines, and the share of them that is heavy. */
  surge = 1;
  heavy = 0;
  readonly #cluster: SparkCluster;
  readonly #dice: Dice;
  readonly #readers = new Set<Socket>();
  #server: Server | null = null;
  #driver: Started | null = null;

  private constructor(cluster: SparkCluster, dice: Dice) {
    this.#cluster = cluster;
    this.#dice = dice;
  }

  static async start(dice: Dice): Promise<SparkSite> {
    const site = new SparkSite(await SparkCluster.start(), dice);
    const [port = 0] = await freePorts(1);
    site.#server = createServer((reader) => {
      site.#readers.add(reader);
      reader.on('error', () => reader.destroy()).on('close', () => site.#readers.delete(reader));
    });
    site.#server.listen(port, '127.0.0.1');
    site.#driver = site.#submit(port);
    await until('the query', () => (site.#readers.size > 0 ? true : null), 120_000);
    return site;
  }

  #submit(port: number): Started {
    const { folder } = this.#cluster;
    const program = join(folder, 'words.py');
    writeFileSync(program, QUERY(port));
    const [master, driver] = [this.#cluster.portsOf('master'), this.#cluster.portsOf(DRIVER)];
    const agent = `${component('kafka')}/agent/jmx.jar=127.0.0.1:${driver.agent}:${PACKS}spark/exporter/jmx-spark.yaml`;
    const conf = {
      'spark.driver.port': driver.rpc,
      'spark.ui.port': driver.ui,
      'spark.ui.prometheus.enabled': true,
      'spark.sql.streaming.metricsEnabled': true,
      'spark.metrics.appStatusSource.enabled': true,
      'spark.metrics.namespace': 'words',
      'spark.sql.shuffle.partitions': 2,
    };
    const memory = ['--driver-memory', '512m', '--executor-memory', '512m', '--total-executor-cores', '2'];
    const options = Object.entries(conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]);
    const home = component('spark');
    return startProcess(
      join(home, 'bin', 'spark-submit'),
      [
        '--master',
        `spark://127.0.0.1:${master.rpc}`,
        ...memory,
        ...options,
        '--driver-java-options',
        `-javaagent:${agent}`,
        program,
      ],
      join(folder, 'driver.log'),
      { ...process.env, SPARK_HOME: home, SPARK_CONF_DIR: join(folder, 'conf'), SPARK_LOCAL_IP: '127.0.0.1' },
    );
  }

  get targets() {
    return this.#cluster.targets.map(({ job, host, address }) => {
      return { job, host, address, path: job === 'spark-executors' ? '/metrics/executors/prometheus' : '/metrics' };
    });
  }

  work(load: number, seconds: number): void {
    const mean = (10 + 190 * load) * this.surge * seconds;
    const count = Math.max(0, Math.round(mean + Math.sqrt(mean) * this.#dice.normal()));
    let lines = '';
    for (let one = 0; one < count; one += 1) {
      const cost = this.#dice.chance(this.heavy) ? 1_000_000 : this.#dice.whole(10, 1_000);
      lines += `w${this.#dice.whole(0, 999)} ${cost}\n`;
    }
    for (const reader of this.#readers) if (lines !== '' && reader.writableLength < MOST_WAITING) reader.write(lines);
  }

  kill(member: Member): void {
    this.#cluster.kill(member);
  }
  begin(member: Member): void {
    this.#cluster.begin(member);
  }

  async stop(): Promise<void> {
    await this.#driver?.stop('SIGKILL');
    this.#cluster.stop();
    this.#server?.close();
    for (const reader of this.#readers) reader.destroy();
  }
}
