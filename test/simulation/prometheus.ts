import type { Millis } from '../../lib/model/basic.ts';
import { failed } from '../../lib/model/errors.ts';
import type { Metrics, Sample, Series } from '../../lib/ports/metrics.ts';

/** Every 5 s a sample, on a grid, as a scrape does. */
const SCRAPE = 5_000;
const LOOKBACK = 5 * 60_000;

interface Step {
  readonly from: Millis;
  /** Null where the exporter does not answer. */
  readonly value: number | null;
}

/** A Prometheus in virtual time that scrapes one gauge, `svc_up`, of each host: only plain selectors with matchers on `host`. */
export class VirtualPrometheus {
  readonly port: Metrics;
  /** Set while nobody can ask it. */
  down = false;
  private readonly steps = new Map<string, Step[]>();
  private readonly now: () => Millis;

  constructor(now: () => Millis, hosts: readonly string[]) {
    this.now = now;
    for (const host of hosts) this.steps.set(host, [{ from: 0, value: 1 }]);
    this.port = {
      instant: async (expr, at) => this.asked(() => this.instant(expr, at ?? now())),
      range: async (expr, from, to) => this.asked(() => this.between(expr, from, to)),
      raw: async (selector, window) => this.asked(() => this.between(selector, now() - window, now())),
      time: async () => this.asked(() => now() / 1000),
      healthy: async () => !this.down,
    };
  }

  /** From now on the host's gauge is this; null: its exporter is silent. */
  set(host: string, value: number | null): void {
    this.steps.get(host)?.push({ from: this.now(), value });
  }

  private asked<T>(answer: () => T): T {
    if (this.down) throw failed('metrics.unavailable', 'connection refused');
    return answer();
  }

  private at(host: string, time: Millis): number | null {
    return this.steps.get(host)?.findLast(({ from }) => from <= time)?.value ?? null;
  }

  private instant(expr: string, at: Millis): Series[] {
    return this.between(expr, at - LOOKBACK, at).flatMap(({ labels, samples }) => {
      const last = samples.at(-1);
      return last === undefined ? [] : [{ labels, samples: [{ t: at / 1000, v: last.v }] }];
    });
  }

  private between(expr: string, from: Millis, to: Millis): Series[] {
    return this.selected(expr).flatMap((host) => {
      const samples: Sample[] = [];
      for (let time = Math.ceil(from / SCRAPE) * SCRAPE; time <= to; time += SCRAPE) {
        const v = this.at(host, time);
        if (v !== null) samples.push({ t: time / 1000, v });
      }
      const labels = { __name__: 'svc_up', cluster: 'prod', host, service: 'svc' };
      return samples.length === 0 ? [] : [{ labels, samples }];
    });
  }

  private selected(expr: string): string[] {
    if (!expr.startsWith('svc_up{')) return [];
    const [, op, name] = /\bhost(!?=)"([^"]*)"/.exec(expr) ?? [];
    return [...this.steps.keys()].filter((host) => op === undefined || (host === name) === (op === '='));
  }
}
