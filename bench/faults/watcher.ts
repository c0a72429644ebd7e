import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PACKS } from '../../test/packs/files.ts';
import { answers, freePorts, need, type Started, startProcess, until } from '../../test/real/processes.ts';
import { MINUTE } from './time.ts';

export interface Target {
  /** As the packs' scrape.yaml names it; also its service. */
  readonly job: string;
  readonly host: string;
  /** host:port. */
  readonly address: string;
  readonly path: string;
}
export interface Indicator {
  readonly id: string;
  readonly expr: string;
  readonly direction: 'high' | 'low' | 'both';
}
export interface Rule {
  readonly pack: string;
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
}
interface Pack {
  readonly services: readonly string[];
  readonly indicators: readonly Indicator[];
}
export interface Line {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

export const CLUSTER = 'faults';
/** Milliseconds between two scrapes, which is what an answer may take: of an exporter in Go, of an agent in a JVM. */
export const scrapeOf = (job: string): number => (job === 'redis' || job === 'node' ? 2 : 4) * MINUTE;
/** Two scrapes at least; what a failed one leaves is gone at once anyway. */
const LOOKBACK = 10 * MINUTE;
const MOST_STEPS = 10_000;

const packs = readdirSync(PACKS).map((name) => parse(readFileSync(join(PACKS, name, 'pack.yaml'), 'utf8')) as Pack);
export const indicatorsOf = (job: string): readonly Indicator[] =>
  packs.filter(({ services }) => services.includes(job)).flatMap(({ indicators }) => indicators);
export const rules = (): readonly Rule[] =>
  readdirSync(PACKS).flatMap((pack) => {
    const { groups } = parse(readFileSync(join(PACKS, pack, 'rules.yaml'), 'utf8')) as { groups: { rules: Rule[] }[] };
    return groups.flatMap((group) => group.rules.map((rule) => ({ ...rule, pack })));
  });

/** A real Prometheus that scrapes each target as often as the made-up time wants it. */
export class Watcher {
  readonly targets: readonly Target[];
  readonly #started: Started;
  readonly #url: string;

  private constructor(targets: readonly Target[], started: Started, url: string) {
    this.targets = targets;
    this.#started = started;
    this.#url = url;
  }

  static async start(folder: string, targets: readonly Target[]): Promise<Watcher> {
    need('prometheus');
    const [port = 0] = await freePorts(1);
    const scrape_configs = targets.map(({ job, host, address, path }) => ({
      job_name: `${job}/${host}`,
      metrics_path: path,
      scrape_interval: `${scrapeOf(job)}ms`,
      scrape_timeout: `${scrapeOf(job)}ms`,
      static_configs: [{ targets: [address], labels: { job, host, service: job, cluster: CLUSTER } }],
    }));
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify({ scrape_configs }));
    const args = [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/tsdb`,
      `--query.lookback-delta=${LOOKBACK}ms`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const started = startProcess('prometheus', args, join(folder, 'prometheus.log'));
    const url = `http://127.0.0.1:${port}`;
    await until('Prometheus', () => answers(`${url}/-/ready`));
    const watcher = new Watcher(targets, started, url);
    await until('every target', async () => ((await watcher.now('count(up == 1)')) === targets.length ? true : null));
    return watcher;
  }

  /** The first value of an instant query, null where there is none. */
  async now(query: string): Promise<number | null> {
    const [line] = await this.#ask<{ value: readonly [number, string] }>('query', { query });
    return line === undefined ? null : Number(line.value[1]);
  }

  /** From and to in Unix milliseconds, step in milliseconds. */
  async range(query: string, from: number, to: number, step: number): Promise<readonly Line[]> {
    const joined = new Map<string, { metric: Line['metric']; values: (readonly [number, string])[] }>();
    for (let at = from; at <= to; at += step * MOST_STEPS) {
      const end = Math.min(to, at + step * (MOST_STEPS - 1));
      const when = { start: `${at / 1_000}`, end: `${end / 1_000}`, step: `${step / 1_000}` };
      for (const { metric, values } of await this.#ask<Line>('query_range', { query, ...when })) {
        const key = JSON.stringify(metric);
        const line = joined.get(key) ?? { metric, values: [] };
        joined.set(key, line);
        for (const value of values) line.values.push(value);
      }
    }
    return [...joined.values()];
  }

  async #ask<T>(what: string, parameters: Readonly<Record<string, string>>): Promise<readonly T[]> {
    const answer = await fetch(`${this.#url}/api/v1/${what}`, {
      method: 'POST',
      body: new URLSearchParams(parameters),
    });
    const body = (await answer.json()) as { status: string; error?: string; data?: { result: readonly T[] } };
    if (body.status !== 'success') throw new Error(`${parameters.query}: ${body.error}`);
    return body.data?.result ?? [];
  }

  async stop(): Promise<void> {
    await this.#started.stop('SIGKILL');
  }
}
