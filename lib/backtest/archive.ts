import type { Millis } from '../model/basic.ts';
import type { Watch } from '../model/watch.ts';
import type { Sample } from '../ports/metrics.ts';
import { open, type Series, step } from '../scoring/series.ts';
import { type Alarming, alarming } from '../watch/alarm.ts';
import { summaryOf } from '../watch/signals.ts';
import type { Replayed } from './compare.ts';
import type { Alarm } from './found.ts';

/** A sample of an archive: of a series that has a name and no labels. */
export interface Archived extends Sample {
  readonly series: string;
}

export interface ArchiveScorer {
  /** Samples of one series come in the order of time; those of others may lie between. */
  add(sample: Archived): void;
  /** In the order in which they began. */
  alarms(): readonly Alarm[];
  watches(): Replayed['watches'];
}

interface Scored {
  readonly watch: Watch;
  readonly series: Series;
  on: Alarming;
  /** Of what is told and still on. */
  summary: string;
  /** Whether it had a number at all. */
  isHeard: boolean;
}

const millis = (seconds: number): Millis => Math.round(seconds * 1000);

/**
 * Scores an archive in memory bounded by the number of series. What begins before `from` is learned from and not told. Silence
 * is no alarm here: in an archive nobody knows when a sample was due.
 */
export function archiveScorer(watchOf: (series: string) => Watch, timeZone: string, from: Millis): ArchiveScorer {
  const known = new Map<string, Scored>();
  const over: Alarm[] = [];
  const alarmOf = (series: string, { watch, on, summary }: Scored, end: Millis | null): Alarm[] => {
    if (on.alarmSince === null || millis(on.alarmSince) < from) return [];
    return [{ watch: watch.id, series, kind: 'anomaly', begin: millis(on.alarmSince), end, summary }];
  };
  const opened = (watch: Watch): Scored => {
    const { kind, tell, maxFalseAlarmsPerWeek } = watch;
    const series = open({ timeZone, kind, tell, maxFalseAlarmsPerWeek });
    return { watch, series, on: { alarmSince: null }, summary: '', isHeard: false };
  };
  return {
    add({ series, t, v }) {
      const one = known.get(series) ?? opened(watchOf(series));
      known.set(series, one);
      if (Number.isFinite(v)) one.isHeard = true;
      const result = step(one.series, t, v);
      if (result.phase === 'missing') return;
      const on = alarming(one.watch, one.series, t, one.on);
      if (on.alarmSince === null) over.push(...alarmOf(series, one, millis(t)));
      else if (one.on.alarmSince === null) one.summary = summaryOf(one.watch, { ...result, v: result.value });
      one.on = on;
    },
    alarms: () =>
      [...over, ...[...known].flatMap(([series, one]) => alarmOf(series, one, null))].toSorted(
        (a, b) => a.begin - b.begin,
      ),
    watches: () =>
      [...Map.groupBy(known.values(), ({ watch }) => watch.id)].map(([id, list]) => {
        return { id, title: list[0]?.watch.title ?? id, series: list.filter(({ isHeard }) => isHeard).length };
      }),
  };
}
