import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseDuration } from '../../lib/language/duration.ts';
import { fillSelector } from '../../lib/language/placeholders.ts';
import { selectorFor } from '../../lib/language/selectors.ts';
import { accelerated, MINUTE, madeUp, SCALE } from './time.ts';
import { CLUSTER, indicatorsOf, type Line, rules, scrapeOf, type Target, type Watcher } from './watcher.ts';

export interface Span {
  /** Unix milliseconds of the first and after the last sample. */
  readonly begin: number;
  readonly end: number;
}
/** Figures that a value is worth. */
const FIGURES = 4;
const PLACE = new Set(['__name__', 'cluster', 'host', 'service', 'job', 'instance', 'fstype', 'pool', 'area']);

/** Every indicator of every host in one table for each host and step: a row for each minute, a column for each series; empty is missing. */
export async function exportSeries(watcher: Watcher, span: Span, folder: string, named: (text: string) => string) {
  let [series, bytes] = [0, 0];
  for (const [file, targets] of Map.groupBy(watcher.targets, fileOf)) {
    const columns = (await Promise.all(targets.map((target) => columnsOf(watcher, target, span, named)))).flat();
    const step = scrapeOf(targets[0]?.job ?? '');
    const packed = gzipSync(table(columns, span, step), { level: 9 });
    writeFileSync(join(folder, `${file}.csv.gz`), packed);
    series += columns.length;
    bytes += packed.length;
  }
  return { series, bytes };
}

const fileOf = ({ job }: Target) => job.split('-')[0] ?? job;

interface Column {
  readonly name: string;
  readonly values: ReadonlyMap<number, string>;
}

async function columnsOf(watcher: Watcher, target: Target, { begin, end }: Span, named: (text: string) => string) {
  const step = scrapeOf(target.job);
  const selector = selectorFor({ cluster: CLUSTER, host: target.host, service: target.job });
  const columns: Column[] = [];
  for (const { id, expr } of indicatorsOf(target.job)) {
    const query = accelerated(fillSelector(expr, selector), 2 * step);
    for (const line of await watcher.range(query, begin, end - step, step))
      columns.push({ name: nameOf(target, id, line, named), values: rounded(line, begin) });
  }
  return columns;
}

function nameOf(target: Target, id: string, { metric }: Line, named: (text: string) => string): string {
  const more = Object.entries(metric).filter(([label, value]) => !PLACE.has(label) && value !== '');
  const text = more.map(([label, value]) => `${label}=${named(value)}`).join(' ');
  return `${target.host} ${target.job} ${id}${text === '' ? '' : ` ${text}`}`;
}

const rounded = ({ values }: Line, begin: number) =>
  new Map(
    values.flatMap(([time, value]) => {
      const number = Number(value);
      return Number.isFinite(number) ? [[Math.round((time * 1_000 - begin) / MINUTE), figures(number)]] : [];
    }),
  );
const figures = (value: number) =>
  `${Number(value.toPrecision(Math.max(FIGURES, `${Math.trunc(value)}`.length > 7 ? 5 : 4)))}`;

function table(columns: readonly Column[], { begin, end }: Span, step: number): string {
  const lines = [`timestamp,${columns.map(({ name }) => JSON.stringify(name)).join(',')}`];
  for (let at = 0; begin + at < end; at += step) {
    const minute = Math.round(at / MINUTE);
    lines.push(`${madeUp(at)},${columns.map(({ values }) => values.get(minute) ?? '').join(',')}`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * When the shipped rules would have told: the real Prometheus evaluates each expression each made-up minute over what it scraped,
 * and an alert begins once it was true for its whole `for`, as Prometheus has it.
 */
export async function exportAlerts(watcher: Watcher, { begin, end }: Span, folder: string): Promise<number> {
  const lines: string[] = [];
  for (const rule of rules().filter(({ alert }) => alert !== 'Watchdog')) {
    const wait = parseDuration(rule.for ?? '0') / SCALE;
    for (const { metric, values } of await watcher.range(
      accelerated(rule.expr, 2 * scrapeOf(rule.pack)),
      begin,
      end,
      MINUTE,
    )) {
      const where = [rule.alert, metric.host ?? '', metric.service ?? '', rule.labels?.severity ?? ''];
      for (const [from, to] of runs(values.map(([time]) => time * 1_000)))
        if (to - from >= wait) lines.push([...where, madeUp(from + wait - begin), madeUp(to - begin)].join(','));
    }
  }
  lines.sort((a, b) => Number(a.split(',')[4]) - Number(b.split(',')[4]));
  writeFileSync(join(folder, 'alerts.csv'), `${['alert,host,service,severity,begin,end', ...lines].join('\n')}\n`);
  return lines.length;
}

/** First and last of times that follow each other without a gap. */
function runs(times: readonly number[]): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (const time of times) {
    const last = found.at(-1);
    if (last !== undefined && time - last[1] < 1.5 * MINUTE) last[1] = time;
    else found.push([time, time]);
  }
  return found;
}
