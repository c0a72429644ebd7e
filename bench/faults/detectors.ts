import type { Watch } from '../../lib/model/watch.ts';
import { open, step } from '../../lib/scoring/series.ts';
import { type Alarming, alarming } from '../../lib/watch/alarm.ts';
import { levelsOf, runsAbove } from '../scoring/measures.ts';
import { PEERS } from '../scoring/peers.ts';
import type { Recorded } from './corpus.ts';
import { type Begun, falseRate, type Ground, recall } from './judged.ts';
import { indicatorsOf } from './watcher.ts';

/** Alarms of our scorer as it is shipped, every series by itself. */
export function ours(series: readonly Recorded[], maxFalseAlarmsPerWeek: number): readonly Begun[] {
  return series.flatMap(({ host, times, values }) => {
    const state = open({ maxFalseAlarmsPerWeek });
    return Array.from(times).flatMap((begin, at) => {
      const { alarm, score } = step(state, begin, values[at] ?? Number.NaN);
      return alarm === 'begin' ? [{ host, begin, score }] : [];
    });
  });
}

/** What a watch tells of them: what is bad, by the rule of the watches themselves, and silence (lib/watch/score.ts). */
export function told(series: readonly Recorded[], maxFalseAlarmsPerWeek: number): readonly Begun[] {
  return series.flatMap((one) => [...toldOf(one, maxFalseAlarmsPerWeek), ...silences(one)]);
}

function toldOf({ host, name, times, values }: Recorded, maxFalseAlarmsPerWeek: number): Begun[] {
  const state = open({ maxFalseAlarmsPerWeek });
  const direction = directionOf(name);
  const begun: Begun[] = [];
  let now: Alarming = { alarmSince: null };
  for (const [at, begin] of times.entries()) {
    const { score, phase } = step(state, begin, values[at] ?? Number.NaN);
    if (phase === 'missing') continue;
    const before = now;
    now = alarming({ direction }, state, begin, before);
    if (now.alarmSince !== null && before.alarmSince === null) begun.push({ host, begin, score });
  }
  return begun;
}

/** So many steps without a sample are a finding, and never fewer than five minutes. */
const [SILENT_STEPS, SILENT_SECONDS] = [5, 300];

function silences({ host, times, values }: Recorded): Begun[] {
  const patience = Math.max(SILENT_SECONDS, SILENT_STEPS * ((times[1] ?? 0) - (times[0] ?? 0)));
  const begun: Begun[] = [];
  let last = Number.POSITIVE_INFINITY;
  for (const [at, begin] of times.entries()) {
    if (!Number.isNaN(values[at])) last = begin;
    else if (begin - last > patience) {
      begun.push({ host, begin, score: 0 });
      last = Number.POSITIVE_INFINITY;
    }
  }
  return begun;
}

function directionOf(name: string): Watch['direction'] {
  const [, job = '', id = ''] = name.split(' ');
  return indicatorsOf(job).find((indicator) => indicator.id === id)?.direction ?? 'both';
}

/** The most faults that are found at no more than so many false alarms a series and week: the threshold is chosen on this very set. */
export function atRate(
  ground: Ground,
  alarmsAt: (level: number) => readonly Begun[],
  levels: readonly number[],
  rate: number,
) {
  let best: { readonly level: number; readonly alarms: readonly Begun[] } | null = null;
  for (const level of levels) {
    const alarms = alarmsAt(level);
    if (falseRate(ground, alarms) > rate) continue;
    if (best === null || recall(ground.labels, alarms) > recall(ground.labels, best.alarms)) best = { level, alarms };
  }
  return best;
}

/** The detectors of the field: alarms above a level, with the same rest between two as in the other measures. */
export function peers(series: readonly Recorded[]) {
  return PEERS.map(({ name, scores }) => {
    const all = series.map(({ times, values }) => {
      const day = 86_400 / ((times[1] ?? 0) - (times[0] ?? 0));
      return scores({ seed: 0, kind: '', times, values, events: [], day, probation: 0, weeks: 1 });
    });
    const alarmsAt = (level: number): readonly Begun[] =>
      series.flatMap(({ host, times }, at) =>
        runsAbove(all[at] ?? [], level, 0).map(({ from, score }) => ({ host, begin: times[from] ?? 0, score })),
      );
    return { name, alarmsAt, levels: levelsOf(all) };
  });
}
