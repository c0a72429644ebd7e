import { open, step } from '../../lib/scoring/series.ts';
import { type Alarm, type Counted, count, f1, levelsOf, runsAbove, type Swept, sweep, vusPr } from './measures.ts';
import { PEERS, type Peer } from './peers.ts';
import { PROGRAMS, scoresOf } from './programs.ts';
import type { World } from './worlds.ts';

interface Ours {
  readonly severity: Float64Array;
  readonly alarms: readonly Alarm[];
}

export function ours({ times, values, probation }: World, maxFalseAlarmsPerWeek: number): Ours {
  const series = open({ maxFalseAlarmsPerWeek });
  const severity = new Float64Array(values.length);
  const alarms: { from: number; to: number; score: number }[] = [];
  let on: (typeof alarms)[number] | null = null;
  for (let at = 0; at < values.length; at += 1) {
    const result = step(series, times[at] ?? 0, values[at] ?? Number.NaN);
    if (result.phase === 'missing') continue;
    severity[at] = result.severity;
    if (result.alarm === 'begin') {
      on = { from: at, to: at, score: result.score };
      if (at >= probation) alarms.push(on);
    } else if (result.alarm === 'on' && on !== null) on.to = at;
  }
  return { severity, alarms };
}

/** What a detector finds on labelled series. */
export interface Found {
  readonly name: string;
  /** Microseconds a sample on one core. */
  readonly micros: number;
  readonly f1: number;
  readonly recall: number;
  readonly vusPr: number;
}

/** An hour on both sides of a trouble counts a little. */
function volume(worlds: readonly World[], scores: readonly ArrayLike<number>[]): number {
  const troubled = worlds.flatMap((one, at) =>
    one.events.length > 0 ? [vusPr(one, scores[at] ?? [], Math.round(one.day / 24))] : [],
  );
  return troubled.reduce((a, b) => a + b, 0) / troubled.length;
}

const inProcess =
  (worlds: readonly World[]) =>
  ({ name, scores }: Peer) => {
    const from = performance.now();
    const all = worlds.map(scores);
    return { name, scores: all, micros: ((performance.now() - from) * 1000) / samplesOf(worlds) };
  };

export const samplesOf = (worlds: readonly World[]) => worlds.reduce((sum, { values }) => sum + values.length, 0);

/** False alarms a week that are asked for beside the one that ships. */
export const ASKED = [1.5, 2, 3, 4];

/** One threshold for the `begin` rows of all series, swept. */
function sweptOurs(worlds: readonly World[], all: readonly Ours[]): Swept {
  const levels = all.flatMap(({ alarms }) => alarms.map(({ score }) => score)).sort((a, b) => a - b);
  const some = levels.filter((_, at) => at % Math.ceil(levels.length / 60) === 0);
  return sweep(worlds, (_, at, level) => (all[at]?.alarms ?? []).filter(({ score }) => score >= level), some);
}

/**
 * Peers first, at their best threshold. Ours last: at its best sensitivity and threshold, which is what the peers get; at its best
 * threshold for the sensitivity that ships; and as it ships.
 */
export function measured(worlds: readonly World[]): readonly Found[] {
  const peers = [
    ...PEERS.map(inProcess(worlds)),
    ...PROGRAMS.map((one) => ({ name: one.name, ...scoresOf(one, worlds) })),
  ].map(({ name, scores, micros }) => {
    const found = sweep(
      worlds,
      ({ probation }, at, level) => runsAbove(scores[at] ?? [], level, probation),
      levelsOf(scores),
    );
    return { name, micros, f1: found.f1, recall: found.recall, vusPr: volume(worlds, scores) };
  });
  const from = performance.now();
  const all = worlds.map((one) => ours(one, 1));
  const micros = ((performance.now() - from) * 1000) / samplesOf(worlds);
  const found = sweptOurs(worlds, all);
  const asked = ASKED.map((rate) =>
    sweptOurs(
      worlds,
      worlds.map((one) => ours(one, rate)),
    ),
  );
  const best = (of: (one: Swept) => number) => Math.max(of(found), ...asked.map(of));
  const asShipped: Counted = { hits: 0, events: 0, falseAlarms: 0, weeks: 0 };
  for (const [at, one] of worlds.entries()) count(all[at]?.alarms ?? [], one, asShipped);
  const vus = volume(
    worlds,
    all.map(({ severity }) => severity),
  );
  return [
    ...peers,
    {
      name: 'Nightshift, best sensitivity and threshold on `begin` rows',
      micros,
      f1: best((one) => one.f1),
      recall: best((one) => one.recall),
      vusPr: vus,
    },
    { name: 'Nightshift, best threshold on `begin` rows', micros, f1: found.f1, recall: found.recall, vusPr: vus },
    {
      name: 'Nightshift, alarms as shipped',
      micros,
      f1: f1(asShipped),
      recall: asShipped.hits / asShipped.events,
      vusPr: vus,
    },
  ];
}

/** As a table of Markdown. */
export const tableOf = (
  found: readonly Found[],
): string => `| Detector | event F1, best threshold | recall at 1 false alarm a week | VUS-PR | µs a sample |
| --- | --- | --- | --- | --- |
${found.map((one) => `| ${one.name} | ${one.f1.toFixed(3)} | ${one.recall.toFixed(3)} | ${one.vusPr.toFixed(3)} | ${one.micros.toFixed(2)} |`).join('\n')}`;
