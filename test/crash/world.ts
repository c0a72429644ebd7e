import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deps } from '../../lib/loop/deps.ts';
import type { Metrics } from '../../lib/ports/metrics.ts';
import type { RunbookRunner } from '../../lib/ports/runner.ts';

export const HOST = 'toy-host';
export const labels = { alertname: 'ToyDown', severity: 'critical', cluster: 'local', host: HOST, service: 'toy' };

/**
 * `engine` runs documents for real, and Alertmanager says what fires. `careless` runs whatever it is sent as often as it is sent,
 * lists no command, and Alertmanager forgot everything: only the protocol stands between it and a second run, only our own
 * store between an acknowledged alert and its loss.
 */
export type Kind = 'engine' | 'careless';

/** Prometheus sees a cure this much later, as with any scrape: until then only the protocol knows that it was sent. In ms. */
const SCRAPE = 500;

/** All that is around the loop, kept in files of one folder so that it outlives a kill. */
export interface World {
  readonly ports: Pick<Deps, 'metrics' | 'alertmanager' | 'http'> & Partial<Pick<Deps, 'runner'>>;
  readonly inventoryFile: string;
  readonly startsAt: number;
  /** Execution ids, as often as the host ran each. */
  readonly ran: () => readonly string[];
  /** The purpose of every message that reached a person. */
  readonly told: () => readonly string[];
}

export function worldIn(folder: string, kind: Kind): World {
  const ledger = join(folder, 'host-ledger');
  const messages = join(folder, 'told');
  const startsAt = Number(readFileSync(join(folder, 'began'), 'utf8'));
  const lag = kind === 'engine' ? 0 : SCRAPE;
  const curedAt = () => (existsSync(ledger) ? statSync(ledger).mtimeMs + lag : Number.POSITIVE_INFINITY);
  const ran = () => linesOf(ledger);
  const ports = { metrics: metricsOf(curedAt), http: personBehind(messages) };
  const alertmanager = kind === 'engine' ? whatFires(startsAt, curedAt) : forgetful(curedAt);
  const runner = kind === 'engine' ? {} : { runner: carelessHost(ledger, ran) };
  return {
    ports: { ...ports, ...runner, alertmanager },
    inventoryFile: writeInventory(folder, ledger),
    startsAt,
    ran,
    told: () => linesOf(messages),
  };
}

const linesOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);

function writeInventory(folder: string, ledger: string): string {
  const file = join(folder, 'inventory.yaml');
  const restart = ['/bin/sh', '-c', `echo "$SSM_executionId" >> '${ledger}'`];
  const host = { id: HOST, cluster: 'local', addresses: ['127.0.0.1'], services: ['toy'], restart: { toy: restart } };
  writeFileSync(file, JSON.stringify({ hosts: [host] }));
  return file;
}

function metricsOf(curedAt: () => number): Metrics {
  const valueAt = (time: number) => (time >= curedAt() ? 1 : 0);
  const samples = (from: number, to: number, step: number) =>
    Array.from({ length: Math.floor((to - from) / step) }, (_, at) => from + (at + 1) * step).map((time) => ({
      t: time / 1000,
      v: valueAt(time),
    }));
  return {
    instant: async () => [{ labels, samples: [{ t: Date.now() / 1000, v: valueAt(Date.now()) }] }],
    range: async (_expr, from, to, step) => [{ labels, samples: samples(from, to, step) }],
    raw: async (_selector, window) => [{ labels, samples: samples(Date.now() - window, Date.now(), 20) }],
    time: async () => Date.now() / 1000,
    healthy: async () => true,
  };
}

type Alertmanager = NonNullable<Deps['alertmanager']>;

function whatFires(startsAt: number, curedAt: () => number): Alertmanager {
  const alert = { fingerprint: 'f1', labels, annotations: {}, startsAt, generatorURL: null, silenced: false };
  return {
    active: async () => ({ startedAt: startsAt - 3_600_000, alerts: curedAt() < Date.now() ? [] : [alert] }),
  };
}

/** Too young for its silence to mean anything, until the cure. */
const forgetful = (curedAt: () => number): Alertmanager => ({
  active: async () => ({ startedAt: curedAt() < Date.now() ? 0 : Date.now(), alerts: [] }),
});

const personBehind = (messages: string): Deps['http'] => ({
  async request({ body }) {
    appendFileSync(messages, `${(JSON.parse(body ?? '{}') as { purpose?: string }).purpose ?? 'message'}\n`);
    return { status: 200, headers: {}, body: '' };
  },
});

function carelessHost(ledger: string, ran: () => readonly string[]): RunbookRunner {
  const output = { stdout: '', stderr: '', truncated: false };
  return {
    async send({ executionId }) {
      appendFileSync(ledger, `${executionId}\n`);
      return { commandId: executionId };
    },
    async status(commandId) {
      if (!ran().includes(commandId)) return { state: 'pending' };
      const at = statSync(ledger).mtimeMs;
      return { state: 'succeeded', exitCode: 0, startedAt: at, endedAt: at, output };
    },
    find: async () => null,
    cancel: async () => undefined,
  };
}
