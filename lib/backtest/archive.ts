import type { Millis } from '../model/basic.ts';
import type { Watch } from '../model/watch.ts';
import type { Sample } from '../ports/metrics.ts';
import { open, type Series, step } from '../scoring/series.ts';
import { isBad } from '../watch/score.ts';
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
  on: { readonly begin: Millis; readonly summary: string } | null;
}

/**
 * Scores an archive in memory bounded by the number of series. What begins before `from` is learned from and not told. Silence
 * is no alarm here: in an archive nobody knows when a sample was due.
 */
export function archiveScorer(watchOf: (series: string) => Watch, timeZone: string, from: Millis): ArchiveScorer {
  const known = new Map<string, Scored>();
  const over: Alarm[] = [];
  const alarmOf = (series: string, { watch, on }: Scored, end: Millis | null): Alarm[] =>
    on === null || on.begin < from ? [] : [{ watch: watch.id, series, kind: 'anomaly', ...on, end }];
  const opened = (watch: Watch): Scored => {
    return { watch, series: open({ timeZone, maxFalseAlarmsPerWeek: watch.maxFalseAlarmsPerWeek }), on: null };
  };
  return {
    add({ series, t, v }) {
      const one = known.get(series) ?? opened(watchOf(series));
      known.set(series, one);
      const result = step(one.series, t, v);
      if (result.phase === 'missing') return;
      const at = Math.round(t * 1000);
      if (result.alarm === '' || result.alarm === 'end') {
        over.push(...alarmOf(series, one, at));
        one.on = null;
      }
      const seen = { v, expected: result.expected, lower: result.lower, upper: result.upper };
      if (result.alarm === 'begin' && one.on === null && isBad(one.watch, seen))
        one.on = { begin: at, summary: summaryOf(one.watch, seen) };
    },
    alarms: () =>
      [...over, ...[...known].flatMap(([series, one]) => alarmOf(series, one, null))].toSorted(
        (a, b) => a.begin - b.begin,
      ),
    watches: () =>
      [...Map.groupBy(known.values(), ({ watch }) => watch.id)].map(([id, list]) => {
        return { id, title: list[0]?.watch.title ?? id, series: list.length };
      }),
  };
}
