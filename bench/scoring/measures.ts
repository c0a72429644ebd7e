import type { Event } from './troubles.ts';
import type { World } from './worlds.ts';

/** An alarm: the rows it spans and how strong it is. */
export interface Alarm {
  readonly from: number;
  readonly to: number;
  readonly score: number;
}

/** Rows before and after a trouble in which an alarm still belongs to it. */
const SLACK = 5;

/** Runs of rows at or above the level, joined over gaps of up to `gap` rows. */
export function runsAbove(scores: ArrayLike<number>, level: number, probation: number, gap = 30): Alarm[] {
  const found: Alarm[] = [];
  let open: { from: number; to: number; score: number } | null = null;
  for (let at = probation; at < scores.length; at += 1) {
    const score = scores[at] ?? 0;
    if (!(score >= level)) continue;
    if (open === null || at - open.to > gap) {
      open = { from: at, to: at, score };
      found.push(open);
    }
    open.to = at;
    open.score = Math.max(open.score, score);
  }
  return found;
}

export interface Counted {
  hits: number;
  events: number;
  falseAlarms: number;
  weeks: number;
}

const belongs = ({ from, to }: Alarm, [first, last]: Event) => from <= last + SLACK && to >= first - SLACK;

export function count(alarms: readonly Alarm[], { events, weeks }: World, into: Counted): void {
  into.events += events.length;
  into.weeks += weeks;
  into.hits += events.filter((event) => alarms.some((alarm) => belongs(alarm, event))).length;
  into.falseAlarms += alarms.filter((alarm) => !events.some((event) => belongs(alarm, event))).length;
}

export const f1 = ({ hits, events, falseAlarms }: Counted): number =>
  (2 * hits) / Math.max(1, hits + falseAlarms + events);

export interface Swept {
  /** Best over all thresholds. */
  readonly f1: number;
  /** Best recall at one false alarm per series and week. */
  readonly recall: number;
  readonly falseAlarms: number;
}

/** Event measures over a sweep of one threshold for all series. */
export function sweep(
  worlds: readonly World[],
  alarmsAt: (world: World, at: number, level: number) => readonly Alarm[],
  levels: readonly number[],
): Swept {
  let best = 0;
  let recall = 0;
  let falseAlarms = 0;
  for (const level of levels) {
    const counted: Counted = { hits: 0, events: 0, falseAlarms: 0, weeks: 0 };
    for (const [at, world] of worlds.entries()) count(alarmsAt(world, at, level), world, counted);
    best = Math.max(best, f1(counted));
    const rate = counted.falseAlarms / counted.weeks;
    if (rate <= 1 && counted.hits / counted.events >= recall) {
      recall = counted.hits / counted.events;
      falseAlarms = rate;
    }
  }
  return { f1: best, recall, falseAlarms };
}

/** Levels at even steps of rank among the larger scores of all series. */
export function levelsOf(all: readonly ArrayLike<number>[], steps = 60): number[] {
  const largest: number[] = [];
  for (const scores of all)
    for (let at = 0; at < scores.length; at += 1) if ((scores[at] ?? 0) > 0) largest.push(scores[at] ?? 0);
  largest.sort((a, b) => b - a);
  const levels = new Set<number>();
  for (let one = 0; one <= steps; one += 1) {
    const share = Math.exp((Math.log(1e-5) * (steps - one)) / steps);
    levels.add(largest[Math.min(largest.length - 1, Math.floor(share * 0.3 * largest.length))] ?? 0);
  }
  return [...levels];
}

/**
 * Volume under the precision-recall surface (Paparrizos and others, VLDB 2022): labels grow a soft edge of 0 to `widest` rows,
 * and the areas are averaged.
 */
export function vusPr({ events, values, probation }: World, scores: ArrayLike<number>, widest: number): number {
  const rows = Array.from({ length: values.length - probation }, (_, at) => at + probation).sort(
    (a, b) => (scores[b] ?? 0) - (scores[a] ?? 0),
  );
  const widths = [0, widest / 4, widest / 2, (3 * widest) / 4, widest].map(Math.round);
  return (
    widths.reduce((sum, width) => sum + areaOf(events, rows, scores, soft(events, values.length, width)), 0) /
    widths.length
  );
}

function soft(events: readonly Event[], rows: number, width: number): Float64Array {
  const labels = new Float64Array(rows);
  for (const [from, to] of events) {
    for (let at = Math.max(0, from - width); at <= Math.min(rows - 1, to + width); at += 1) {
      const away = at < from ? from - at : at > to ? at - to : 0;
      labels[at] = Math.max(labels[at] ?? 0, away === 0 ? 1 : Math.sqrt(1 - away / (width + 1)));
    }
  }
  return labels;
}

/** Area under precision over recall, where recall also asks how many of the events were touched at all. */
function areaOf(
  events: readonly Event[],
  rows: readonly number[],
  scores: ArrayLike<number>,
  labels: Float64Array,
): number {
  const hard = events.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const positives = (hard + labels.reduce((sum, one) => sum + one, 0)) / 2;
  const owner = new Int32Array(labels.length).fill(-1);
  for (const [index, [from, to]] of events.entries()) owner.fill(index, from, to + 1);
  const touched = new Set<number>();
  let [hits, area, before, taken] = [0, 0, 0, 0];
  for (const [index, row] of rows.entries()) {
    taken += 1;
    hits += labels[row] ?? 0;
    if ((owner[row] ?? -1) >= 0) touched.add(owner[row] ?? -1);
    const next = rows[index + 1];
    if (next !== undefined && scores[next] === scores[row]) continue;
    const recall = Math.min(1, hits / positives) * (touched.size / events.length);
    area += (recall - before) * (hits / taken);
    before = recall;
  }
  return area;
}
