import { type Document, isScalar, visit, type YAMLMap } from 'yaml';
import { formatDuration, parseDuration } from '../language/duration.ts';
import type { Duration } from '../model/basic.ts';

/** A `for` of 1m becomes 2s, one of 10m 20s: their order stays, and a test need not wait. */
const SHORTER = 30;
const SECOND = 1_000;

/** Everything is scraped and evaluated each second. */
export function fastPrometheus(config: Document): void {
  for (const key of ['scrape_interval', 'scrape_timeout', 'evaluation_interval']) config.setIn(['global', key], '1s');
}

export function fastJob(job: YAMLMap): void {
  for (const key of ['scrape_interval', 'scrape_timeout']) if (job.has(key)) job.set(key, '1s');
}

/** Each `for` is a thirtieth, at least a second; expressions and their windows stay as they are. */
export function fastRules(rules: Document): void {
  shorten(rules, {
    for: (length) => Math.max(SECOND, Math.round(length / SHORTER / SECOND) * SECOND),
    interval: () => SECOND,
  });
}

/** Groups go out after a second, the heartbeat every 5 s; the 12 h of repetition stay. */
export function fastAlertmanager(config: Document): void {
  shorten(config, {
    group_wait: (length) => Math.min(length, SECOND),
    group_interval: () => SECOND,
    repeat_interval: (length) => (length <= 60 * SECOND ? 5 * SECOND : length),
  });
}

function shorten(document: Document, keys: Readonly<Record<string, (length: Duration) => Duration>>): void {
  visit(document, {
    Map(_, map) {
      for (const [key, change] of Object.entries(keys)) {
        const value = map.get(key, true);
        if (isScalar(value)) map.set(key, formatDuration(change(parseDuration(String(value.value)))));
      }
    },
  });
}
