import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KafkaCluster } from './kafkaCluster.ts';
import { startProcess } from './processes.ts';

export interface Writer {
  /** Every line of Kafka's own VerifiableProducer so far. */
  lines(): readonly Record<string, unknown>[];
  /** What was not acknowledged in the end, with its error. */
  refused(): readonly Record<string, unknown>[];
  stop(): Promise<void>;
}

/** A producer that asks for all replicas and is idempotent; it writes down what was acknowledged, and counts from 0. */
export function startWriter(kafka: KafkaCluster, topic: string): Writer {
  const log = join(kafka.folder, 'writer');
  // By itself it tries nothing again, so that it can count; a writer that wants its messages kept does.
  const config = join(kafka.folder, 'writer.properties');
  writeFileSync(config, 'retries=2147483647\nenable.idempotence=true\ndelivery.timeout.ms=120000\n');
  const started = startProcess(
    join(kafka.home, 'bin', 'kafka-verifiable-producer.sh'),
    [
      '--bootstrap-server',
      kafka.bootstrap,
      '--topic',
      topic,
      '--acks',
      '-1',
      '--throughput',
      '200',
      '--command-config',
      config,
    ],
    log,
  );
  const lines = () =>
    readFileSync(log, 'utf8')
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    lines,
    refused: () => lines().filter(({ name }) => name === 'producer_send_error'),
    stop: () => started.stop(),
  };
}

/** The values that were acknowledged. */
export const acknowledgedOf = (writer: Writer): string[] =>
  writer.lines().flatMap(({ name, value }) => (name === 'producer_send_success' ? [String(value)] : []));

/** Every value of a topic, from its beginning. */
export const storedIn = (kafka: KafkaCluster, topic: string): string[] =>
  kafka
    .ask('kafka-console-consumer', '--topic', topic, '--from-beginning', '--timeout-ms', '8000')
    .split('\n')
    .slice(0, -1);
