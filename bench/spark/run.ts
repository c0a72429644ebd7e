import { spawn } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { bundle } from '../../infra/spark/bundle.ts';
import { component } from '../../test/real/components/components.ts';
import { made } from '../../test/scoring/made.ts';

// node bench/spark/run.ts: ten million samples scored by Spark on two threads of this machine and by the command, compared series by
// series to the last byte, with the time of each. Writes bench/spark/results.json.
const [SERIES, DAYS, FILES] = [1_000, 35, 20];
const BIN = join(import.meta.dirname, '../../bin/nightshift.mjs');
const COLUMNS = ['--format', 'tsv', '--columns', 'series,timestamp,value'];

const folder = mkdtempSync(join(tmpdir(), 'nightshift-spark-bench-'));
const tell = (text: string) => process.stderr.write(`${text}\n`);

/** Each file of the archive holds rows of every series, a stretch of time each, as collectors write them. */
async function archive(): Promise<number> {
  mkdirSync(join(folder, 'archive'));
  const files = Array.from({ length: FILES }, (_, at) => createWriteStream(join(folder, 'archive', `${at}.csv`)));
  for (const file of files) file.write('series,timestamp,value\n');
  const sorted = createWriteStream(join(folder, 'sorted.tsv'));
  let count = 0;
  for (let one = 0; one < SERIES; one += 1) {
    const { times, values } = made(one + 1, { days: DAYS });
    const lines = times.map((time, at) => [`host-${one}`, time, (values[at] ?? 0).toFixed(3)] as const);
    const each = Math.ceil(lines.length / FILES);
    for (const [at, file] of files.entries()) {
      const rows = lines.slice(at * each, (at + 1) * each).map((line) => `${line.join()}\n`);
      if (!file.write(rows.join(''))) await once(file, 'drain');
    }
    if (!sorted.write(lines.map((line) => `${line.join('\t')}\n`).join(''))) await once(sorted, 'drain');
    count += lines.length;
  }
  await Promise.all([...files, sorted].map((file) => new Promise((done) => file.end(done))));
  return count;
}

/** A hash of the lines of each series, in their order. */
class Hashes {
  readonly #of = new Map<string, Hash>();
  lines = 0;

  async read(stream: Readable, head = 0): Promise<void> {
    let skip = head;
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (skip-- > 0) continue;
      const series = line.slice(0, line.indexOf('\t'));
      const hash = this.#of.get(series) ?? createHash('sha256');
      this.#of.set(series, hash.update(`${line}\n`));
      this.lines += 1;
    }
  }
  get digest(): string {
    const all = [...this.#of].map(([series, hash]) => `${series} ${hash.digest('hex')}`).sort();
    return createHash('sha256').update(all.join('\n')).digest('hex');
  }
}

async function ended(child: ReturnType<typeof spawn>, what: string): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${what} ended with ${code}`);
}

async function bySpark(): Promise<number> {
  const launcher = await bundle(join(folder, 'spark'));
  const own = ['score', '--archive', join(folder, 'archive'), '--out', join(folder, 'scores')];
  const spark = ['--', '--master', 'local[2]', '--driver-memory', '2g', '--conf', 'spark.ui.enabled=false'];
  const from = performance.now();
  const child = spawn(launcher, [...own, ...spark], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      SPARK_HOME: component('spark'),
      SPARK_LOCAL_IP: '127.0.0.1',
    },
  });
  await ended(child, 'Spark');
  return (performance.now() - from) / 1000;
}

async function byCommand(hashes: Hashes): Promise<number> {
  const from = performance.now();
  const child = spawn(process.execPath, [BIN, 'score', ...COLUMNS], { stdio: ['pipe', 'pipe', 'inherit'] });
  createReadStream(join(folder, 'sorted.tsv')).pipe(child.stdin);
  const end = ended(child, 'nightshift score');
  await hashes.read(child.stdout, 1);
  await end;
  return (performance.now() - from) / 1000;
}

try {
  tell(`${SERIES} series of ${DAYS} days are written to ${folder}`);
  const samples = await archive();
  tell(`${samples} samples; Spark on local[2]`);
  const sparkSeconds = await bySpark();
  const [fromSpark, fromCommand] = [new Hashes(), new Hashes()];
  const parts = readdirSync(join(folder, 'scores')).filter((name) => name.startsWith('part-'));
  for (const name of parts.sort()) await fromSpark.read(createReadStream(join(folder, 'scores', name)));
  tell('nightshift score');
  const commandSeconds = await byCommand(fromCommand);
  const results = {
    machine: { cpu: cpus()[0]?.model ?? '', node: process.version, measuredAt: new Date().toISOString().slice(0, 10) },
    samples,
    scored: { spark: fromSpark.lines, command: fromCommand.lines },
    identical: fromSpark.digest === fromCommand.digest,
    seconds: { spark: Math.round(sparkSeconds), command: Math.round(commandSeconds) },
  };
  writeFileSync(join(import.meta.dirname, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  if (!results.identical) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
