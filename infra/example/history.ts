import { matches, parseMatchers } from '../../lib/language/matchers.ts';
import type { Labels } from '../../lib/model/basic.ts';

export type Point = readonly [seconds: number, value: number];
export interface Kept {
  readonly labels: Labels;
  readonly points: Point[];
}

const KEEP_SECONDS = 3600;
const LOOKBACK_SECONDS = 300;

/** What was scraped in the last hour, and Prometheus' answers to the simplest questions: a selector, with or without a range. */
export class History {
  readonly #series = new Map<string, Kept>();

  add(labels: Labels, seconds: number, value: number): void {
    const key = JSON.stringify(labels);
    const kept = this.#series.get(key) ?? { labels, points: [] };
    this.#series.set(key, kept);
    kept.points.push([seconds, value]);
    while ((kept.points[0]?.[0] ?? seconds) < seconds - KEEP_SECONDS) kept.points.shift();
  }

  /** `name{label="value"}`; anything else is more PromQL than an example needs, and is refused. */
  select(text: string): readonly Kept[] {
    const parts = /^\s*([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?\s*$/s.exec(text);
    if (parts === null) throw new Error(`the example's stand-in answers selectors only, not ${text}`);
    const wanted = parseMatchers(`{${parts[2] ?? ''}}`);
    return [...this.#series.values()].filter(({ labels }) => labels.__name__ === parts[1] && matches(wanted, labels));
  }

  /** Like Prometheus: the newest sample of the last five minutes, stamped with the time of the question. */
  instant(text: string, at: number) {
    const range = /^(.*)\[(\d+)(ms|s|m|h)\]\s*$/s.exec(text);
    if (range !== null)
      return { resultType: 'matrix', result: this.#raw(range[1] ?? '', at, seconds(range[2], range[3])) };
    const result = this.select(text).flatMap(({ labels, points }) => {
      const value = valueAt(points, at);
      return value === null ? [] : [{ metric: labels, value: [at, String(value)] }];
    });
    return { resultType: 'vector', result };
  }

  #raw(text: string, at: number, window: number) {
    return this.select(text).flatMap(({ labels, points }) => {
      const values = points.filter(([t]) => t > at - window && t <= at).map(([t, v]) => [t, String(v)]);
      return values.length === 0 ? [] : [{ metric: labels, values }];
    });
  }

  range(text: string, from: number, to: number, step: number) {
    const result = this.select(text).flatMap(({ labels, points }) => {
      const values: [number, string][] = [];
      for (let at = from; at <= to; at += step) {
        const value = valueAt(points, at);
        if (value !== null) values.push([at, String(value)]);
      }
      return values.length === 0 ? [] : [{ metric: labels, values }];
    });
    return { resultType: 'matrix', result };
  }
}

function valueAt(points: readonly Point[], at: number): number | null {
  const last = points.findLast(([t]) => t <= at);
  return last !== undefined && last[0] > at - LOOKBACK_SECONDS ? last[1] : null;
}

const UNIT: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
const seconds = (count = '0', unit = 's') => Number(count) * (UNIT[unit] ?? 1);
