import { seriesText } from '../language/seriesText.ts';
import type { Duration, Labels, Millis } from '../model/basic.ts';
import { invalid, isNightshiftError, type NightshiftError } from '../model/errors.ts';
import type { Clock } from '../ports/edges.ts';
import type { Metrics, Sample, Series } from '../ports/metrics.ts';

/** Points of one series in one answer; Prometheus refuses more than 11,000. */
const POINTS = 10_000;
/** Samples of one answer over all its series: some megabytes. */
const SAMPLES = 50_000;
/** The first look at an expression, which tells how many series it has. */
const FIRST = 60;

/** What was recorded, asked at the time that the replay has come to. */
export interface History extends Metrics {
  /** Why Prometheus could not be asked; null while it could. What was replayed with it means nothing. */
  broken(): NightshiftError | null;
  /** How many series an expression had in the time that was read. */
  seriesOf(expr: string): number;
}

interface Kept {
  readonly labels: Labels;
  samples: readonly Sample[];
  /** The first sample that may still be asked for. */
  next: number;
}
interface Reading {
  /** Read up to here, milliseconds. */
  upTo: Millis;
  /** Points of the next answer. */
  points: number;
  refusal: NightshiftError | null;
  readonly series: Map<string, Kept>;
  readonly seen: Set<string>;
}

export interface HistoryOptions {
  readonly clock: Clock;
  /** Nothing later is read ahead, milliseconds. */
  readonly to: Millis;
  /**
   * An expression that has more series than this at every time of one answer is refused from there on and not read further. Where
   * it has them only now and then they are given: whoever asks refuses them for that time, as the watch list does.
   */
  readonly maxSeries: number;
}

/**
 * Prometheus as it was at the replay's time: what asks for "now" is asked for the clock's time. Ranges are read ahead in
 * answers bounded in points and samples; those of one expression have to be asked for in the order of time.
 */
export function historyOf(source: Metrics, options: HistoryOptions): History {
  const readings = new Map<string, Reading>();
  const seen = new Map<string, Set<string>>();
  let failure: NightshiftError | null = null;
  const { clock } = options;

  async function asked<T>(ask: () => Promise<T>): Promise<T> {
    if (failure !== null) throw failure;
    try {
      return await ask();
    } catch (error) {
      if (isNightshiftError(error) && error.kind === 'failed') failure = error;
      throw error;
    }
  }
  const instant = (expr: string, at: Millis = clock.now()) => asked(() => source.instant(expr, at));

  async function range(expr: string, from: Millis, to: Millis, step: Duration): Promise<readonly Series[]> {
    const key = `${step} ${expr}`;
    const names = seen.get(expr) ?? new Set();
    seen.set(expr, names);
    const reading = readings.get(key) ?? begin(from - step, names);
    readings.set(key, reading);
    while (reading.upTo < to) {
      if (reading.refusal !== null) throw reading.refusal;
      await asked(() => readOn(source, reading, expr, step, Math.max(to, options.to), options.maxSeries));
    }
    return [...reading.series.values()].flatMap((kept) => taken(kept, from, to));
  }
  return {
    instant,
    range,
    raw: (selector, window) => instant(`${selector}[${Math.ceil(window)}ms]`),
    time: async () => clock.now() / 1000,
    healthy: () => source.healthy(),
    broken: () => failure,
    seriesOf: (expr) => seen.get(expr)?.size ?? 0,
  };
}

const begin = (upTo: Millis, seen: Set<string>): Reading => {
  return { upTo, points: FIRST, refusal: null, series: new Map(), seen };
};

/** One answer more. Where it is too large or too slow, a quarter of it is tried. */
async function readOn(
  source: Metrics,
  reading: Reading,
  expr: string,
  step: Duration,
  last: Millis,
  maxSeries: number,
): Promise<void> {
  const from = reading.upTo + step;
  const to = Math.min(from + (reading.points - 1) * step, from + Math.max(0, Math.floor((last - from) / step)) * step);
  let answer: readonly Series[];
  try {
    answer = await source.range(expr, from, to, step);
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    if (error.kind === 'input') {
      reading.refusal = error;
      return;
    }
    if (reading.points === 1 || to === from) throw error;
    reading.points = Math.max(1, Math.floor(reading.points / 4));
    return;
  }
  const points = Math.round((to - from) / step) + 1;
  const fewest = fewestAtOnce(answer, points);
  if (fewest > maxSeries) {
    // What was read before still stands, and is still to be asked for.
    for (const { labels } of answer) reading.seen.add(seriesText(labels));
    reading.refusal = tooMany(fewest, maxSeries);
    return;
  }
  const samples = keep(reading, answer);
  reading.upTo = to;
  reading.points = Math.max(1, Math.min(POINTS, Math.floor((SAMPLES * points) / Math.max(points, samples))));
}

function fewestAtOnce(answer: readonly Series[], points: number): number {
  const counts = new Map<number, number>();
  for (const { samples } of answer) for (const { t } of samples) counts.set(t, (counts.get(t) ?? 0) + 1);
  if (counts.size < points) return 0;
  let fewest = answer.length;
  for (const count of counts.values()) fewest = Math.min(fewest, count);
  return fewest;
}

function keep(reading: Reading, answer: readonly Series[]): number {
  let count = 0;
  for (const [name, kept] of reading.series) if (kept.next >= kept.samples.length) reading.series.delete(name);
  for (const { labels, samples } of answer) {
    const name = seriesText(labels);
    const before = reading.series.get(name);
    const rest = before === undefined ? [] : before.samples.slice(before.next);
    reading.series.set(name, { labels, samples: [...rest, ...samples], next: 0 });
    reading.seen.add(name);
    count += samples.length;
  }
  return count;
}

const timeOf = ({ t }: Sample): Millis => Math.round(t * 1000);

function taken(kept: Kept, from: Millis, to: Millis): readonly Series[] {
  const { samples, labels } = kept;
  const at = (index: number) => samples[index];
  let begin = kept.next;
  for (let one = at(begin); one !== undefined && timeOf(one) < from; one = at(begin)) begin += 1;
  let end = begin;
  for (let one = at(end); one !== undefined && timeOf(one) <= to; one = at(end)) end += 1;
  kept.next = begin;
  return begin === end ? [] : [{ labels, samples: samples.slice(begin, end) }];
}

const tooMany = (count: number, most: number) =>
  invalid('watch.series', `${count} series, and at most ${most} are watched: aggregate, or raise watch.maxSeries`);
